"""Interactions and experiments as the vendor's pages show them. Tells what failed, what was made and sent."""
import argparse
import asyncio
import logging
import time

import gentrace
from gentrace import TestInput, eval_dataset, experiment, interaction, traced
from gentrace.lib import pipeline_validation as validation
from gentrace.lib.vendored_otlp_exporter import GentraceVendoredOTLPSpanExporter
from opentelemetry import trace
from opentelemetry.sdk.trace import SpanProcessor

from judge.checks import Tally
from judge.otlp import from_protobuf

PIPELINES = 6
"""So many background checks of pipelines: each one runs in a thread or a task, with an event loop of its own."""


class Sent(SpanProcessor):
    """Keeps every span that ends, as the exporter beside it gets it."""

    def __init__(self):
        self.spans = []

    def on_end(self, span):
        self.spans.append(span)

    def reports(self):
        """The spans as the vendor's exporter encodes them: it sends one at a time."""
        exporter = GentraceVendoredOTLPSpanExporter(endpoint="http://127.0.0.1/")
        return [from_protobuf(exporter._encode_spans([span])) for span in self.spans]


class Logged(logging.Handler):
    """Keeps what the SDK logs as a warning or worse."""

    def __init__(self):
        super().__init__(logging.WARNING)
        self.messages = []

    def emit(self, record):
        self.messages.append(record.getMessage())


