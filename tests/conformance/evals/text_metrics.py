"""Our text metrics against independent implementations, on made-up rows.

Each score is one check, each count behind one is another, and so is each of the four readability indices. Promised is
that BLEU and ROUGE differ by 0.5 at most and an index by 1; since they do not differ at all, nothing but the error of
floating point is allowed here, and of an index the rounding to two decimals in its explanation. What differed most is
printed.
"""
import json
import random
import re
import subprocess
import sys
import warnings
from collections import Counter
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parent.parent))

from harness.places import program  # noqa: E402
from harness.tally import Tally  # noqa: E402
from reading_data import differing  # noqa: E402
from text.cases import CASES  # noqa: E402
from text.references import COUNTS, FAILS, expected, indices, text  # noqa: E402
from text.stems import check_stems  # noqa: E402

ROWS = 300
"""For each metric."""
SEED = 20261128
"""The same rows each time, so that a failure can be looked at again."""
ERROR = 1e-9
"""How far a score may be from the reference's."""
ROUNDED = 0.005 + ERROR
"""How far a figure with two decimals may be."""
GRADED = ("alpha_perc", "alphanum_perc", "bleu", "rouge", "text_readability")
"""Metrics with scores between 0 and 100: half of theirs must be. Of the others a tenth must be 0 and a tenth 100."""
COUNTED = re.compile(r"has (\d+) ")
FIGURES = re.compile(r"Flesch Reading Ease (\S+), Dale–Chall (\S+), Gunning Fog (\S+), SMOG (\S+);")


def made_up():
    """For each metric its rows, from a seed of its own, so that one metric's rows are the same whatever is added."""
    asked = []
    for metric, make in CASES.items():
        source = random.Random(f"{SEED} {metric}")
        for _ in range(ROWS):
            args, row = make(source)
            asked.append({"metric": metric, "args": args, "row": row})
    return asked


def told(asked):
    """What our program says of these."""
    lines = "".join(json.dumps(one) + "\n" for one in asked)
    ended = subprocess.run([program("examples/score")], input=lines, stdout=subprocess.PIPE, encoding="utf-8",
                           check=True)
    return [json.loads(line) for line in ended.stdout.splitlines()]


def check_indices(tally, name, row, explanation, worst):
    """The four readability indices, as the explanation has them."""
    figures = FIGURES.search(explanation)
    if not figures:
        tally.that(f"{name}: the indices", "no words" in explanation, explanation)
        return
    for (index, value), figure in zip(indices(text(row)).items(), figures.groups(), strict=True):
        distance = abs(float(figure) - value)
        worst[index] = max(worst[index], distance)
        tally.that(f"{name}: {index}", distance <= ROUNDED, f"expected {value}, saw {figure} for {row!a}")


def check_score(tally, name, one, seen, worst):
    """One score; gives it, or nothing when there is none."""
    metric = one["metric"]
    score = expected(metric, one["args"], one["row"])
    what = f"{name}: {one['args']!a} {one['row']!a}"
    if score == FAILS or "failure" in seen:
        tally.that(what, score == FAILS and "failure" in seen, f"expected {score}, saw {seen!a}")
        return None
    distance = abs(seen["score"] - score)
    worst[metric] = max(worst[metric], distance)
    tally.that(what, distance <= ERROR, f"expected {score}, saw {seen!a}")
    tally.that(f"{name}: the explanation", len(seen["explanation"]) > 10, seen["explanation"])
    if metric in COUNTS:
        count = COUNTS[metric](one["args"], one["row"])
        tally.that(f"{what}: the count", COUNTED.search(seen["explanation"])[1] == str(count),
                   f"expected {count}, saw {seen!a}")
    if metric == "text_readability":
        check_indices(tally, name, one["row"], seen["explanation"], worst)
    return score


def check_spread(tally, metric, scores):
    """Whether the comparison had something to compare."""
    between = sum(ERROR < score < 100 - ERROR for score in scores)
    if metric in GRADED:
        tally.that(f"{metric}: scores between 0 and 100", between >= ROWS / 2, f"only {between} of {len(scores)}")
    else:
        ends = Counter(scores)
        tally.that(f"{metric}: both verdicts", min(ends[0.0], ends[100.0]) >= ROWS / 10, f"{dict(ends)}")
    whole = sum(score >= 100 - ERROR for score in scores)
    print(f"{metric}: {len(scores)} scores, {between} of them between 0 and 100, {whole} are 100")


def main():
    """Judges our text metrics."""
    # nltk and textstat warn of what is asked of them on purpose.
    warnings.simplefilter("ignore")
    tally = Tally()
    tally.equal("files of crates/evals/data that differ from the packages", differing(), [])
    asked = made_up()
    answers = told(asked)
    tally.equal("lines told", len(answers), len(asked))
    worst, scores = Counter(), {metric: [] for metric in CASES}
    for number, (one, seen) in enumerate(zip(asked, answers, strict=True)):
        score = check_score(tally, f"{one['metric']} {number % ROWS}", one, seen, worst)
        if score is not None:
            scores[one["metric"]].append(score)
    for metric, all_scores in scores.items():
        check_spread(tally, metric, all_scores)
    check_stems(tally, told)
    print("furthest apart: " + ", ".join(f"{metric} {distance:.4g}" for metric, distance in sorted(worst.items())))
    tally.close()


if __name__ == "__main__":
    main()
