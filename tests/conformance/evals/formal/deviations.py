"""Where we differ from the other programs, as the section "Formal metrics" of crates/evals/README.md lists it."""
from collections import namedtuple

from formal import references
from formal.schemas_xml import XS, XSI
from formal.texts import FAULTS


Met = namedtuple("Met", "given row expected seen said")
"""An input that was made up: the metric's arguments and row, what the other program says, what ours says and why."""


def no_statement(met):
    return met.expected and "an SQL statement, found" in met.said


def overlooked(met):
    """One of our faults, or a bracket that was lost."""
    text = met.row["output"]
    return met.expected and (text in FAULTS or "cast(a as int" in text.lower().replace("cast(a as int)", ""))


def except_alone(met):
    return met.seen and met.given.get("dialect") == "bigquery" and " except " in met.row["output"].lower()


def pragma(met):
    return met.expected and met.row["output"].lower().startswith("pragma")


def unknown_encoding(met):
    return met.seen and 'encoding="latin-1"' in met.row["output"]


def later_dependencies(met):
    return "'dependencies'" in str(met.given) and met.given.get("validator") == "Draft202012Validator"


def wildcard(met):
    return met.expected is None and "<xs:any " in met.given["schema"]


def nil(met):
    return "xsi:nil" in met.row["output"]


def not_a_number(met):
    return "NaN" in met.row["output"] + met.given["schema"]


def zones(met):
    return "12:00:00+14:00" in met.row["output"]


MADE_UP = {
    "is_valid_sql": {
        "no statement": (13, no_statement),
        "what sqlglot overlooks": (10, overlooked),
        "EXCEPT alone in BigQuery": (3, except_alone),
        "SQLite's PRAGMA with a name": (1, pragma),
    },
    "is_valid_xml": {"an encoding that libxml2 does not know": (9, unknown_encoding)},
    "json_schema_match": {"dependencies in draft 2020-12": (1, later_dependencies)},
    "xml_schema_match": {
        "a wildcard beside what it may stand for": (26, wildcard),
        "nil": (3, nil),
        "NaN": (3, not_a_number),
        "times in zones": (1, zones),
    },
}
"""Of each metric how often, at most, made-up inputs meet a deviation, and how it is told. The first that fits
counts."""


def schema(inside):
    return f"<xs:schema {XS}>{inside}</xs:schema>"


def simple(base, facets=""):
    return schema(f'<xs:element name="r"><xs:simpleType><xs:restriction base="xs:{base}">{facets}</xs:restriction>'
                  "</xs:simpleType></xs:element>")


def valid(metric, text, ours, **given):
    """An example of a metric that judges an output alone."""
    judge = {"is_valid_json": references.is_json, "is_valid_python": references.is_python,
             "is_valid_xml": references.is_xml,
             "is_valid_sql": lambda text: references.is_sql(text, given.get("dialect", "tsql"))}[metric]
    return metric, given, {"output": text}, lambda: judge(text), ours


def fits(text, given, ours):
    """An example of an XML Schema."""
    return ("xml_schema_match", {"schema": given}, {"output": text},
            lambda: references.fits_xml_schema(text, given), ours)


def fits_json(output, given, ours, validator="Draft7Validator"):
    """An example of a JSON Schema."""
    return ("json_schema_match", {"schema": given, "validator": validator}, {"output": output},
            lambda: references.fits_json_schema(references.json.loads(output), given, validator), ours)


ATTRIBUTES = " ".join(f"a{at}=''" for at in range(1001))
DIGITS = "1" * 5000
DEEP = "[" * 5000 + "]" * 5000
WILD = schema('<xs:element name="r"><xs:complexType><xs:sequence><xs:element name="a" minOccurs="0"/>'
              '<xs:any minOccurs="0"/></xs:sequence></xs:complexType></xs:element>')
NILLABLE = schema('<xs:element name="r" nillable="true" type="xs:int"/>')
NIL_ALL = schema('<xs:element name="r" nillable="true"><xs:complexType><xs:all><xs:element name="a"/></xs:all>'
                 "</xs:complexType></xs:element>")
