"""Made-up texts: JSON, Python and SQL, whole and with small faults."""
import json

WORDS = ("", "a", "b", "ü", "😀", "a b", "\n", '"', "\\", "\u2028", "1")
NUMBERS = ("0", "-0", "1", "1.0", "-1.5", "1e2", "1E-2", "100", "0.1", "1e400", "12345678901234567890123", "2.50", "7")
FRAGMENTS = ("NaN", "Infinity", "-Infinity", "01", "+1", ".5", "1.", "1e", "tru", "True", "None", "undefined", "'a'",
    '"\\x"', '"\\u12"', '"\t"', '"\x01"', '"\\ud800"', '"\\ud83d\\ude00"', "[1,]", '{"a":1,}', "{a:1}", '{"a" 1}',
    "[1 2]", "//c\n1", "/**/1", '{"a":1,"a":2}', "\ufeff1", "\xa01", "\x0b1", "1\x00", "- 1", "1_0", "0x1", "", '"a',
    "[", "}")
"""Each stands for a value in some text; not all are faults."""


def json_value(chance, depth=0, odd=0.0):
    """A JSON text, with odd fragments for values as often as said."""
    if odd and chance.random() < odd:
        return chance.choice(FRAGMENTS)
    kind = chance.random()
    space = chance.choice(("", "", " ", "\n "))
    if depth > 3 or kind < 0.45:
        return chance.choice((json.dumps(chance.choice(WORDS), ensure_ascii=chance.random() < 0.5),
                              chance.choice(NUMBERS), chance.choice(("true", "false", "null"))))
    items = [json_value(chance, depth + 1, odd) for _ in range(chance.choice((0, 1, 2, 3)))]
    if kind < 0.7:
        return f"[{space}{f',{space}'.join(items)}]"
    members = (f'{json.dumps(chance.choice(WORDS))}{space}:{item}' for item in items)
    return f"{{{f',{space}'.join(members)}{space}}}"


def cut(chance, text):
    """The text with a character lost, doubled, swapped or replaced."""
    if not text:
        return text
    at = chance.randrange(len(text))
    other = chance.choice("()[]{}:,.'\"=+-*x1 \n\t@#")
    return text[:at] + chance.choice(("", text[at] * 2, other, other + text[at])) + text[at + 1:]


# Python

ATOMS = ("x", "y", "f", "1", "1.5", "0x1F", "1_000", "2j", "'s'", '"d"', "b'b'", "r'\\d'", "f'{x}'", "f'{x!r:>{y}}'",
    "None", "True", "...", "[]", "()", "{}", "'''t\nt'''", "u'u'", "rb'x'", "f'{x=}'", "f''", "__debug", "match",
    "case", "_", "type")
BINARY = ("+", "-", "*", "/", "//", "%", "@", "**", "<<", ">>", "&", "|", "^", "and", "or", "<", "==", "!=", "is",
    "is not", "in", "not in")
