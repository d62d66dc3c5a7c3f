"""Made-up JSON Schemas, with instances that fit or do not."""
KEYS = ("a", "b", "c", "ab")
TYPES = ("null", "boolean", "integer", "number", "string", "array", "object")
VALUES = (None, True, False, 0, 1, -1, 2, 5, 1.0, 1.5, -0.5, 10, "", "a", "ab", "abc", "b1", "2024-01-01", "ü", "😀",
    [], {}, [1], [1, 1], ["a", 1], {"a": 1}, {"a": "x", "b": 2}, [[1], [1.0]], [0, False], {"ab": None}, [True, 1])
BAD = ({"type": "strange"}, {"type": 1}, {"minimum": "1"}, {"required": "a"}, {"properties": []}, {"enum": 1},
    {"multipleOf": 0}, {"minLength": -1}, {"items": 1}, {"allOf": []}, {"uniqueItems": 1}, {"maxItems": 1.5},
    {"additionalProperties": 1}, {"not": []}, {"$ref": 1}, {"required": ["a", "a"]})
"""Schemas that are none."""


def value(chance, depth=0):
    if depth > 2 or chance.random() < 0.55:
        return chance.choice(VALUES)
    if chance.random() < 0.5:
        return [value(chance, depth + 1) for _ in range(chance.choice((0, 1, 2, 3)))]
    return {key: value(chance, depth + 1) for key in chance.sample(KEYS, chance.choice((0, 1, 2, 3)))}


def schema(chance, draft, depth=0):
    """A schema of one to four keywords. `draft` is 7 or 2020."""
    if depth and chance.random() < 0.08:
        return chance.random() < 0.7
    if not depth and chance.random() < 0.05:
        return chance.choice(BAD)
    made = {}
    if chance.random() < 0.5:
        made["type"] = chance.choice(TYPES) if chance.random() < 0.7 else chance.sample(TYPES, 3)
    for _ in range(chance.choice((1, 1, 2, 3))):
        made.update(keyword(chance, draft, depth))
    if not depth:
        made["$defs" if draft == 2020 else "definitions"] = {"d": schema(chance, draft, 3)}
    return made


def keyword(chance, draft, depth):
    def inner():
        return schema(chance, draft, depth + 1)

    number, count, key = chance.choice((-1, 0, 1, 1.5, 2, 5)), chance.choice((0, 1, 2, 3)), chance.choice(KEYS)
    simple = (
        {"minimum": number}, {"maximum": number}, {"exclusiveMinimum": number}, {"exclusiveMaximum": number},
        {"multipleOf": chance.choice((1, 2, 0.5, 3))},
        {"minLength": count}, {"maxLength": count}, {"pattern": chance.choice(("^a", "b", "^[a-z]+$", r"\d", "^.{2}$",
            "(a|b)c", "a(?=b)"))},
        {"minItems": count}, {"maxItems": count}, {"uniqueItems": chance.random() < 0.8}, {"minProperties": count},
        {"maxProperties": count},
        {"required": chance.sample(KEYS, chance.choice((1, 2)))}, {"enum": [chance.choice(VALUES) for _ in range(3)]},
        {"const": chance.choice(VALUES)},
        {"format": chance.choice(("date", "email", "ipv4", "nope"))},
        {"title": "t", "description": "d", "default": 1, "x-own": {"type": "nope"}},
    )
    if depth > 2 or chance.random() < 0.45:
        return chance.choice(simple)
    nested = [
        lambda: {"properties": {name: inner() for name in chance.sample(KEYS, 2)}},
        lambda: {"patternProperties": {chance.choice(("^a", "b$")): inner()}},
        lambda: {"additionalProperties": inner() if chance.random() < 0.6 else False},
        lambda: {"propertyNames": inner()}, lambda: {"contains": inner()},
        lambda: {"allOf": [inner(), inner()]}, lambda: {"anyOf": [inner(), inner()]},
        lambda: {"oneOf": [inner(), inner()]}, lambda: {"not": inner()},
        lambda: {"if": inner(), "then": inner(), "else": inner()}, lambda: {"items": inner()},
    ]
    if draft == 7:
        nested += [lambda: {"items": [inner(), inner()], "additionalItems": inner()},
            lambda: {"dependencies": {key: [chance.choice(KEYS)]}},
                   lambda: {"dependencies": {key: inner()}}, lambda: {"$ref": "#/definitions/d"},
                   lambda: {"prefixItems": [False]}]
    else:
        nested += [lambda: {"prefixItems": [inner(), inner()], "items": inner()},
            lambda: {"dependentRequired": {key: [chance.choice(KEYS)]}},
                   lambda: {"dependentSchemas": {key: inner()}}, lambda: {"$ref": "#/$defs/d"},
                   lambda: {"unevaluatedProperties": False,
                   "properties": {key: inner()}}, lambda: {"contains": inner(), "minContains": count, "maxContains": 2},
                   lambda: {"unevaluatedItems": False, "prefixItems": [inner()]},
                   lambda: {"dependencies": {key: ["c"]}}]
    return chance.choice(nested)()