EXAMPLES = {
    "an integer of 5,000 digits as JSON": valid("is_valid_json", DIGITS, True),
    "JSON 5,000 deep": valid("is_valid_json", DEEP, True),
    "JSON beyond 100 levels is not compared": (
        "json_equal", {}, {"output": DEEP[4800:5200], "golden_answer": DEEP[4800:5200]},
        lambda: references.json_equal(DEEP[4800:5200], DEEP[4800:5200]), False),
    "an integer of 5,000 digits in Python": valid("is_valid_python", DIGITS, True),
    "a space after an f-string's conversion": valid("is_valid_python", "f'{x!r :>5}'", True),
    "a star beside a column": valid("is_valid_sql", "SELECT * a FROM t", False),
    "a limit of nothing": valid("is_valid_sql", "SELECT a FROM t LIMIT", True, dialect="snowflake"),
    "no statement: words": valid("is_valid_sql", "hello world", False),
    "no statement: an expression": valid("is_valid_sql", "1", False),
    "sqlglot overlooks that nothing is selected": valid("is_valid_sql", "SELECT FROM t WHERE a", False),
    "sqlglot overlooks a bracket": valid("is_valid_sql", "SELECT cast(a AS int FROM t", False),
    "sqlglot overlooks a comma": valid("is_valid_sql", "SELECT a, FROM t", False),
    "EXCEPT alone in BigQuery": valid("is_valid_sql", "SELECT 1 EXCEPT SELECT 2", True, dialect="bigquery"),
    "SQLite's PRAGMA with a name": valid("is_valid_sql", "PRAGMA table_info(t)", False, dialect="sqlite"),
    "an encoding that libxml2 does not know": valid(
        "is_valid_xml", '<?xml version="1.0" encoding="latin-1"?><r/>', True),
    "a namespace that is no URI": valid("is_valid_xml", "<r xmlns:p='u>v'/>", True),
    "more than 1,000 attributes": valid("is_valid_xml", f"<r {ATTRIBUTES}/>", False),
    "dependencies in draft 2020-12": fits_json(
        '{"a": 1}', {"dependencies": {"a": ["b"]}}, False, "Draft202012Validator"),
    "numbers beyond doubles in JSON Schema": fits_json("1e400", {"type": "number"}, False),
    "lone surrogates in JSON Schema": fits_json('"\\ud800"', {"type": "string"}, False),
    "digits of other scripts in JSON Schema": fits_json('"\u0663"', {"pattern": r"^\d$"}, False),
    "a wildcard beside what it may stand for": fits("<r/>", WILD, True),
    "nil spelled 1": fits(f'<r {XSI} xsi:nil="1"/>', NILLABLE, False),
    "nil where all of a group is required": fits(f'<r {XSI} xsi:nil="true"/>', NIL_ALL, False),
    "NaN is beyond every bound": fits("<r>NaN</r>", simple("double", '<xs:maxInclusive value="1"/>'), True),
    "times in zones": fits("<r>12:00:00+14:00</r>", simple("time", '<xs:maxInclusive value="12:30:00Z"/>'), True),
    "no URI": fits("<r>http://[::1</r>", simple("anyURI"), True),
    "a prefix that is not declared": fits("<r>p:x</r>", simple("QName"), True),
    "zeros with a sign": fits("<r>-0</r>", simple("integer", '<xs:enumeration value="0"/>'), False),
    "what is no base64": fits("<r>****</r>", simple("base64Binary"), False),
    "a year with a zero before it": fits("<r>02024</r>", simple("gYear"), True),
    "an escaped dollar": fits("<r>$</r>", simple("string", r'<xs:pattern value="\$"/>'), None),
    "lengths that contradict each other": fits(
        "<r/>", simple("string", '<xs:minLength value="2"/><xs:maxLength value="1"/>'), None),
    "bounds that contradict each other": fits(
        "<r>1</r>", simple("int", '<xs:minInclusive value="2"/><xs:maxExclusive value="2"/>'), False),
}
"""Each deviation by an example: the metric, its arguments and row, what the other program says, and what we do."""