class Customer:
    """A program with two kinds of functions, plain or asynchronous, and experiments about them."""

    def __init__(self, form, label):
        self.form, self.label = form, label
        self.tally = Tally()
        self.made = {"pipelines": [], "datasets": [], "cases": [], "runs": []}
        self.links = []
        self.evaluations = []
        """What each test span must become: run, name, inputs, output, error, id of the case, what it expects."""
        self.errors = []
        """What the SDK must log: the functions that raise."""

    def go(self):
        """The whole program; each part with an event loop of its own, as the SDK's users have it."""
        self.prepare()
        self.interact()
        for one in (self.with_evals, self.with_local_cases, self.with_stored_cases, self.that_raises, self.plain):
            asyncio.run(one())

    def create(self, kind, resource, **fields):
        """Makes something through the handles that the SDK exports."""
        if self.form == "sync":
            made = getattr(gentrace, resource).create(**fields)
        else:
            made = asyncio.run(getattr(gentrace, f"{resource}_async").create(**fields))
        self.made[kind].append(made.id)
        return made.id

    def prepare(self):
        """Pipelines, a dataset and its cases."""
        slugs = [f"{self.label}-{number}" for number in range(PIPELINES)]
        self.pipelines = [self.create("pipelines", "pipelines", slug=slug) for slug in slugs]
        self.dataset = self.create("datasets", "datasets", name=f"{self.label} d", description=None,
                                   pipeline_id=self.pipelines[0])
        self.cases = {}
        for name, query in (("stored 1", "Grüße, 世界"), ("stored 2", "raise")):
            self.cases[name] = self.create("cases", "test_cases", dataset_id=self.dataset, name=name,
                                           inputs={"q": query}, expected_outputs={"a": query.upper()})

    def interact(self):
        """Calls functions of both kinds, which raise or not, while their pipelines are checked in the background."""
        if self.form == "sync":
            self.answers = [self.answering(pipeline) for pipeline in self.pipelines]
            self.await_checks(time.sleep)
            for answer in self.answers:
                self.tally.equal("an answer", answer("x", y=2), "X2")
            self.tally.that("an error is the user's own", self.raises(self.answers[0], "raise"))
            return
        asyncio.run(self.interact_async())

    async def interact_async(self):
        """The same with asynchronous functions, and a generator."""
        self.answers = [self.answering_async(pipeline) for pipeline in self.pipelines]
        await asyncio.to_thread(self.await_checks, time.sleep)
        answers = await asyncio.gather(*(answer("x", y=2) for answer in self.answers))
        self.tally.equal("the answers", answers, ["X2"] * PIPELINES)

        @interaction(pipeline_id=self.pipelines[1], name="stream", attributes={"kind": "stream"})
        async def stream(count):
            for number in range(count):
                yield number

        self.tally.equal("a stream", [number async for number in stream(3)], [0, 1, 2])
        try:
            await self.answers[0]("raise")
            self.tally.that("an error is the user's own", False)
        except ValueError as error:
            self.tally.equal("an error is the user's own", str(error), "no raise")

    def await_checks(self, sleep):
        """Waits for the background checks, which must find every pipeline."""
        end = time.monotonic() + 30
        wanted = set(self.pipelines)
        while time.monotonic() < end and not wanted <= validation._validated_pipelines | validation._invalid_pipelines:
            sleep(0.05)
        self.tally.equal("pipelines found in the background", wanted & validation._validated_pipelines, wanted)

    def raises(self, function, *arguments):
        """Whether a call raises what the user's function raises."""
        try:
            function(*arguments)
        except ValueError as error:
            return str(error) == "no raise"
        return False

    def answering(self, pipeline):
        """An interaction with a traced function inside."""

        @traced(name="look up", attributes={"source": "tests", "tries": 3})
        def look_up(query):
            if query == "raise":
                raise ValueError(f"no {query}")
            return query.upper()

        @interaction(pipeline_id=pipeline, name="answer")
        def answer(x, y=1):
            return f"{look_up(x)}{y}"

        return answer

    def answering_async(self, pipeline):
        """The same, asynchronous."""

        @traced(name="look up", attributes={"source": "tests", "tries": 3})
        async def look_up(query):
            await asyncio.sleep(0)
            if query == "raise":
                raise ValueError(f"no {query}")
            return query.upper()

        @interaction(pipeline_id=pipeline, name="answer")
        async def answer(x, y=1):
            return f"{await look_up(x)}{y}"

        return answer

    def expect(self, run, name, inputs, output=None, error=None, case=None, expected=None):
        """A test span of an experiment."""
        self.evaluations.append([run, name, inputs, output, error, case, expected])

    async def experiment_of(self, function, printed, **fields):
        """Runs an experiment and keeps it; those that evaluate datasets print their link."""
        seen = {}

        async def known():
            seen.update(gentrace.lib.experiment.get_current_experiment_context())
            await function(seen["experiment_id"])

        try:
            result = await experiment(**fields)(known)()
            self.tally.equal("the link of the result", result.url, seen["experiment_url"])
            self.tally.equal("the id of the result", result.id, seen["experiment_id"])
        finally:
            self.made["runs"].append(seen["experiment_id"])
            self.links.append({"url": seen["experiment_url"], "printed": printed})

    async def with_evals(self):
        """`@eval` in an experiment with a name and metadata."""
        answer = self.answers[0]

        async def evals(run):
            @gentrace.eval(name="case-1", metadata={"model": "m", "settings": {"t": 0.5}, "none": None})
            def plain(text):
                return {"length": len(text)}

            @gentrace.eval(name="case-2")
            async def waits(x, y):
                return await answer(x, y=y) if self.form == "async" else answer(x, y=y)

            @gentrace.eval(name="case-3")
            def fails():
                raise KeyError("missing")

            self.tally.equal("an eval's result", await plain("äöü"), {"length": 3})
            self.tally.equal("an asynchronous eval's result", await waits("q", y=5), "Q5")
            try:
                await fails()
                self.tally.that("an eval's error", False)
            except KeyError:
                pass
            self.expect(run, "case-1", {"args": ["'äöü'"]}, {"length": 3})
            self.expect(run, "case-2", {"args": ["'q'"], "kwargs": {"y": "5"}}, "Q5")
            self.expect(run, "case-3", None, error="KeyError: 'missing'")

        options = {"name": f"{self.label} evals", "metadata": {"model": "m", "numbers": [1, 2.5]}}
        await self.experiment_of(evals, False, pipeline_id=self.pipelines[0], options=options)

    def case_function(self):
        """What datasets are evaluated with."""
        answer = self.answers[0]
        if self.form == "sync":
            return lambda case: answer(case.inputs["q"])

        async def answered(case):
            return await answer(case.inputs["q"])

        return answered

    async def with_local_cases(self):
        """`eval_dataset` of cases that stand in the program, in the default pipeline."""

        async def local(run):
            data = [TestInput(inputs={"q": "a"}), TestInput(name="named", inputs={"q": "b"}),
                    TestInput(inputs={"q": "raise"})]
            results = await eval_dataset(data=data, interaction=self.case_function())
            self.tally.equal("results of local cases", list(results), ["A1", "B1", None])
            self.expect(run, "Test Case 1", {"q": "a"}, "A1")
            self.expect(run, "named", {"q": "b"}, "B1")
            self.expect(run, "Test Case 3", {"q": "raise"}, error="ValueError: no raise")
            self.errors.append("Unknown error occurred while running test case Test Case 3")

        await self.experiment_of(local, True)

    async def with_stored_cases(self):
        """`eval_dataset` of a dataset of the server."""

        async def listed():
            return (await gentrace.test_cases_async.list(dataset_id=self.dataset)).data

        def listed_plainly():
            return gentrace.test_cases.list(dataset_id=self.dataset).data

        async def stored(run):
            data = listed if self.form == "async" else listed_plainly
            results = await eval_dataset(data=data, interaction=self.case_function())
            self.tally.equal("results of stored cases", list(results), ["GRÜSSE, 世界1", None])
            (one, two), text = self.cases.items(), "Grüße, 世界"
            self.expect(run, one[0], {"q": text}, "GRÜSSE, 世界1", None, one[1], {"a": text.upper()})
            self.expect(run, two[0], {"q": "raise"}, None, "ValueError: no raise", two[1], {"a": "RAISE"})
            self.errors.append("Unknown error occurred while running test case stored 2")

        await self.experiment_of(stored, True, pipeline_id=self.pipelines[0])

    async def that_raises(self):
        """An experiment whose own function raises is finished all the same."""

        async def broken(_):
            raise RuntimeError("the user's own")

        try:
            await self.experiment_of(broken, False, pipeline_id=self.pipelines[0], options={"name": "broken"})
            self.tally.that("an experiment's error", False)
        except RuntimeError as error:
            self.tally.equal("an experiment's error", str(error), "the user's own")

    async def plain(self):
        """An experiment whose function is plain."""
        seen = []

        @experiment(pipeline_id=self.pipelines[0], options={"metadata": {}})
        def nothing():
            seen.append(gentrace.lib.experiment.get_current_experiment_context())

        result = await nothing()
        self.tally.equal("a plain experiment", [one["experiment_id"] for one in seen], [result.id])
        self.made["runs"].append(result.id)
        self.links.append({"url": result.url, "printed": False})


def main():
    """Runs the program and tells how it was."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--form", choices=("sync", "async"), required=True)
    parser.add_argument("--label", required=True)
    chosen = parser.parse_args()
    logged = Logged()
    logging.getLogger("gentrace").addHandler(logged)
    gentrace.init()
    sent = Sent()
    trace.get_tracer_provider().add_span_processor(sent)
    customer = Customer(chosen.form, chosen.label)
    customer.go()
    customer.tally.equal("what the SDK logged", logged.messages, customer.errors)
    more = {name: getattr(customer, name) for name in ("made", "links", "evaluations")}
    print(customer.tally.json(**more, reports=sent.reports()))


if __name__ == "__main__":
    main()
