"""What other programs say: whether it holds, or None where the metric cannot be computed."""
import ast
import json
import logging
import warnings

import jsonschema
import sqlglot
from jsonschema.exceptions import SchemaError
from lxml import etree

logging.getLogger("sqlglot").setLevel(logging.CRITICAL)
WHITESPACE = " \t\r\n"


def is_json(text):
    """Python's `json`, without the words that are no JSON."""
    def refuse(word):
        raise ValueError(word)

    try:
        json.loads(text, parse_constant=refuse)
    except (ValueError, RecursionError):
        return False
    return True


def is_python(text):
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True


def is_sql(text, dialect):
    """`sqlglot` finds nothing wrong, and a statement at least."""
    try:
        return any(statement is not None for statement in sqlglot.parse(text, read=dialect))
    except sqlglot.errors.SqlglotError:
        return False


def xml(text):
    """The root element, or None. Nothing external is read."""
    try:
        return etree.fromstring(text.encode(), etree.XMLParser(no_network=True, load_dtd=False, remove_comments=True,
                                                               remove_pis=True))
    except etree.XMLSyntaxError:
        return None


def is_xml(text):
    return xml(text) is not None


def json_equal(output, golden, ignore_order=False, ignore_extra_keys=False):
    """By trying every order where order does not count."""
    def covers(one, other):
        if isinstance(one, dict) and isinstance(other, dict):
            keys = other.keys() <= one.keys() if ignore_extra_keys else other.keys() == one.keys()
            return keys and all(covers(one[key], other[key]) for key in other)
        if isinstance(one, list) and isinstance(other, list):
            if len(one) != len(other):
                return False
            return paired(one, other, covers) if ignore_order else all(map(covers, one, other))
        # To Python True is 1.
        return isinstance(one, bool) == isinstance(other, bool) and type(one) in alike(type(other)) and one == other

    try:
        return covers(json.loads(output), json.loads(golden))
    except (ValueError, RecursionError):
        return False


def alike(kind):
    return (int, float, bool) if kind in (int, float, bool) else (kind,)


def paired(one, other, covers):
    """Whether each of the others gets one of its own that covers it."""
    if not other:
        return True
    return any(covers(item, other[0]) and paired(one[:at] + one[at + 1:], other[1:], covers)
               for at, item in enumerate(one))


def xml_equal(output, golden, ignore_order=False, ignore_extra_attributes=False, ignore_whitespace=True):
    def inside(element):
        parts = [element.text or ""]
        for child in element:
            parts += [child, child.tail or ""]
        texts = (part.strip(WHITESPACE) if isinstance(part, str) and ignore_whitespace else part for part in parts)
        return [part for part in texts if not isinstance(part, str) or part]

    def covers(one, other):
        if isinstance(one, str) or isinstance(other, str):
            return isinstance(one, str) and isinstance(other, str) and one == other
        mine, theirs = dict(one.attrib), dict(other.attrib)
        fits = theirs.items() <= mine.items() if ignore_extra_attributes else theirs == mine
        if one.tag != other.tag or not fits:
            return False
        one, other = inside(one), inside(other)
        if len(one) != len(other):
            return False
        return paired(one, other, covers) if ignore_order else all(map(covers, one, other))

    one, other = xml(output), xml(golden)
    return one is not None and other is not None and covers(one, other)


def fits_json_schema(output, schema, validator):
    """None for a schema that is none."""
    kind = getattr(jsonschema, validator)
    try:
        kind.check_schema(schema)
    except SchemaError:
        return None
    return kind(schema).is_valid(output)


def fits_xml_schema(output, schema):
    """None for a schema that is none."""
    try:
        compiled = etree.XMLSchema(etree.fromstring(schema.encode()))
    except etree.XMLSchemaParseError:
        return None
    root = xml(output)
    return root is not None and compiled.validate(root)
