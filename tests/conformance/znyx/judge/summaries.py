"""Runs summed up by the vendor's own metrics.

What the vendor's code does not define (accuracy, rates of decisions, means) is computed here as the gateway's users
are told.
"""
import functools
import operator
import sys

from znyx_core.engine import eval_metrics

if sys.version_info >= (3, 12):
    # Since then Python carries the rounding errors of a sum of floats along. Ours are the numbers of 3.11, the vendor's
    # least; of three thousand runs one differs, where the last decimal hangs on the sixteenth.
    eval_metrics.sum = lambda numbers: functools.reduce(operator.add, numbers, 0)


def share(part, whole):
    """A share as the summary has it."""
    return round(part / whole, 4) if whole else None


def is_right(run, expected, actual):
    """Whether a decision is the expected one."""
    return expected == actual or run.is_lenient and {expected, actual} == {"REDACT", "TRANSFORM"}


def counted(run):
    """The confusion, the decisions, and how many labelled rows are right."""
    confusion, decisions, right = {}, {}, 0
    for expected, actual, _, _ in run.rows:
        decisions[actual] = decisions.get(actual, 0) + 1
        if expected is not None:
            row = confusion.setdefault(expected, {})
            row[actual] = row.get(actual, 0) + 1
            right += is_right(run, expected, actual)
    return confusion, decisions, right


def summary(run):
    """What the vendor's code makes of a run."""
    confusion, decisions, right = counted(run)
    labelled = [(score, expected not in eval_metrics.ALLOW_DECISIONS)
                for expected, _, score, _ in run.rows if expected is not None]
    scores, labels = [score for score, _ in labelled], [int(label) for _, label in labelled]
    latencies = [latency for _, _, _, latency in run.rows]
    total = len(run.rows)
    return {
        "accuracy": share(right, len(labelled)),
        **eval_metrics.classification_metrics(confusion),
        "confusion": confusion,
        "total": total,
        "correct": right,
        "incorrect": len(labelled) - right,
        "unlabelled": total - len(labelled),
        "errors": decisions.get("ERROR", 0),
        "block_rate": share(decisions.get("BLOCK", 0), total),
        "decisions": decisions,
        "avg_latency_ms": round(sum(latencies) / total, 1) if total else None,
        "latency": eval_metrics.percentiles(latencies),
        "auroc": eval_metrics.roc_auc(scores, labels),
        "auprc": eval_metrics.pr_auc(scores, labels),
        "ece": eval_metrics.expected_calibration_error([min(max(score, 0), 100) / 100 for score in scores], labels),
        "score_histogram": eval_metrics.score_histogram([score for _, _, score, _ in run.rows]),
    }
