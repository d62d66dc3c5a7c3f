"""The rows of a benchmark, judged from the dataset's samples alone."""
from judge.runs import Run
from judge.summaries import summary

COPIED = ("input_text", "context", "expected_decision", "expected_rule_hits", "metadata")
"""What a row has from its sample."""
VERDICT = ("actual_decision", "actual_risk_score", "actual_rule_hits")
HOOKS = ("tool_registration", "policy_publish")
"""Contexts that are no text: such samples are left out."""
LATENCIES = ("avg_latency_ms", "latency")


def rules_match(expected, actual):
    """Whether every expected rule was hit, itself or as the detector of one that was; unknown if none is expected."""
    if not expected:
        return None
    return all(any(hit == rule or hit.startswith(f"{rule}.") for hit in actual) for rule in expected)


def is_correct(row):
    """Whether the decision is the expected one; unknown without one."""
    expected = row["expected_decision"]
    return None if expected is None else row["actual_decision"] == expected


def check(tally, name, client, dataset, benchmark):
    """Whether the results of an ended benchmark are whole and right: each sample has one row, in the dataset's order,
    and what the rows and the summary say follows from the samples and the verdicts. Gives the rows."""
    samples, rows = evaluated(client.samples(dataset)), client.results(benchmark["id"])
    columns = {
        "sample": ([row["sample_id"] for row in rows], [one["id"] for one in samples]),
        "text and labels": ([[row[key] for key in COPIED] for row in rows],
                            [[one[key] for key in COPIED] for one in samples]),
        "is_correct": ([row["is_correct"] for row in rows], [is_correct(row) for row in rows]),
        "rule_hits_match": ([row["rule_hits_match"] for row in rows],
                            [rules_match(row["expected_rule_hits"], row["actual_rule_hits"]) for row in rows]),
    }
    for column, (seen, expected) in columns.items():
        tally.that(f"{name}: each row's {column}", seen == expected, differences(seen, expected))
    tally.equal(f"{name}: the counts", (benchmark["total_samples"], benchmark["completed_samples"], len(rows)),
                (len(samples),) * 3)
    tally.equal(f"{name}: the summary", benchmark["results_summary"], summed_up(rows))
    return rows


def evaluated(samples):
    """Those of these samples that are evaluated."""
    return [sample for sample in samples if sample["context"] not in HOOKS]


def differences(seen, expected):
    """The first places in which two lists differ."""
    places = [f"at {place} {one!a}, not {other!a}"
              for place, (one, other) in enumerate(zip(seen, expected)) if one != other]
    return f"{len(seen)} of {len(expected)}; {'; '.join(places[:3])}"


def summed_up(rows):
    """The summary of these rows."""
    return summary(Run(False, [
        [row["expected_decision"], row["actual_decision"], row["actual_risk_score"], row["latency_ms"]] for row in rows
    ]))


def verdicts(rows):
    """What an engine decided of each row, without how long it took."""
    def timeless(found):
        return {key: value for key, value in found.items() if key != "latency_ms"}

    return [[row[key] for key in VERDICT] + [row["detector_results"] and list(map(timeless, row["detector_results"]))]
            for row in rows]