ODD_LINES = ("print 'x'", "x = = 1", "def f(:", "if x", "return return", "1 = x", "f() = 1", "x + = 1",
    "for in x: pass", "import", "from x import", "from . import *", "class: pass", "lambda: (yield)", "x := 1",
    "(x := 1)", "f(a=1, b)", "f(**a, *b)", "f(a for a in b, c)", "[x for x in]", "{**a, 'b': 1}", "{*a, b}",
    "*a, b = c", "*a = c", "del f()", "del x, y[0]", "async x", "await x", "yield", "nonlocal x", "global x",
    "return", "break", "def f(a, a): pass", "def f(a=1, b): pass", "def f(*): pass", "def f(*, a): pass",
    "def f(a, /): pass", "def f(/, a): pass", "def f(**k, a): pass", "x: int", "x: int = 1", "(x): int = 1",
    "x, y: int", "type X = int", "def f[T](): pass", "class A[T]: pass", "f'{'a'}'", "f'{x'", "f'}'", "f'{}'",
    "f'{x!z}'", "f'{{}}'", "f'{\"a\"}'", "'a' b'b'", "b'ü'", "0777", "1__0", "0b2", "1.e", "1if x else 2",
    "'\\N{nope}'", "'\\x1'", "'\\u12'", "\"unclosed", "'''unclosed", "x\\", "x \\\n+ 1", "  x", "if x:\npass",
    "if x:\n\tpass\n        y", "try:\n pass", "try:\n pass\nexcept* E:\n pass",
    "try:\n pass\nexcept:\n pass\nexcept E:\n pass", "try:\n pass\nexcept A, B:\n pass",
    "with (a as b, c as d): pass", "with a, b as c: pass", "with (yield): pass", "match x:\n case 1 | 2: pass",
    "match x:\n case {'a': b, **c}: pass", "match x:\n case A(b, c=d): pass", "match x:\n case [*_, *_]: pass",
    "match x:\n case a | b: pass", "match x:\n case 1 + 1: pass", "match x:\n case -1: pass",
    "match x:\n case 1 + 2j: pass", "match = 1", "x = match", "print(f'{x!r}')", "assert x, y", "assert (x, 'y')",
    "raise x from y", "raise x, y", "exec 'x'", "`x`", "x <> y", "x ? y", "$x", "x!", "@f\nx = 1",
    "@f\ndef g(): pass", "@f.g[0](1)\nclass A: pass", "a[b:c, ::d]", "a[*b]", "a[*b:c]", "a[]", "()()", "x = yield",
    "x = *a, b", "return *a, b", "for x in *a, b: pass", "for *x in y: pass", "for x() in y: pass",
    "[x async for x in y]", "async for x in y: pass", "async with x: pass", "async def f(): [x async for x in y]",
    "None = 1", "x.None", "True: int", "def None(): pass", "f(None=1)", "f(x.y=1)", "f(a=1, a=2)",
    "lambda *a, **k: 0", "lambda x=1, y: 0", "if (x := 1): pass", "[y := 1, y**2]", "{x: y for x in z}",
    "{**x for x in y}", "{x, **y}", "x if y", "not", "a not b", "else: pass", "while x: pass\nelse: pass",
    "from __future__ import nope", "import a.b as c, d", "from a import (b, c,)", "from a import b,",
    "from .... import a", "import a as b.c", "\x0cx", "x;y;", ";", "x;;y", "café = 1", "x = 1 # ü", "é́ = 1", "€ = 1",
    "x = ‘a’", "x = 1\r\ny = 2", "x\x00", "\ufeffx", "x = (1,\n2)", "if True:\n  x\n y", "def f():\n\treturn 1",
    "pass pass")
"""Each is a line of some module; many are faults."""


def expression(chance, depth=0):
    if depth > 3 or chance.random() < 0.35:
        return chance.choice(ATOMS)
    inner = [expression(chance, depth + 1) for _ in range(3)]
    return chance.choice((
        "{0} {op} {1}", "({0})", "[{0}, {1}]", "{{{0}: {1}}}", "f({0}, k={1})", "x.y[{0}:{1}]", "lambda a, *b: {0}",
        "{0} if {1} else {2}",
        "[{0} for x in {1} if {2}]", "not {0}", "-{0}", "({0}, *y)", "{{x for x in {0}}}", "f(*{0}, **{1})",
        "(x := {0})", "{0} {op} {1} {op} {2}",
    )).format(*inner, op=chance.choice(BINARY))


def statement(chance, depth=0):
    """The lines of a statement."""
    value = expression(chance)
    if depth > 2 or chance.random() < 0.5:
        return [chance.choice(("x = {}", "{}", "x += {}", "x: int = {}", "x, y = {}, 1", "return {}", "assert {}",
            "del x", "pass",
                               "import a.b as c", "from .a import b", "raise {} from None", "global z",
                               "x = y = {}")).format(value)]
    head = chance.choice(("if {}:", "while {}:", "for x, y in {}:", "def f(a, b=1, *c, d, **e):", "class A(B, k=1):",
        "with {} as x:",
                          "async def f():", "try:", "def f(a: int, /) -> str:", "@f\ndef g():")).format(value)
    body = [" " * 4 + line for one in range(chance.choice((1, 1, 2))) for line in statement(chance, depth + 1)]
    tail = []
    if head == "try:":
        tail = [chance.choice(("except E as e:", "finally:", "except (A, B):", "except:", "except* E:")), "    pass"]
    elif head.startswith("if ") and chance.random() < 0.4:
        tail = [chance.choice(("else:", "elif x:")), "    pass"]
    return [*head.split("\n"), *body, *tail]


def module(chance):
    """A module, or nearly."""
    lines = [line for _ in range(chance.choice((1, 2, 3))) for line in statement(chance)]
    kind = chance.random()
    if kind < 0.3:
        return cut(chance, "\n".join(lines))
    if kind < 0.55:
        lines.insert(chance.randrange(len(lines) + 1), chance.choice(ODD_LINES))
    elif kind < 0.7:
        return chance.choice(ODD_LINES)
    return "\n".join(lines) + chance.choice(("", "\n"))


# SQL

COLUMNS = ("a", "b", "t.a", "*", "count(*)", "sum(a)", "a + 1", "'x'", "1.5", "a AS c", "coalesce(a, 0)",
    "CASE WHEN a > 1 THEN 'x' ELSE 'y' END", "NULL", "max(b) c", "cast(a AS int)", "upper(b)",
    "row_number() OVER (PARTITION BY a ORDER BY b)")
