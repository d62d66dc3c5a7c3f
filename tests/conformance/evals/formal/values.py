"""Samples of XML Schema's built-in types, with facets to restrict them by."""

SAMPLES = {
    "string": ["", "a", "ab", "abc", " a b ", "hello world", "ü", "line\nbreak", "12"],
    "normalizedString": ["a", "a  b", " x ", "a\tb"],
    "token": ["a", "a b", "  a  b  ", "7"],
    "boolean": ["true", "false", "1", "0", " true "],
    "decimal": ["0", "1.5", "-0.25", "+12.", ".5", "100", "0012.500", "123456789012345678901234567890.5"],
    "integer": ["0", "-1", "+5", "12", "007", "123456789012345678901234567890"],
    "int": ["0", "-1", "12", "2147483647", "-2147483648", "7"],
    "long": ["0", "9223372036854775807", "-5"],
    "short": ["0", "32767", "-32768", "5"],
    "byte": ["0", "127", "-128", "5"],
    "nonNegativeInteger": ["0", "1", "+3", "-0"],
    "positiveInteger": ["1", "2", "99"],
    "negativeInteger": ["-1", "-99"],
    "unsignedByte": ["0", "255", "7"],
    "unsignedInt": ["0", "4294967295"],
    "float": ["0", "1.5", "-1E4", "INF", "-INF", "NaN", "1e-3", "12.78e-2"],
    "double": ["0", "1.5", "-1E4", "INF", "NaN", "1e300"],
    "date": ["2024-02-29", "2023-12-31", "2024-01-01Z", "2024-01-01+02:00", "-0044-03-15", "12000-01-01"],
    "time": ["00:00:00", "23:59:59.999", "12:30:00Z", "24:00:00", "12:00:00+14:00"],
    "dateTime": ["2024-02-29T12:00:00", "2023-01-01T24:00:00", "2024-01-01T00:00:00Z", "2024-06-15T10:30:00.5-05:00"],
    "gYear": ["2024", "-0001", "2024Z"],
    "gYearMonth": ["2024-02", "2024-12Z"],
    "gMonthDay": ["--02-29", "--12-31"],
    "gMonth": ["--01", "--12Z"],
    "gDay": ["---01", "---31"],
    "duration": ["P1Y", "P1Y2M3DT4H5M6.7S", "-P1D", "PT0S", "P14M"],
    "anyURI": ["http://example.com/a?b#c", "", "relative/path", "urn:x:y", "a b"],
    "hexBinary": ["", "0A", "deadBEEF"],
    "base64Binary": ["", "YQ==", "YWI=", "YWJj", "YWJj ZGVm"],
    "language": ["en", "en-US", "x-klingon"],
    "Name": ["a", "a:b", "_x", "é1"],
    "NCName": ["a", "_x.y-z", "b2"],
    "NMTOKEN": ["1a", "a:b", "-"],
    "QName": ["a", "xs", "b2"],
}
ODD = {
    "boolean": ["TRUE", "yes", "2", ""],
    "decimal": ["1e3", "", ".", "1,5", "--1", "+-1", "1 2"],
    "integer": ["1.0", "", "+", "1e2", "0x1"],
    "int": ["2147483648", "1.0", "", "-2147483649"],
    "byte": ["128", "-129", "1.5"],
    "short": ["32768"],
    "long": ["9223372036854775808"],
    "nonNegativeInteger": ["-1", ""],
    "positiveInteger": ["0", "-1"],
    "negativeInteger": ["0", "1"],
    "unsignedByte": ["256", "-1"],
    "unsignedInt": ["4294967296"],
    "float": ["inf", "1e", "+NaN", "", "1.5f"],
    "double": ["Infinity", "e5", "nan"],
    "date": ["2023-02-29", "2024-13-01", "24-01-01", "2024-1-1", "2024-01-01T00:00:00", "2024-01-01+15:00", ""],
    "time": ["24:00:01", "12:60:00", "12:00", "25:00:00"],
    "dateTime": ["2024-02-30T00:00:00", "2024-01-01", "2024-01-01 00:00:00", "2024-01-01T24:00:01"],
    "gYear": ["24", "02024", "+2024"],
    "gYearMonth": ["2024-13", "2024"],
    "gMonthDay": ["--02-30", "02-01"],
    "gMonth": ["--13", "1"],
    "gDay": ["---32", "---00"],
    "duration": ["P", "1Y", "PT", "P1Y2", "P-1Y", "P1.5Y"],
    "anyURI": ["http://[::1", "%zz", ":"],
    "hexBinary": ["0", "0G"],
    "base64Binary": ["YQ=", "Y", "Y===", "****"],
    "language": ["123456789", "e_n", ""],
    "Name": ["1a", "", "a b"],
    "NCName": ["a:b", "1", "-a"],
    "NMTOKEN": ["a b", "", "ü/"],
    "QName": ["a:b:c", ":a", "nope:x"],
}
"""Values that are near to the type and not of it."""

