"""Every call of the vendor's API client, in one of its forms. Tells what failed and the ids of all it made."""
import argparse

import gentrace

from judge.checks import Tally
from judge.forms import TIME, UNKNOWN, done, run

FOLDER = "6527747a-ba86-441a-aebd-1ad94460bc89"
INPUTS = {
    "query": "Grüße, 世界 \U0001f30d \u0000 \"quoted\" \\ /",
    "number": 0.1,
    "large": 2**53 + 1,
    "tiny": 5e-324,
    "nothing": None,
    "yes": True,
    "list": [1, [2, {"deep": []}], {}],
    "": "an empty key",
}


class Journey:
    """One customer's way through the API. All names begin with `label`."""

    def __init__(self, client, label):
        self.client = client
        self.label = label
        self.tally = Tally()
        self.made = {"pipelines": [], "datasets": [], "cases": [], "runs": []}

    async def go(self):
        """The whole way."""
        await self.organizations()
        await self.pipelines()
        await self.filters()
        await self.datasets()
        await self.test_cases()
        await self.experiments()
        await self.unknown_ids()
        await self.refusals()
        return self

    async def create(self, kind, call, **fields):
        """Makes something and keeps its id; times are spelled as the vendor spells them."""
        made = await done(call(**fields))
        self.made[kind].append(made.id)
        for time in (made.created_at, made.updated_at):
            self.tally.that(f"a time of {kind}", TIME.fullmatch(time), time)
        return made

    def shows(self, what, seen, **expected):
        """Whether an object has these values."""
        self.tally.equal(what, {name: getattr(seen, name) for name in expected}, expected)

    async def organizations(self):
        """The key's own organization, by its aliases and its id."""
        organizations = self.client.organizations
        own = await done(organizations.retrieve("default"))
        again = await done(organizations.retrieve(own.id))
        self.tally.equal("the organization by its id", again, own)
        self.tally.equal("the organization as me", await done(organizations.retrieve("me")), own)
        self.default_pipeline, self.organization = own.default_pipeline_id, own.slug
        self.tally.that("a default pipeline", own.default_pipeline_id is not None)

    async def pipelines(self):
        """Pipelines are made, read, changed and archived."""
        pipelines = self.client.pipelines
        slug = f"{self.label}-flow"
        made = await self.create("pipelines", pipelines.create, slug=slug, display_name="Flow", folder_id=None)
        self.shows("a pipeline", made, slug=slug, display_name="Flow", folder_id=None, archived_at=None,
                   golden_dataset_id=None)
        self.pipeline = made
        self.tally.equal("a pipeline read again", await done(pipelines.retrieve(made.id)), made)
        changed = await done(pipelines.update(made.id, display_name="New", is_archived=True))
        self.shows("a changed pipeline", changed, id=made.id, slug=slug, display_name="New")
        self.tally.that("an archived pipeline", changed.archived_at)
        back = await done(pipelines.update(made.id, display_name=None, is_archived=False, folder_id=FOLDER))
        self.shows("a pipeline brought back", back, archived_at=None, display_name=None, folder_id=FOLDER)
        self.tally.equal("a pipeline, nothing changed", await done(pipelines.update(made.id)), back)
        listed = await done(pipelines.list(folder_id=FOLDER, slug=slug))
        self.tally.equal("pipelines of a folder", [one.id for one in listed.data], [made.id])

    async def filters(self):
        """Every form of the filter by slug."""
        names = [f"{self.label}-{name}" for name in ("alpha-one", "beta-two", "gamma-two")]
        for name in names:
            await self.create("pipelines", self.client.pipelines.create, slug=name)
        alpha, beta, gamma = names
        own = {"starts_with": f"{self.label}-"}
        await self.finds("slug", alpha, [alpha])
        await self.finds("contains", {"contains": f"{self.label}-b"}, [beta])
        await self.finds("startsWith", {"starts_with": f"{self.label}-g"}, [gamma])
        await self.finds("endsWith", {"ends_with": "-two", **own}, [gamma, beta])
        await self.finds("in", {"in": [alpha, gamma, "other"]}, [gamma, alpha])
        await self.finds("notIn", {"not_in": [alpha, f"{self.label}-flow"], **own}, [gamma, beta])
        await self.finds("search", {"search": f"TWO {self.label}"}, [gamma, beta])
        await self.finds("mode default", {"contains": alpha.upper(), "mode": "default"}, [])
        await self.finds("mode insensitive", {"contains": alpha.upper(), "mode": "insensitive"}, [alpha])
        await self.finds("all of them", {
            "contains": "ETA", "ends_with": "TWO", "in": [alpha, beta], "mode": "insensitive", "not_in": [gamma],
            "search": "beta", "starts_with": self.label.upper(),
        }, [beta])

    async def finds(self, form, slug, expected):
        """Whether a filter finds these pipelines, the newest first."""
        found = await done(self.client.pipelines.list(slug=slug))
        self.tally.equal(f"pipelines by slug, {form}", [one.slug for one in found.data], expected)

    async def datasets(self):
        """Datasets are made, made golden, listed, changed and archived."""
        datasets, slug = self.client.datasets, self.pipeline.slug
        golden = await self.create("datasets", datasets.create, name=f"{self.label} golden", description=None,
                                   pipeline_slug=slug, is_golden=True)
        self.shows("a dataset", golden, name=f"{self.label} golden", description=None, archived_at=None,
                   pipeline_id=self.pipeline.id)
        await self.golden_is(golden.id)
        plain = {"name": f"{self.label} plain", "description": "Größe\n\t\"x\"", "pipeline_id": self.pipeline.id}
        twins = [await self.create("datasets", datasets.create, **plain) for _ in range(2)]
        self.tally.that("two equal calls make two datasets", twins[0].id != twins[1].id)
        self.shows("a dataset with a text", twins[0], name=plain["name"], description=plain["description"])
        elsewhere = await self.create("datasets", datasets.create, name=f"{self.label} elsewhere", description="")
        self.shows("a dataset of no pipeline", elsewhere, pipeline_id=self.default_pipeline, description="")
        changed = await done(datasets.update(golden.id, name=f"{self.label} n", description=None, is_golden=False,
                                             is_archived=True))
        self.shows("a changed dataset", changed, id=golden.id, name=f"{self.label} n")
        self.tally.that("an archived dataset", changed.archived_at)
        await self.golden_is(None)
        self.tally.equal("a dataset, nothing changed", await done(datasets.update(golden.id)), changed)
        self.tally.equal("a dataset read again", await done(datasets.retrieve(golden.id)), changed)
        newest = [twins[1].id, twins[0].id]
        for archived, expected in ((True, [*newest, golden.id]), (False, newest)):
            listed = await done(datasets.list(archived=archived, pipeline_id=self.pipeline.id, pipeline_slug=slug))
            self.tally.equal(f"datasets, archived {archived}", [one.id for one in listed.data], expected)
        self.dataset = twins[0]

    async def golden_is(self, expected):
        """Whether the pipeline's golden dataset is this one."""
        pipeline = await done(self.client.pipelines.retrieve(self.pipeline.id))
        self.tally.equal("the golden dataset", pipeline.golden_dataset_id, expected)

    async def test_cases(self):
        """Test cases are made, read, listed and deleted; what they hold comes back as it was."""
        cases, dataset = self.client.test_cases, self.dataset.id
        common = {"dataset_id": dataset, "inputs": INPUTS}
        first = await self.create("cases", cases.create, name=f"{self.label} 1", expected_outputs={"a": 1.5}, **common)
        self.shows("a test case", first, name=f"{self.label} 1", inputs=INPUTS, expected_outputs={"a": 1.5},
                   dataset_id=dataset, pipeline_id=self.pipeline.id, archived_at=None, deleted_at=None)
        second = await self.create("cases", cases.create, name=f"{self.label} 2", **common)
        self.shows("a test case that expects nothing", second, expected_outputs={})
        gone = await self.create("cases", cases.create, name=f"{self.label} 3", inputs={}, dataset_id=dataset)
        self.tally.equal("a test case read again", await done(cases.retrieve(first.id)), first)
        self.tally.equal("a deleted test case", await done(cases.delete(gone.id)), None)
        await self.is_not_found("a deleted test case, read", cases.retrieve, gone.id)
        await self.is_not_found("a deleted test case, deleted", cases.delete, gone.id)
        pipeline = {"pipeline_id": self.pipeline.id, "pipeline_slug": self.pipeline.slug}
        for query in ({"dataset_id": dataset}, {"dataset_id": dataset, **pipeline}, pipeline):
            listed = await done(cases.list(**query))
            self.tally.equal(f"test cases by {list(query)}", listed.data, [first, second])

    async def experiments(self):
        """Experiments are started, read, listed, changed and finished."""
        experiments, pipeline = self.client.experiments, self.pipeline.id
        bare = await self.create("runs", experiments.create, pipeline_id="default")
        self.shows("an experiment of the default pipeline", bare, name=None, metadata=None,
                   pipeline_id=self.default_pipeline)
        metadata = {"prompt": "x", "nested": {"n": [1, 2.5, None]}}
        named = await self.create("runs", experiments.create, pipeline_id=pipeline, name=f"{self.label} e",
                                  metadata=metadata)
        self.shows("an experiment", named, name=f"{self.label} e", metadata=metadata, pipeline_id=pipeline,
                   resource_path=f"/t/{self.organization}/pipeline/{pipeline}/experiments/{named.id}")
        self.tally.equal("an experiment read again", await done(experiments.retrieve(named.id)), named)
        finished = await done(experiments.update(named.id, status="EVALUATING"))
        self.shows("a finished experiment", finished, name=f"{self.label} e", metadata=metadata)
        cleared = await done(experiments.update(named.id, name=None, metadata=None, status="GENERATING"))
        self.shows("an experiment without a name", cleared, id=named.id, name=None, metadata=None)
        listed = await done(experiments.list(pipeline_id=pipeline))
        self.tally.equal("experiments of a pipeline", listed.data, [cleared])
        everything = await done(experiments.list())
        own = {bare.id, named.id}
        self.tally.equal("all experiments", len([one for one in everything.data if one.id in own]), 2)

    async def unknown_ids(self):
        """What does not exist is not found, in paths and bodies; lists of it are empty."""
        client = self.client
        for call in (client.pipelines.retrieve, client.datasets.retrieve, client.test_cases.retrieve,
                     client.test_cases.delete, client.experiments.retrieve, client.organizations.retrieve,
                     client.pipelines.update, client.datasets.update, client.experiments.update):
            await self.is_not_found(call.__qualname__, call, UNKNOWN)
        name = f"{self.label} nowhere"
        await self.is_not_found("a dataset of an unknown pipeline", client.datasets.create, name=name,
                                description=None, pipeline_id=UNKNOWN)
        await self.is_not_found("a dataset of an unknown slug", client.datasets.create, name=name, description=None,
                                pipeline_slug=f"{self.label}-nowhere")
        await self.is_not_found("a test case of an unknown dataset", client.test_cases.create, name=name,
                                inputs={}, dataset_id=UNKNOWN)
        await self.is_not_found("an experiment of an unknown pipeline", client.experiments.create,
                                pipeline_id=UNKNOWN)
        for call in (client.datasets.list, client.test_cases.list, client.experiments.list):
            listed = await done(call(pipeline_id=UNKNOWN))
            self.tally.equal(f"{call.__qualname__} of an unknown pipeline", listed.data, [])

    async def refusals(self):
        """What is wrong in itself is a bad request, which the client does not repeat."""
        client = self.client
        await self.is_refused("a slug that is taken", gentrace.BadRequestError, client.pipelines.create,
                              slug=self.pipeline.slug)
        await self.is_refused("a slug that is none", gentrace.BadRequestError, client.pipelines.create, slug="No Slug")
        await self.is_refused("an id that is none", gentrace.BadRequestError, client.datasets.retrieve, "x")
        await self.is_refused("an unknown key", gentrace.AuthenticationError,
                              client.with_options(api_key="unknown").pipelines.list)

    async def is_not_found(self, what, call, *arguments, **fields):
        """Whether a call raises the vendor's NotFoundError with the vendor's message."""
        error = await self.is_refused(what, gentrace.NotFoundError, call, *arguments, **fields)
        if error is not None:
            self.tally.equal(f"{what}: its text", str(error), f"Error code: 404 - {error.body}")

    async def is_refused(self, what, kind, call, *arguments, **fields):
        """Whether a call raises this error with the vendor's envelope."""
        try:
            seen = await done(call(*arguments, **fields))
        except gentrace.APIError as error:
            self.tally.equal(what, type(error).__name__, kind.__name__)
            is_envelope = isinstance(error.body, dict) and error.body.keys() == {"message"} and error.body["message"]
            self.tally.that(f"{what}: its body", is_envelope, repr(error.body))
            return error
        self.tally.that(what, False, f"expected {kind.__name__}, saw {seen!a}")
        return None


def main():
    """Runs the journey and tells how it was."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--form", choices=("sync", "async", "aiohttp"), required=True)
    parser.add_argument("--strict", action="store_true")
    parser.add_argument("--label", required=True)
    chosen = parser.parse_args()
    journey = run(chosen.form, lambda client: Journey(client, chosen.label).go(), chosen.strict)
    print(journey.tally.json(made=journey.made))


if __name__ == "__main__":
    main()
