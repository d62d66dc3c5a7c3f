"""The vendor's clients on a network that loses answers: they repeat what they sent, and every call still makes exactly
one object, every span is stored once, and the user notices nothing."""
import contextlib
import secrets
import threading
import time

from judge.checks import Tally, options
from judge.database import Database
from judge.journeys import TABLES, Leg, check_traces, travel
from judge.network import TAKEN_UP, Fate, Network, deliver, losing

HOLD = 20
"""How long the database is held for a repetition that never comes, in seconds."""
MACHINES = (f"127.{1 + secrets.randbelow(254)}.{secrets.randbelow(256)}.{last}" for last in range(1, 255))
"""Addresses for customers' machines, each used once: the gateway tells apart by them who says the same."""


class Customers:
    """A program on networks of its own. `count` answers of each POST are lost, unless its network loses none."""

    def __init__(self, stack, gateway, program, form, *flags, networks, count, gone=None):
        self.count = count
        self.networks = [
            stack.enter_context(Network(gateway.url, plan, machine, gone or (lambda exchange: None)))
            for plan, machine in networks
        ]
        bases = [word for one in self.networks for word in ("--at", f"{one.url}/api")] if program == "creates" else []
        self.leg = Leg.of(program, form, self.networks[0].url, *flags, *bases)

    def called(self, name):
        """Gives what is to be shown a name."""
        self.leg.name = f"{name}, {self.leg.name.split(' --at')[0]}"
        return self

    def check_losses(self, tally):
        """Whether the network did lose what it was to lose, and each call was repeated as often and no more."""
        for network in self.networks:
            count = 0 if network.plan is deliver else self.count
            attempts = [len(network.calls(retry)) for retry in range(4)]
            expected = [attempts[0]] * (count + 1) + [0] * (3 - count)
            tally.that(f"{self.leg.name}: calls made", attempts[0] > 0)
            tally.equal(f"{self.leg.name}: calls by their number of repetitions", attempts, expected)


def whole_journeys(stack, gateway):
    """The whole journey in its forms, all on one machine; each POST loses its first answer."""
    machine = next(MACHINES)
    programs = [("resources", "sync", "--strict"), ("resources", "async"), ("resources", "aiohttp"),
                ("tracing", "sync"), ("tracing", "async")]
    for program in programs:
        customers = Customers(stack, gateway, *program, networks=[(losing(1), machine)], count=1)
        yield customers.called("first answers lost")


def creates(stack, gateway, name, plans, count, **more):
    """Customers who make the same at once, first plain and then asynchronous: of each its network and machine."""
    for form in ("sync", "async"):
        machines = {machine: next(MACHINES) for _, machine in plans}
        networks = [(plan(), machines[machine]) for plan, machine in plans]
        yield Customers(stack, gateway, "creates", form, networks=networks, count=count, **more).called(name)


def many_losses(stack, gateway):
    """Two answers lost in a row; and customers who say the same at the same time."""
    once, twice, never = (lambda: losing(1)), (lambda: losing(2)), (lambda: deliver)
    yield from creates(stack, gateway, "two answers lost", [(twice, "a")], 2)
    yield from creates(stack, gateway, "two alike, both answers lost", [(once, "a")] * 2, 1)
    yield from creates(stack, gateway, "two alike, two answers lost each", [(twice, "a")] * 2, 2)
    yield from creates(stack, gateway, "two machines alike, the answers of one lost", [(once, "a"), (never, "b")], 1)


def again_later(stack, gateway, name, machines):
    """Customers on each of these machines; of the calls each answer is lost, or two of each, or none."""
    for machine, lost in machines.items():
        networks = [(losing(lost) if lost else deliver, machine)]
        yield Customers(stack, gateway, "creates", "sync", networks=networks, count=lost).called(f"{name}, {lost} lost")


