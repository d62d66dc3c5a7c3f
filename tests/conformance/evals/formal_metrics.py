"""The metrics that read formal languages against other programs that read them: Python's `json` and `ast`, sqlglot,
lxml and jsonschema. What is made up is judged by both, and the answers must be equal, except for the deviations that
crates/evals/README.md lists: each is shown by its example, and may be met no more often than when it was listed."""
import json
import random
import subprocess
import sys
from collections import Counter
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parent.parent))

from formal import references, schemas_json, schemas_xml, texts  # noqa: E402
from formal.deviations import EXAMPLES, MADE_UP, Met  # noqa: E402
from formal.documents import document, pair  # noqa: E402
from harness.places import program  # noqa: E402
from harness.tally import Tally  # noqa: E402

SEED = 20261128
"""The same inputs each time, so that a failure can be looked at again."""
CASES = 600
"""Of each metric."""
OFTEN = CASES // 8
"""How often each outcome must be met. Otherwise little would have been compared."""
DIALECTS = list(texts.OWN)


def flags(chance, *names):
    """Some of these arguments, set."""
    return {name: chance.random() < 0.5 for name in names if chance.random() < 0.6}


def valid_json(chance):
    text = texts.json_value(chance, odd=chance.choice((0, 0, 0.15)))
    text = texts.cut(chance, text) if chance.random() < 0.3 else text
    return {}, {"output": text}, references.is_json(text)


def valid_python(chance):
    text = texts.module(chance)
    return {}, {"output": text}, references.is_python(text)


def valid_sql(chance):
    dialect = chance.choice(DIALECTS)
    text = texts.sql(chance, dialect)
    named = {} if dialect == "tsql" and chance.random() < 0.5 else {"dialect": dialect}
    return named, {"output": text}, references.is_sql(text, dialect)


def valid_xml(chance):
    text = document(chance)
    return {}, {"output": text}, references.is_xml(text)


def equal_json(chance):
    golden = texts.json_value(chance)
    output = texts.respelled(chance, golden)
    given = flags(chance, "ignore_order", "ignore_extra_keys")
    return given, {"output": output, "golden_answer": golden}, references.json_equal(output, golden, **given)


def equal_xml(chance):
    output, golden = pair(chance)
    given = flags(chance, "ignore_order", "ignore_extra_attributes", "ignore_whitespace")
    return given, {"output": output, "golden_answer": golden}, references.xml_equal(output, golden, **given)


def json_schema(chance):
    draft = chance.choice((7, 2020))
    validator = {7: "Draft7Validator", 2020: "Draft202012Validator"}[draft]
    schema, output = schemas_json.schema(chance, draft), schemas_json.value(chance)
    named = {} if draft == 7 and chance.random() < 0.5 else {"validator": validator}
    # As a text or as it is; null would be no output.
    is_text = output is None or isinstance(output, str) or chance.random() < 0.5
    row = {"output": json.dumps(output) if is_text else output}
    return {"schema": schema, **named}, row, references.fits_json_schema(output, schema, validator)


def xml_schema(chance):
    schema, make = schemas_xml.Maker(chance).schema()
    output = make()
    return {"schema": schema}, {"output": output}, references.fits_xml_schema(output, schema)


METRICS = {
    "is_valid_json": valid_json,
    "is_valid_python": valid_python,
    "is_valid_sql": valid_sql,
    "is_valid_xml": valid_xml,
    "json_equal": equal_json,
    "json_schema_match": json_schema,
    "xml_equal": equal_xml,
    "xml_schema_match": xml_schema,
}


def ours(asked):
    """Of each metric, arguments and row whether it scores 100, or None for a failure; and what it says of it."""
    lines = "".join(json.dumps({"metric": metric, "args": given, "row": row}) + "\n" for metric, given, row in asked)
    told = subprocess.run([program("examples/score")], input=lines, stdout=subprocess.PIPE, encoding="utf-8",
                          check=True)
    answers = map(json.loads, told.stdout.removesuffix("\n").split("\n"))
    scores = {0: False, 100: True}
    return [(scores[answer["score"]], answer["explanation"]) if "score" in answer else (None, answer["failure"])
            for answer in answers]


def check_made_up(tally, metric, cases, answers):
    """Equal answers, but for as many as are listed."""
    met, outcomes = Counter(), Counter(expected for _, _, expected in cases)
    for number, ((given, row, expected), (seen, said)) in enumerate(zip(cases, answers, strict=True)):
        listed = next((name for name, (_, is_one) in MADE_UP.get(metric, {}).items()
                       if seen != expected and is_one(Met(given, row, expected, seen, said))), None)
        met[listed] += seen != expected
        if listed is None:
            tally.that(f"{metric} {number}", seen == expected,
                       f"expected {expected}, saw {seen} ({said}) of {json.dumps(row)} with {json.dumps(given)}")
        else:
            tally.passed += 1
    for name, (most, _) in MADE_UP.get(metric, {}).items():
        tally.that(f"{metric}: {name}", met[name] <= most, f"{most} at most were listed, {met[name]} were met")
    for outcome in (True, False):
        tally.that(f"{metric}: {outcome} is met often", outcomes[outcome] >= OFTEN, f"only {outcomes[outcome]} times")
    print(f"{metric}: {dict(outcomes)}; deviations: {dict(+met)}")


def main():
    """Judges our metrics."""
    tally = Tally()
    made = {metric: [make(random.Random(f"{SEED} {metric} {number}")) for number in range(CASES)]
            for metric, make in METRICS.items()}
    answers = iter(ours([(metric, given, row) for metric, cases in made.items() for given, row, _ in cases]))
    for metric, cases in made.items():
        check_made_up(tally, metric, cases, [next(answers) for _ in cases])
    listed = [(name, *example) for name, example in EXAMPLES.items()]
    told = ours([(metric, given, row) for _, metric, given, row, *_ in listed])
    for (name, _, _, _, theirs, expected), (seen, said) in zip(listed, told, strict=True):
        tally.that(f"{name}: the other program", theirs() != expected, f"it says {expected} too")
        tally.that(f"{name}: ours", seen == expected, f"expected {expected}, saw {seen} ({said})")
    tally.close()


if __name__ == "__main__":
    main()
