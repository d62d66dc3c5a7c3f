"""The rows of the report, in the order in which they are measured."""
from dataclasses import dataclass
from typing import Callable

from rig.dialects import AEGIS, GENTRACE, ZNYX
from rows import (case_create, create, list_page, null, otlp, read_all, read_beside_adds, read_beside_upload,
                  samples_bulk, samples_list, samples_pages, scoring, slow_uploader, start, upload_memory, upload_rate,
                  worker_pages)

BOTH = ("sqlite", "postgres")
POSTGRES = ("postgres",)


@dataclass(frozen=True)
class Row:
    """How a row is measured: `measure(bench, database)` gives the points of one database."""
    measure: Callable
    databases: tuple = BOTH


ROWS = {
    "start": Row(start.measure),
    "upload_memory": Row(upload_memory.measure),
    "upload_rate": Row(upload_rate.measure),
    "create_znyx": Row(create.through(ZNYX)),
    "create_gentrace": Row(create.through(GENTRACE)),
    "create_aegis": Row(create.through(AEGIS)),
    "case_create": Row(case_create.measure, POSTGRES),
    "samples_bulk": Row(samples_bulk.measure),
    "samples_list": Row(samples_list.measure),
    "samples_pages": Row(samples_pages.measure),
    "read_all": Row(read_all.measure),
    "read_beside_upload": Row(read_beside_upload.measure),
    "read_beside_adds": Row(read_beside_adds.measure),
    "otlp": Row(otlp.measure, POSTGRES),
    "worker_pages": Row(worker_pages.measure),
    "scoring": Row(scoring.measure),
    "slow_uploader": Row(slow_uploader.measure),
    "list_page": Row(list_page.measure),
    # Last, because it is held against the fastest of the rows before it.
    "null": Row(null.measure, (None,)),
}