def lose_answers(tally, gateway, database):
    """All of these, side by side; then customers who say what was said and answered on their machines before: what
    they make are objects of their own."""
    with contextlib.ExitStack() as stack:
        once, twice = next(MACHINES), next(MACHINES)
        everybody = [*whole_journeys(stack, gateway), *many_losses(stack, gateway),
                     *again_later(stack, gateway, "said first", {once: 0, twice: 0})]
        travel(tally, database, gateway.key, [customers.leg for customers in everybody])
        again = [*again_later(stack, gateway, "said again later", {once: 1, twice: 2})]
        travel(tally, database, gateway.key, [customers.leg for customers in again])
        for customers in everybody + again:
            customers.check_losses(tally)
            if customers.leg.program == "programs/tracing.py":
                check_traces(tally, database, customers.leg)
                check_requests(tally, customers.leg, customers.networks[0])


def check_requests(tally, leg, network):
    """Whether a program sent what the vendor's does: each span alone, twice for the lost answer, one end of each
    experiment, and one look for each pipeline of an interaction."""
    reports = [report.body for report in network.reports()]
    tally.equal(f"{leg.name}: reports of spans", len(set(reports)), len(leg.told.get("reports", [])))
    tally.equal(f"{leg.name}: reports sent again", len(reports), 2 * len(set(reports)))
    tally.equal(f"{leg.name}: answers to reports", {report.status for report in network.reports()}, {200})
    made = leg.told.get("made", {"runs": [], "pipelines": []})
    for run in made["runs"]:
        ends = [call.body for call in network.calls(0) if call.path == f"/api/v4/experiments/{run}"]
        tally.equal(f"{leg.name}: ends of {run}", ends, [b'{"status":"EVALUATING"}'])
    asked = {one.path for one in network.exchanges if one.method == "GET" and "/pipelines/" in one.path}
    expected = {f"/api/v4/pipelines/{pipeline}" for pipeline in made["pipelines"]}
    tally.equal(f"{leg.name}: pipelines asked for", asked, expected)


class Held:
    """Holds the tables from a call's first attempt until the gateway has its repetition, so that this one comes while
    the first still runs."""

    def __init__(self, database):
        self.database = database
        self.waiting = {}
        self.lock = threading.Lock()

    def plan(self, fate):
        """A network that spoils first attempts, in front of tables that are held."""
        losses = losing(1, fate)

        def decide(exchange):
            chosen = losses(exchange)
            if chosen is fate:
                self.hold(exchange)
            return chosen

        return decide

    def hold(self, exchange):
        """Begins to hold the tables."""
        repeated, held = threading.Event(), threading.Event()
        with self.lock:
            self.waiting[exchange.path, exchange.body] = repeated

        def keep():
            with self.database.held(TABLES):
                held.set()
                repeated.wait(HOLD)
                # The gateway takes the repetition up meanwhile.
                time.sleep(TAKEN_UP)

        threading.Thread(target=keep).start()
        if not held.wait(HOLD):
            raise RuntimeError("the database could not be held")

    def gone(self, exchange):
        """The gateway was sent a request."""
        if exchange.is_call and exchange.retry > 0:
            with self.lock:
                self.waiting.pop((exchange.path, exchange.body)).set()


def repeat_while_running(tally, gateway, database):
    """The client's connection ends before the gateway has finished, and the repetition comes meanwhile."""
    for form, fate in (("sync", Fate.CUT), ("async", Fate.RESET), ("sync", Fate.BREAK)):
        held = Held(database)
        with contextlib.ExitStack() as stack:
            networks = [(held.plan(fate), next(MACHINES))]
            customers = Customers(stack, gateway, "creates", form, networks=networks, count=1, gone=held.gone)
            customers.called(f"repeated while it runs ({fate.name})")
            travel(tally, database, gateway.key, [customers.leg])
            customers.check_losses(tally)


def main():
    """Judges the gateway of the arguments."""
    gateway = options(__doc__)
    tally = Tally()
    database = Database(gateway.database, gateway.org)
    lose_answers(tally, gateway, database)
    repeat_while_running(tally, gateway, database)
    tally.close()


if __name__ == "__main__":
    main()
