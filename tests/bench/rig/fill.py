"""Filling a gateway's database behind its back, with what it would have stored itself."""
from dataclasses import dataclass
from uuid import UUID

from rig import texts
from rig.dialects import DIALECTS, PAGE

PIPELINE = UUID(int=1)
"""A pipeline with PAGE datasets."""
FIRST = UUID("01900000-0000-7000-8000-000000000000").int
"""The first id. Ids sort by when they were made, like the gateway's."""
DIFFERENT = 1_000
"""Cases until the same payloads come again."""


@dataclass(frozen=True)
class Contents:
    """How much is there."""
    datasets: int
    cases: int = 0
    """Spread over as many datasets as `over` says."""
    over: int = None


def fill(database, contents):
    """Stores datasets of all three dialects in turns, and ZNYX samples in the last of them."""
    tenant = database.tenant()
    database.fill("pipelines", ("organization_id", "id", "slug"), [(tenant.organization, PIPELINE, "listed")])
    columns = tuple(_dataset(tenant, contents, 0))
    database.fill("datasets", columns, (tuple(_dataset(tenant, contents, number).values())
                                        for number in range(contents.datasets)))
    facets = ((tenant.organization, _id(number), dialect.name, dialect.facet)
              for number in range(contents.datasets) if (dialect := DIALECTS[number % 3]).facet)
    database.fill("dataset_facets", ("organization_id", "dataset_id", "dialect", "body"), facets)
    database.fill("cases", texts.SAMPLE_COLUMNS, _cases(tenant, contents))
    database.settle()


def last_dataset(contents):
    """The id of the dataset that is listed first. It has cases if any has."""
    return str(_id(contents.datasets - 1))


def _id(number):
    return UUID(int=FIRST + number)


def _over(contents):
    return contents.over or contents.datasets


def _dataset(tenant, contents, number):
    dialect = DIALECTS[number % 3]
    cases = contents.cases // _over(contents) if number >= contents.datasets - _over(contents) else 0
    row = dialect.dataset(tenant, _id(number), f"filled {number}")
    row |= {"case_count": cases, "inputs": cases, "outputs": 0, "version": 1 if cases else 0}
    if number % max(1, contents.datasets // PAGE) == 0:
        row["pipeline_id"] = PIPELINE
    return row


def _cases(tenant, contents):
    stored = [texts.stored_sample(sample) for sample in texts.samples(DIFFERENT)]
    each, first = contents.cases // _over(contents), contents.datasets - _over(contents)
    for dataset in range(first, contents.datasets):
        key = _id(dataset)
        for number in range(each):
            case = UUID(int=FIRST + dataset * each + number)
            yield tenant.organization, case, key, *stored[number % DIFFERENT], "znyx"
