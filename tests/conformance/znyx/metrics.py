"""The vendor's own metrics against ours: made-up runs are summed up by both, and the summaries must be equal to the
byte, that is in every number, its spelling and the order of keys."""
import json
import random
import subprocess
import sys
from collections import Counter
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parent.parent))

from harness.places import program  # noqa: E402
from harness.tally import Tally  # noqa: E402
from judge.runs import made_up  # noqa: E402
from judge.summaries import eval_metrics, summary  # noqa: E402

RUNS = 400
SEED = 20261121
"""The same runs each time, so that a failure can be looked at again."""
OFTEN = RUNS // 4
"""In how many runs a number must be more than undefined. Otherwise little would have been compared."""


def comparison(base, candidate):
    """How a run's numbers differ from those of the run before it, if there is one."""
    def delta(number, digits):
        if not (base and base["total"] and candidate["total"]) or None in (number(base), number(candidate)):
            return None
        return round(number(candidate) - number(base), digits)

    return {
        "block_rate_delta": delta(lambda run: run["block_rate"], 4),
        "accuracy_delta": delta(lambda run: run["accuracy"], 4),
        "avg_latency_delta_ms": delta(lambda run: run["avg_latency_ms"], 1),
        "p99_latency_delta_ms": delta(lambda run: run["latency"]["p99"], 1),
        "psi": eval_metrics.population_stability_index(
            base["score_histogram"] if base else [], candidate["score_histogram"]),
    }


def ours(runs):
    """The lines that our program prints: of each run its summary, and how it compares to the one before."""
    asked = "".join(json.dumps({"lenient": run.is_lenient, "rows": run.rows}) + "\n" for run in runs)
    told = subprocess.run([program("znyx-summaries")], input=asked, stdout=subprocess.PIPE, encoding="utf-8",
                          check=True).stdout
    return told.removesuffix("\n").split("\n")


def differences(seen, expected):
    """The numbers in which a summary or comparison is another one."""
    return "; ".join(f"{name} is {seen.get(name)!a}, not {number!a}" for name, number in expected.items()
                     if json.dumps(seen.get(name)) != json.dumps(number)) or "the spelling or order of keys"


def check_run(tally, name, told, expected):
    """Whether our program told the summary and the comparison that are expected."""
    text = json.dumps(expected[0], separators=(",", ":"), ensure_ascii=False)
    tally.that(f"{name}: the summary", told[0] == text, differences(json.loads(told[0]), expected[0]))
    compared = json.loads(told[1])
    tally.that(f"{name}: the comparison", compared == expected[1], differences(compared, expected[1]))


def main():
    """Judges our numbers."""
    runs = made_up(random.Random(SEED), RUNS)
    lines = ours(runs)
    tally = Tally()
    tally.equal("lines told", len(lines), 2 * len(runs))
    defined, before = Counter(), None
    for number, run in enumerate(runs):
        expected = summary(run)
        expected = expected, comparison(before, expected)
        check_run(tally, f"run {number} of {len(run.rows)} rows", lines[2 * number:2 * number + 2], expected)
        defined.update(name for told in expected for name, value in told.items() if value)
        before = expected[0]
    for name in (*before, *comparison(before, before)):
        tally.that(f"{name} was compared", defined[name] >= OFTEN, f"only in {defined[name]} runs")
    tally.close()


if __name__ == "__main__":
    main()
