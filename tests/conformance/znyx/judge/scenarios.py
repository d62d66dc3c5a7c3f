"""Playing scenarios side by side, because most of their time they wait."""
import argparse
import traceback
from concurrent.futures import ThreadPoolExecutor

from harness import databases
from harness.tally import Tally
from judge.stage import Stage


def play(about, *scenarios, at_once=4):
    """Plays each scenario on a stage of its own, on the database of the arguments, prints what failed and the counts,
    and ends the script. A scenario is a function that takes a Tally and a Stage."""
    parser = argparse.ArgumentParser(description=about)
    parser.add_argument("--database", required=True, choices=databases.KINDS)
    parser.add_argument("--scenario", action="append", choices=[scenario.__name__ for scenario in scenarios],
                        help="only this one")
    chosen = parser.parse_args()
    wanted = [one for one in scenarios if not chosen.scenario or one.__name__ in chosen.scenario]
    tally = Tally()
    with ThreadPoolExecutor(at_once) as pool:
        for scenario, told in zip(wanted, pool.map(lambda one: _play(one, chosen.database), wanted), strict=True):
            tally.take(scenario.__name__, told)
    tally.close()


def _play(scenario, database):
    tally = Tally()
    try:
        with Stage(database) as stage:
            _on(stage, scenario, tally)
    except Exception:  # noqa: BLE001: whatever it was, it is this scenario's failure and not the next one's
        tally.that(traceback.format_exc(), False)
    return {"passed": tally.passed, "failures": tally.failures}


def _on(stage, scenario, tally):
    try:
        scenario(tally, stage)
    except Exception:
        tally.that(stage.logs(), False)
        raise