LENGTHS = ("string", "normalizedString", "token", "anyURI", "hexBinary", "base64Binary", "Name", "NCName", "NMTOKEN",
           "language")
ORDERED = ("decimal", "integer", "int", "long", "short", "byte", "nonNegativeInteger", "positiveInteger",
           "negativeInteger", "unsignedByte", "unsignedInt", "float", "double", "date", "time", "dateTime", "gYear",
           "gYearMonth", "gMonthDay", "gMonth", "gDay", "duration")
DIGITS = ORDERED[:11]
PATTERNS = ("[a-z]+", r"\d+", r"\d{1,3}", "[A-Z]{2}[0-9]*", "(a|b|ab)*", r"[^\s]*", r"\i\c*", "a.c", "[a-z-[aeiou]]+",
            r"\p{L}+", r"\p{Lu}.*", r"[\w ]*", r"-?\d+(\.\d+)?", "x?", "[a-c]{2,}", r"\S+\s\S+", "^a$",
            r"\p{IsBasicLatin}*", r"[\-+]?[0-9]+", r"\d{4}-\d{2}.*", "")
SPACES = ("preserve", "replace", "collapse")



def facets(chance, base):
    """The text of one to three facets that this base may have, of bounds and of lengths one each."""
    made = {}
    for _ in range(chance.choice((1, 1, 2, 3))):
        name, text = facet(chance, base)
        group = "length" if "ength" in name else "bound" if "clusive" in name else name
        made[group] = text
    return "".join(made.values())


def facet(chance, base):
    good = [text.strip() for text in SAMPLES[base] if "\n" not in text and "\t" not in text]
    choices = ["pattern", "enumeration"]
    if base in LENGTHS:
        choices += ["length", "minLength", "maxLength"] * 2
    if base in ORDERED:
        choices += ["minInclusive", "maxInclusive"] * 2
    if base in ORDERED and base not in DIGITS[2:]:
        # Integers of a size have bounds of their own, which an exclusive one may contradict.
        choices += ["minExclusive", "maxExclusive"] * 2
    if base in DIGITS:
        choices += ["totalDigits"] + (["fractionDigits"] if base == "decimal" else [])
    if base == "string":
        choices += ["whiteSpace"]
    name = chance.choice(choices)
    if base == "boolean":
        name = "pattern"
    if name == "pattern":
        values = [chance.choice(PATTERNS)]
    elif name == "enumeration":
        values = chance.sample(good, min(len(good), chance.randint(1, 3)))
    elif name == "whiteSpace":
        values = [chance.choice(SPACES)]
    elif name in ("totalDigits", "fractionDigits"):
        values = [str(chance.randint(1, 3))]
    elif "ength" in name:
        values = [str(chance.randint(0 if name != "length" else 1, 3))]
    else:
        values = [chance.choice(good)]
    return name, "".join(f'<xs:{name} value="{text.replace("&", "&amp;")}"/>' for text in values)


def value(chance, base):
    """Mostly a value of the type."""
    roll = chance.random()
    if roll < 0.88:
        return chance.choice(SAMPLES[base])
    if roll < 0.97:
        return chance.choice(ODD.get(base, SAMPLES["string"]))
    return chance.choice(SAMPLES[chance.choice(list(SAMPLES))])
