"""What the rows ask of each dialect, and what the gateway stores of a dataset that is made so."""
from dataclasses import dataclass, field

from rig.gateway import DATASETS, HEADERS
from rig.load import Call
from rig.stored import Sql
from rig.texts import compact
from rig.upload import BOUNDARY, METRICS, after_file, before_file

PAGE = 10
"""Datasets on the first page."""
DESCRIPTION = "load test"
CSV = "input,output\nwhere is my parcel,on its way\n"
"""The file of a dataset that is made through Aegis, where there are none without."""
FACET = f'{{"selected_metrics":{METRICS},"column_mappings":null,"structure":["input","output"]}}'
"""What Aegis alone keeps of it."""
CASE = {"inputs": compact({"input": "where is my parcel"}), "output": compact("on its way"), "origin": "aegis"}
MULTIPART = {**HEADERS, "Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}


@dataclass(frozen=True, eq=False)
class Dialect:
    """How a dialect makes a dataset and lists datasets."""
    name: str
    create: Call
    page: str
    """The path of the first page. Gentrace has none: there it is the list of a pipeline of PAGE datasets."""
    columns: dict
    """What the dataset's row holds besides ids, name, owner and times."""
    unique: bool = False
    """Whether the name is its owner's alone, by a key in the row."""
    facet: str = None
    case: dict = field(default_factory=dict)
    other_page: str = None
    """The path of a later page, from the tenth on, another one each time."""
    shown: str = ""
    """What a list shows of each dataset: a SELECT's columns, of datasets d, users u, collections c, dataset_facets f."""

    def dataset(self, tenant, dataset, name):
        """The row of a dataset. Its id and its name may be SQL."""
        key = None
        if self.unique:
            key = Sql(f"'{tenant.owner}/' || {name}") if isinstance(name, Sql) else f"{tenant.owner}/{name}"
        return {"organization_id": tenant.organization, "id": dataset, "pipeline_id": tenant.pipeline,
                "owner_id": tenant.owner, "author_email": tenant.email, "name": name, "name_key": key,
                "creator": None, "source": "customer", "public": False, "origin": self.name, **self.columns}

    def beside(self, tenant, dataset, case):
        """The rows in other tables, with their tables."""
        if self.facet:
            yield "dataset_facets", {"organization_id": tenant.organization, "dataset_id": dataset,
                                     "dialect": self.name, "body": self.facet}
        if self.case:
            yield "cases", {"organization_id": tenant.organization, "id": case, "dataset_id": dataset, **self.case}


def multipart(name):
    """The body of an upload."""
    return before_file().decode() + CSV + after_file(name).decode()


ZNYX = Dialect(
    "znyx", Call(DATASETS, compact({"name": "bench {{id}}", "description": DESCRIPTION, "category": "support"})),
    f"{DATASETS}?limit={PAGE}", {"shared": True, "description": DESCRIPTION, "category": "support"},
    other_page=f"{DATASETS}?limit={PAGE}&offset={{{{10 to 99}}}}0",
    shown="d.id, d.name, d.description, d.category, f.body, d.source, d.case_count, d.public, d.creator, "
          "d.created_at, d.updated_at")
GENTRACE = Dialect(
    "gentrace", Call("/api/v4/datasets", compact({"name": "bench {{id}}", "description": DESCRIPTION})),
    "/api/v4/datasets?pipelineId={pipeline}", {"shared": True, "description": DESCRIPTION, "category": None},
    shown="d.id, d.created_at, d.updated_at, d.name, d.description, d.archived_at, d.pipeline_id")
AEGIS = Dialect(
    "aegis", Call("/api/v1/datasets", multipart("bench {{id}}"), MULTIPART, "201"),
    f"/api/v1/datasets?page_size={PAGE}",
    {"shared": False, "description": None, "category": None, "case_count": 1, "inputs": 1, "outputs": 1},
    unique=True, facet=FACET, case=CASE, other_page=f"/api/v1/datasets?page_size={PAGE}&page={{{{10 to 99}}}}",
    shown="d.number, d.name, u.number, u.email, d.author_email, d.shared, d.case_count, d.prompts, d.inputs, "
          "d.contexts, d.outputs, d.golden_answers, c.number, f.body, d.created_at, d.updated_at")
DIALECTS = (ZNYX, GENTRACE, AEGIS)
