"""Policies, made up: texts of JSON, since their spelling is what matters."""
import json
import struct
import typing

from pydantic import BaseModel
from znyx_core.core.models import ExecutionMode
from znyx_core.policy.schema import PolicySchema

STRINGS = ("", "a", "Z", "é", "😀", "漢", "\x7f", "\uffff", "\ue000", "\\ud800", "\\uDC00", "\\ud83d\\ude00", "\\u0000",
           "\\n", "\\/", "\\\"", "\\\\", "\\u2028", "\\uE000")
"""Pieces of strings, as a text of JSON holds them."""

SCALARS = (
    "null", "true", "false", "0", "1", "-1", "2", "3", "7", "8", "50", "100", "101", "-5", "1.0", "1.5", "0.5", "-0.0",
    "1e3", "1e19", "1e-9", "9223372036854775808", '"x"', '""', '"5"', '" 5 "', '"5.0"', '"1_0"', '"1e3"', '"yes"',
    '"OFF"', '"nan"', '"inf"', '"-Infinity"', '"_1"', '"1__0"', '"+5"', '"-7.000"', '".5"', '"5."', '"0x1"', '"٣"',
    '" "', '"\\u001c"', '"\\u00a05"', '"\\ud800"', '"BLOCK"', '"WARN"', '"REDACT"', '"ALLOW"', '"input"', '"output"',
    '"local_ml"', '"remote_llm"', '"remote_api"', '"majority"', '"fail_open"', '"system_prompt"',
    '"00112233445566778899aabbccddeeff"', '"00 11 22 33 44 55 66 77 88 99 aa bb "',
    '"0011223344556677889 9aabbccddeeff"',
)
"""Values that some field takes and others do not."""


def any_number(random):
    """A number, spelled in any way that a double or an integer can be."""
    kind = random.randrange(5)
    if kind == 0:
        return f"{_double(random):.{random.randrange(21)}e}"
    if kind == 1:
        return repr(_double(random))
    if kind == 2:
        # Many of these lie halfway between two shortest spellings.
        return repr((random.getrandbits(53) | 1 << 52) / random.choice((2, 4, 8, 16)))
    if kind == 3:
        return f"{random.randrange(-99, 99)}{random.choice(('e5', 'E-7', 'e22', 'e23', 'e+16', '.50', 'e15', ''))}"
    return str(random.getrandbits(random.randrange(1, 200)) - random.getrandbits(random.randrange(1, 200)))


def _double(random):
    while True:
        number, = struct.unpack("<d", struct.pack("<Q", random.getrandbits(64)))
        if abs(number) < float("inf"):
            return number


def any_value(random, depth=4):
    """Any value."""
    kind = random.random()
    if not depth or kind < 0.3:
        return random.choice((any_number, any_number, _any_string, lambda _: "null", lambda _: "true"))(random)
    if kind < 0.5:
        return f"[{' , '.join(any_value(random, depth - 1) for _ in range(random.randrange(4)))}]"
    return any_object(random, depth - 1)


def any_object(random, depth=4):
    """Any object; some keys are there twice, in two spellings."""
    members = (f"{_any_string(random)} : {any_value(random, depth)}" for _ in range(random.randrange(6)))
    return "{" + ", ".join(members) + "}"


def _any_string(random):
    return '"' + "".join(random.choice(STRINGS) for _ in range(random.randrange(4))) + '"'


def small_object(random, depth=3):
    """An object of few keys, so that two of them have some in common."""
    def value():
        if depth and random.random() < 0.5:
            return small_object(random, depth - 1)
        return random.choice(("1", "2.0", "null", "[1]", '"x"'))

    keys = [random.choice(("a", "b", "c", "\\u0061", "apps", "envs")) for _ in range(random.randrange(5))]
    return "{" + ",".join(f'"{key}":{value()}' for key in keys) + "}"


def near_the_schema(random, model=PolicySchema, depth=3):
    """A policy whose keys are those of the vendor's schema, with values that may be wrong."""
    names = random.sample(list(model.model_fields), min(len(model.model_fields), random.randrange(6)))
    members = [f'"{name}":{_field(random, model.model_fields[name].annotation, depth)}' for name in names]
    if random.random() < 0.2:
        members.append(f'"{random.choice(("zzz", "é", "a.b", "no_external_calls"))}":{random.choice(SCALARS)}')
    if members and random.random() < 0.1:
        members.append(random.choice(members))
    random.shuffle(members)
    return "{" + ", ".join(members) + "}"


def with_strategies(random):
    """A policy that the vendor's schema takes, whose detectors are run in several ways that may contradict it."""
    def some(*values):
        return random.sample(values, random.randrange(1, len(values) + 1))

    modes = tuple(mode.value for mode in ExecutionMode)
    detectors = {
        name: {"strategy": {"order": some(*modes)}, "backends": {mode: {} for mode in some(*modes)}}
        for name in some("pii", "toxicity", "jailbreak", "own")
    }
    runtime = {"no_external_calls": random.random() < 0.5}
    return json.dumps({**detectors, **random.choice(({"runtime_policy": runtime}, runtime, {}))})


def _field(random, annotation, depth):
    models, is_list = _models(annotation), "List" in str(annotation)
    if models and random.random() < 0.8:
        inner = [near_the_schema(random, models[0], depth - 1) for _ in range(random.randrange(1, 3))]
        return f"[{','.join(inner)}]" if is_list else inner[0]
    if is_list and random.random() < 0.7:
        return f"[{','.join(random.choice(SCALARS) for _ in range(random.choice((0, 1, 2, 2, 3))))}]"
    return _near(random, 2, 0.7 if "Dict" in str(annotation) else 0.2)


def _near(random, depth, nested):
    if not depth or random.random() > nested:
        return random.choice(SCALARS)
    values = [_near(random, depth - 1, 0.4) for _ in range(random.randrange(4))]
    if random.random() < 0.3:
        return f"[{','.join(values)}]"
    return "{" + ",".join(f'"{random.choice("abc")}":{value}' for value in values) + "}"


def _models(annotation):
    """The models that an annotation names."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [model for inner in typing.get_args(annotation) for model in _models(inner)]
