"""Runs of cases against a policy, made up: what a run could hold, and what none should but the numbers must bear."""
from dataclasses import dataclass

ENGINE = ("ALLOW", "BLOCK", "REDACT", "TRANSFORM", "WARN")
ODD = ("ERROR", "NONE", "allow", "QUARANTINE", "", "déjà \"vu\"\n", "\u2028\x7f")
"""Decisions that are none of the engine's: the first two are the vendor's words for having none."""
LARGEST = 5_000
"""Cases of the largest runs."""


@dataclass
class Run:
    """A run's setting and its rows: expected and actual decision, risk score, latency in milliseconds."""

    is_lenient: bool
    rows: list


def made_up(random, count):
    """So many runs, the first ones small and the last ones large."""
    sizes = [0, 1, 1, 1, 2, 2, 2, 3, 3, 4, 0]
    sizes += [int(10 ** random.uniform(0.5, 2.7)) for _ in range(count - len(sizes) - 6)]
    # Shares of these end in a 5 that rounding must decide about.
    sizes[20:60] = [random.choice((8, 16, 32, 40, 64, 80, 160, 320)) for _ in range(40)]
    sizes += [random.randrange(2_000, LARGEST + 1) for _ in range(6)]
    return [_run(random, size) for size in sizes]


def _run(random, size):
    expect, decide = random.choice(_EXPECTED), random.choice(_DECIDED)
    score, latency = random.choice(_SCORES), random.choice(_LATENCIES)
    rows = []
    for _ in range(size):
        expected = expect(random)
        rows.append([expected, decide(random, expected), score(random, expected), latency(random)])
    return Run(random.random() < 0.3, rows)


def _any_decision(random):
    return random.choice(ENGINE) if random.random() < 0.9 else random.choice(ODD)


def _mostly_harmless(random):
    return "ALLOW" if random.random() < 0.8 else random.choice(ENGINE)


def _partly_labelled(random):
    return None if random.random() < 0.4 else _any_decision(random)


_EXPECTED = (
    _any_decision, _any_decision, _mostly_harmless, _partly_labelled, _partly_labelled,
    lambda random: random.choice(("BLOCK", "ALLOW")),
    lambda random: random.choice(("REDACT", "TRANSFORM", "BLOCK")),
    lambda random: "ALLOW",
    lambda random: None,
)


def _usually_right(random, expected):
    return expected if expected and random.random() < 0.85 else _any_decision(random)


def _often_failing(random, expected):
    return "ERROR" if random.random() < 0.5 else _usually_right(random, expected)


_DECIDED = (
    _usually_right, _usually_right, _usually_right, _often_failing,
    lambda random, expected: _any_decision(random),
    lambda random, expected: random.choice(("REDACT", "TRANSFORM", "ALLOW")),
    lambda random, expected: "ALLOW",
    lambda random, expected: "ERROR",
)


def _as_the_engine(random, _):
    """Hits of 10, 30 or 50, summed and capped."""
    return min(100, sum(random.choice((0, 0, 10, 30, 50)) for _ in range(4)))


def _telling(random, expected):
    """Higher for what is to be flagged."""
    return min(100.0, max(0.0, random.gauss(35 if expected in (None, "ALLOW") else 65, 20)))


def _beyond(random, _):
    """On both sides of what a score may be."""
    return random.choice((random.uniform(-50, 150), random.randrange(-50, 151)))


_SCORES = (
    _as_the_engine, _as_the_engine, _telling, _telling, _beyond,
    lambda random, _: random.randrange(101),
    lambda random, _: random.randrange(0, 101, 5),
    lambda random, _: random.choice((0, 100)),
    lambda random, _: random.uniform(0, 100),
    lambda random, _: round(random.uniform(0, 100), 2),
    # The same numbers spelled in different ways, and what lies between them.
    lambda random, _: random.choice((60, 60.0, 0, 0.0, -0.0, 1e-12, 59.99999999999999, 50, 49.99999999999999)),
    lambda random, _: 50,
)

_LATENCIES = (
    lambda random: random.randrange(0, 60),
    lambda random: random.randrange(0, 60),
    lambda random: int(random.expovariate(1 / 40)),
    lambda random: int(random.paretovariate(0.7)) % 3_600_000,
    lambda random: random.choice((0, 1)),
    lambda random: 18,
    # Days, for rounding of numbers that are large.
    lambda random: random.randrange(0, 1 << 40),
)