TESTS = ("a = 1", "a > b", "b LIKE 'x%'", "a IN (1, 2, 3)", "a BETWEEN 1 AND 2", "b IS NOT NULL", "NOT a = 1",
    "EXISTS (SELECT 1 FROM u)", "a IN (SELECT a FROM u)", "a <> 1 AND (b = 'x' OR c = 'y')")
FAULTS = ("SELECT a FROM t WHERE", "SELECT FROM t WHERE a", "SELECT a, FROM t", "SELECT (a FROM t",
    "SELECT a FROM t)", "SELECT 'a FROM t", "SELECT a FROM t GROUP a", "SELECT a FROM t ORDER a",
    "INSERT INTO t VALUES (1", "INSERT t (a) VALUES", "UPDATE t a = 1", "UPDATE SET a = 1", "DELETE t WHERE a =",
    "CREATE TABLE t (a int,", "CREATE TABLE (a int)", "DROP TABLE", "SELECT a FROM t JOIN",
    "SELECT a FROM (SELECT b FROM u", "WITH c AS SELECT 1", "WITH c AS (SELECT 1)", "SELECT CASE WHEN a THEN 1",
    "SELECT a b c FROM t", "SELECT a FROM t WHERE a IN (1,", "SELECT f(a", "SELECT * FROM t WHERE a = = 1",
    "SELECT a FROM t LIMIT", "Here is the query you asked for: SELECT 1", "I cannot help with that.", "hello world",
    "```sql\nSELECT 1\n```", "", "   ", "{\"a\": 1}", "1", "a", "FROM t SELECT a", "SELEC a FROM t",
    "SELECT a FORM t", "SELECT a FROM t WHRE a = 1")
"""Faults, and what nobody would call SQL."""
OWN = {
    "tsql": ("SELECT TOP 5 a FROM t", "SELECT [a b] FROM [dbo].[t] WITH (NOLOCK)",
        "SELECT a FROM t ORDER BY a OFFSET 5 ROWS FETCH NEXT 5 ROWS ONLY", "DECLARE @x INT = 1",
        "SELECT a INTO #u FROM t", "SELECT N'x', GETDATE(), ISNULL(a, 0) FROM t",
        "SELECT t.a FROM t CROSS APPLY f(t.a) u", "IF OBJECT_ID('t') IS NOT NULL DROP TABLE t", "EXEC p @a = 1",
        "CREATE TABLE t (id INT IDENTITY(1,1) PRIMARY KEY, n NVARCHAR(MAX))", "SELECT a FROM t FOR XML PATH('x')",
        "MERGE INTO t USING u ON t.a = u.a WHEN MATCHED THEN UPDATE SET t.b = u.b;"),
    "postgres": ("SELECT a::int FROM t", "SELECT a FROM t LIMIT 5 OFFSET 2", "SELECT DISTINCT ON (a) a FROM t",
        "SELECT a->>'b' FROM t", "INSERT INTO t VALUES (1) ON CONFLICT (a) DO UPDATE SET b = 1 RETURNING a",
        "SELECT * FROM generate_series(1, 2) AS g", "SELECT $$x$$", "SELECT a FROM t WHERE b ILIKE 'x'",
        "SELECT ARRAY[1, 2]", "SELECT INTERVAL '1 day'", "CREATE INDEX i ON t (a)",
        "SELECT string_agg(a, ',' ORDER BY b) FROM t", "SELECT count(*) FILTER (WHERE a > 1) FROM t",
        "SELECT a FROM t FOR UPDATE"),
    "mysql": ("SELECT `a` FROM `t` LIMIT 1, 2", "INSERT INTO t SET a = 1",
        "INSERT INTO t VALUES (1) ON DUPLICATE KEY UPDATE a = 2", "SHOW TABLES", "SELECT a FROM t USE INDEX (i)",
        "REPLACE INTO t VALUES (1)", "SELECT a REGEXP 'x' FROM t", "SELECT \"x\", 'y'", "DESCRIBE t",
        "CREATE TABLE t (a INT AUTO_INCREMENT PRIMARY KEY) ENGINE=InnoDB",
        "SELECT GROUP_CONCAT(a SEPARATOR ',') FROM t", "SELECT 1 DIV 2"),
    "sqlite": ("INSERT OR REPLACE INTO t VALUES (1)", "SELECT a FROM t LIMIT 1 OFFSET 2", "PRAGMA table_info(t)",
        "SELECT \"a\" FROM t", "SELECT a || 'x' FROM t", "CREATE TABLE t (a INTEGER PRIMARY KEY AUTOINCREMENT)",
        "SELECT a FROM t WHERE b GLOB 'x*'", "ATTACH DATABASE 'f' AS g", "VACUUM"),
    "bigquery": ("SELECT * EXCEPT (a) FROM `p.d.t`", "SELECT a FROM t, UNNEST(b) AS c", "SELECT STRUCT(1 AS a)",
        "SELECT ARRAY<INT64>[1, 2]", "SELECT SAFE_CAST(a AS INT64) FROM t",
        "SELECT a FROM t QUALIFY row_number() OVER (ORDER BY a) = 1", "SELECT DATE '2024-01-01'"),
    "snowflake": ("SELECT a:b.c FROM t", "SELECT a FROM t QUALIFY row_number() OVER (ORDER BY a) = 1",
        "SELECT * FROM TABLE(FLATTEN(input => a))", "SELECT a::variant FROM t", "SELECT $1 FROM @s",
        "SELECT a FROM t SAMPLE (10)"),
}
"""What each dialect has of its own."""


