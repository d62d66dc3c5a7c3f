"""What a run prints."""
import json
import os
import statistics
import sys
from dataclasses import dataclass, field


def progress(text):
    """Tells whoever waits what is being done."""
    print(f"… {text}", file=sys.stderr, flush=True)


@dataclass(frozen=True)
class Goal:
    """What a figure is to reach."""
    of: str
    """`value` or `ratio`."""
    sign: str
    """`≥`, `≤` or `<`."""
    bound: float

    def met(self, figure):
        return {"≥": figure >= self.bound, "≤": figure <= self.bound, "<": figure < self.bound}[self.sign]

    def __str__(self):
        return f"{self.of} {self.sign} {self.bound:g}"


@dataclass(frozen=True)
class Point:
    """One figure, with what it is held against."""
    what: str
    value: float
    unit: str
    reference: float = None
    against: str = None
    """What the reference is."""
    ratio: float = None
    goal: Goal = None
    spread: float = None
    """(highest - lowest) / median over the rounds: how noisy the figure is."""
    more: dict = field(default_factory=dict)

    def met(self):
        """None without a goal."""
        return None if self.goal is None else self.goal.met(self.value if self.goal.of == "value" else self.ratio)

    def fields(self):
        """For the line of JSON."""
        shown = {"what": self.what, "value": rounded(self.value), "unit": self.unit,
                 "reference": rounded(self.reference), "against": self.against, "ratio": rounded(self.ratio),
                 "goal": self.goal and str(self.goal), "met": self.met(), "spread": rounded(self.spread), **self.more}
        return {name: value for name, value in shown.items() if value is not None}


@dataclass(frozen=True)
class Line:
    """A row on one database."""
    row: str
    database: str
    points: list
    error: str
    others: float
    """Cores that something else used meanwhile."""

    def not_measured(self):
        """What went wrong, in short."""
        return "NOT MEASURED: " + self.error.splitlines()[0]

    def json(self):
        shown = {"row": self.row, "database": self.database, "points": [point.fields() for point in self.points],
                 "others_cores": self.others, "error": self.error}
        return json.dumps({name: value for name, value in shown.items() if value is not None}, ensure_ascii=False)


class PartlyMeasured(Exception):
    """Some of a row's figures are there, and others could not be measured."""

    def __init__(self, points, why):
        super().__init__(why)
        self.points = points


def compare(what, unit, ours, theirs, against, goal=None, more=None):
    """A point from the rounds of both sides. Its ratio is the median of the rounds' own ratios: the two sides of a
    round were measured one after the other, so that a machine that slows down during the run harms neither."""
    ratio = statistics.median(a / b for a, b in zip(ours, theirs))
    return Point(what, statistics.median(ours), unit, statistics.median(theirs), against, ratio, goal,
                 spread(ours), more or {})


def count(connections):
    """A number of connections in words."""
    return f"{connections} connection{'s' if connections > 1 else ''}"


def spread(values):
    """None for a single round, which says nothing about noise."""
    return (max(values) - min(values)) / statistics.median(values) if len(values) > 1 else None


def rounded(figure):
    """Three digits are more than the noise leaves anyway."""
    if figure is None or figure == 0:
        return figure
    return round(figure) if abs(figure) >= 100 else float(f"{figure:.3g}")


HEADS = ("row", "database", "what", "measured", "reference", "ratio", "goal", "", "spread", "more")


def table(lines, bench):
    """All lines for the eye."""
    rows = [HEADS]
    for line in lines:
        name = (line.row, line.database or "")
        if line.error:
            rows.append((*name, line.not_measured()))
        rows.extend((*name, *_cells(point)) for point in line.points)
    busy = max((line.others or 0.0 for line in lines), default=0.0)
    return columns(rows) + (f"\n{os.cpu_count()} cores; rounds: {bench.sizes.rounds}; "
                            f"others used up to {busy:g} cores during a row")


def columns(rows):
    """Texts one under the other, the first row's above. A row that ends early has a message, which makes no column
    wide."""
    whole = [row for row in rows if len(row) == len(rows[0])]
    widths = [max(map(len, cells)) for cells in zip(*whole)]
    text = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip() for row in rows]
    text.insert(1, "-" * max(map(len, text)))
    return "\n" + "\n".join(text)


def _cells(point):
    reference = "" if point.reference is None else f"{rounded(point.reference):,} {point.against}"
    mark = {None: "", True: "met", False: "MISSED"}[point.met()]
    return (point.what, f"{rounded(point.value):,} {point.unit}", reference,
            "" if point.ratio is None else f"{rounded(point.ratio):g}", str(point.goal or ""), mark,
            "" if point.spread is None else f"{point.spread:.0%}",
            ", ".join(f"{name} {value}" for name, value in point.more.items()))
