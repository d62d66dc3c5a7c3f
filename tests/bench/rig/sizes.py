"""How much of everything a run does."""
from dataclasses import dataclass


@dataclass(frozen=True)
class Sizes:
    rounds: int
    """How often a rate is measured; its median is reported."""
    seconds: int
    """How long one measurement of a rate lasts."""
    warmup: float
    """Seconds of load that do not count before each of them."""
    patience: float
    """Seconds to wait, before each row, for a machine that is busy with something else."""
    idle: float
    """Seconds after a start until the memory counts as idle."""
    big_csv: int
    """Bytes of the file of `upload_memory`."""
    csv_rows: int
    """Rows of the file of `upload_rate`."""
    bulk_calls: int
    """Calls of 1,000 samples in one measurement."""
    worked: int
    """Samples of the dataset that a runtime works on."""
    scored: int
    """Records of the run whose memory is watched."""
    listed: int
    """Datasets behind the list whose first page is read."""
    listed_cases: int
    """Cases in them, where there are any."""
    listed_many: int
    """Datasets where there are more."""
    read_rows: int
    """Cases of the dataset that is read whole."""
    otlp_bodies: int
    """Bodies of 100 spans in one measurement."""
    otlp_spans: int
    """Bodies of one span in one measurement."""
    smallest: int
    """The first size at which `--scale` measures; each further one is ten times as large."""
    largest: int
    """The last one, unless another is asked for."""


FULL = Sizes(rounds=5, seconds=2, warmup=0.5, patience=60, idle=5, big_csv=10**9, csv_rows=100_000, bulk_calls=40,
             worked=100_000, scored=100_000, listed=10_000, listed_cases=1_000_000, listed_many=100_000,
             read_rows=100_000, otlp_bodies=300, otlp_spans=6_000, smallest=10**4, largest=10**6)
QUICK = Sizes(rounds=1, seconds=1, warmup=0.1, patience=0, idle=0.5, big_csv=10**7, csv_rows=2_000, bulk_calls=5,
              worked=2_000, scored=3_000, listed=100, listed_cases=2_000, listed_many=1_000,
              read_rows=10_000, otlp_bodies=10, otlp_spans=100, smallest=100, largest=1_000)