def query(chance, depth=0):
    columns = ", ".join(chance.sample(COLUMNS, chance.choice((1, 2, 3))))
    table = "t" if depth or chance.random() < 0.8 else f"({query(chance, 1)}) q"
    text = f"SELECT {chance.choice(('', '', 'DISTINCT '))}{columns} FROM {table}"
    if chance.random() < 0.3:
        text += chance.choice((" JOIN u ON t.a = u.a", " LEFT JOIN u ON t.a = u.a", " CROSS JOIN u",
            " INNER JOIN u v ON t.a = v.a"))
    if chance.random() < 0.5:
        text += f" WHERE {chance.choice(TESTS)}"
    if chance.random() < 0.25:
        text += " GROUP BY a" + chance.choice(("", " HAVING count(*) > 1"))
    if not depth and chance.random() < 0.3:
        text += chance.choice((" ORDER BY a", " ORDER BY a DESC, b", " UNION ALL SELECT 1", " EXCEPT SELECT 2"))
    return text


def sql(chance, dialect):
    """A statement or two, or nearly."""
    kind = chance.random()
    if kind < 0.35:
        text = query(chance)
        if chance.random() < 0.2:
            text = f"WITH c AS ({query(chance, 1)}) {text}"
    elif kind < 0.55:
        text = chance.choice((
            "INSERT INTO t (a, b) VALUES (1, 'x'), (2, NULL)", "UPDATE t SET a = 1, b = 'x' WHERE c > 2",
            "DELETE FROM t WHERE a = 1",
            "CREATE TABLE t (a INT NOT NULL, b VARCHAR(10) DEFAULT 'x', PRIMARY KEY (a))", "DROP TABLE IF EXISTS t",
            "ALTER TABLE t ADD c INT",
            "CREATE VIEW v AS SELECT a FROM t", "INSERT INTO t SELECT a, b FROM u", "TRUNCATE TABLE t",
            "SELECT 1; SELECT 2;", "-- c\nSELECT 1 /* d */"))
    elif kind < 0.7:
        text = chance.choice(OWN[dialect])
    elif kind < 0.85:
        return chance.choice(FAULTS)
    else:
        # What is lost in brackets or quotes, which every parser must notice.
        text = query(chance)
        places = [at for at, character in enumerate(text) if character in "()',"]
        if places:
            at = chance.choice(places)
            text = text[:at] + text[at + 1:]
    return text.lower() if chance.random() < 0.2 else text


# Pairs of JSON

def respelled(chance, text):
    """Another text of the same value, or of nearly the same."""
    def changed(value):
        if isinstance(value, list):
            items = [changed(item) for item in value]
            if chance.random() < 0.4:
                chance.shuffle(items)
            return items + [None] if chance.random() < 0.06 else items
        if isinstance(value, dict):
            members = [(key, changed(item)) for key, item in value.items()]
            chance.shuffle(members)
            if chance.random() < 0.2:
                members.append(("extra", 1))
            return dict(members[:-1] if members and chance.random() < 0.06 else members)
        if isinstance(value, (int, float)) and not isinstance(value,
            bool) and chance.random() < 0.4 and abs(value) < 1e9:
            return float(value) if chance.random() < 0.8 else value + 1
        if chance.random() < 0.05:
            return chance.choice((1, True, "1", None, [], {}))
        return value

    if chance.random() < 0.04:
        return cut(chance, text)
    # Python writes infinity as a word that is no JSON.
    return json.dumps(changed(json.loads(text)), ensure_ascii=chance.random() < 0.5,
                      indent=chance.choice((None, 1))).replace("Infinity", "1e999")
