"""Test data: the same at every run, without a file."""
import csv
import io
import json
import random

COLUMNS = ("prompt", "input", "context", "output", "golden_answer")
LENGTHS = (40, 110, 60, 50, 30)
"""Characters of each column; with the separators a row has about 300 bytes."""
CASE_COLUMNS = ("organization_id", "id", "dataset_id", "inputs", "output", "expected", "origin")
"""The columns of `cases` that an uploaded row fills."""
SAMPLE_COLUMNS = ("organization_id", "id", "dataset_id", "inputs", "expected", "metadata", "origin")
"""Those that a ZNYX sample fills."""

WORDS = (
    "the model answers a question about refund policy order shipping invoice account password reset customer asks "
    "when will my parcel arrive and agent replies with exact date from carrier system safety prompt injection attempt "
    "ignored tool call returned json value temperature context window evaluate faithfulness relevance toxicity "
    "groundedness score threshold dataset version sample naïve café"
).split()


class Texts:
    """Pieces of one long text, which are much faster to make than sentences."""

    def __init__(self, seed):
        # Only random() itself promises the same numbers in every version of Python.
        self._random = random.Random(seed).random
        self._pool = " ".join(WORDS[int(self._random() * len(WORDS))] for _ in range(50_000))

    def piece(self, length):
        start = int(self._random() * (len(self._pool) - length))
        return self._pool[start:start + length].strip()


def rows(count, seed=1):
    """Rows of COLUMNS. Every tenth has a comma, quotes and a line break, so that no reader gets away without them."""
    texts = Texts(seed)
    for number in range(count):
        row = [texts.piece(length) for length in LENGTHS]
        row[1] = f"#{number} {row[1]}"
        if number % 10 == 0:
            row[3] += ', "quoted"\nsecond line'
        yield row


def csv_bytes(some, head=True):
    """Rows as a CSV file."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    if head:
        writer.writerow(COLUMNS)
    writer.writerows(some)
    return text.getvalue().encode()


def big_csv(size):
    """A CSV file of at least `size` bytes in pieces, with its exact length and its number of rows."""
    head, block, count = csv_bytes([]), csv_bytes(rows(10_000), head=False), 10_000
    repeats = -(-(size - len(head)) // len(block))

    def pieces():
        yield head
        for _ in range(repeats):
            yield block

    return pieces(), len(head) + repeats * len(block), repeats * count


def compact(value):
    """JSON as the gateway writes it."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def stored(row):
    """What an uploaded row becomes: `inputs`, `output` and `expected` of its case."""
    prompt, text, context, output, golden = row
    inputs = {"prompt": prompt, "input": text, "context": context}
    return compact(inputs), compact(output), compact({"golden_answer": golden})


def case_id(batch, number):
    """A UUID that sorts by when it was made, like the gateway's."""
    return f"{batch:08x}-0000-7000-8000-{number:012x}"


def copy_lines(stored_rows, organization, dataset, batch):
    """The rows in the text format of COPY, with the columns CASE_COLUMNS."""
    for number, fields in enumerate(stored_rows):
        # In JSON text line breaks are escaped already; what COPY would misread is the backslash alone.
        texts = "\t".join(fields).replace("\\", "\\\\")
        yield f"{organization}\t{case_id(batch, number)}\t{dataset}\t{texts}\taegis\n"


def samples(count, seed=1):
    """ZNYX samples of about 300 bytes of JSON."""
    texts = Texts(seed)
    for number in range(count):
        yield {"input_text": f"#{number} {texts.piece(150)}", "context": "input", "expected_decision": "BLOCK",
               "expected_rule_hits": ["jailbreak.dan_jailbreak_attempt"], "metadata": {"ticket": texts.piece(40)}}


def stored_sample(sample):
    """What a sample becomes: `inputs`, `expected` and `metadata` of its case."""
    expected = {"decision": sample["expected_decision"], "rule_hits": sample["expected_rule_hits"]}
    return compact({"input": sample["input_text"]}), compact(expected), compact(sample["metadata"])
