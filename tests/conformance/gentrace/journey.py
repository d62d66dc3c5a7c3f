"""A customer's journey with gentrace-py against a gateway: every call of its client and of its tracing, in each of its
forms, with nothing changed but the base URL. Then the database must hold exactly what the calls made."""
import http.client
import itertools
from urllib.parse import urlsplit

from judge.checks import Tally, options
from judge.database import Database
from judge.forms import UNKNOWN
from judge.journeys import Leg, check_traces, travel
from judge.programs import run


def check_links(tally, gateway, legs):
    """Whether every link that the SDK gives opens."""
    for leg in legs:
        for link in leg.told.get("links", []):
            parts = urlsplit(link["url"])
            connection = http.client.HTTPConnection(parts.netloc, timeout=30)
            connection.request("GET", parts.path, headers={"Authorization": f"Bearer {gateway.key}"})
            answer = connection.getresponse()
            page = answer.read().decode(errors="replace")
            kind = (answer.getheader("Content-Type") or "").split(";")[0]
            tally.equal(f"{leg.name}: the link opens, {parts.path}", (answer.status, kind), (200, "text/html"))
            experiment = parts.path.rsplit("/", 1)[1]
            names = [one[1] for one in leg.told["evaluations"] if one[0] == experiment]
            missing = [name for name in names if name not in page]
            tally.equal(f"{leg.name}: test cases missing from the page, {parts.path}", missing, [])
            connection.close()


def check_warnings(tally, gateway):
    """Whether the SDK can tell its user what is wrong, by the answers it gets, and the program goes on."""
    for key, boxes in (
        (gateway.key, ("GT_PipelineNotFoundError", "GT_OtelPartialFailureWarning", "1 span", UNKNOWN, "not found")),
        ("unknown", ("GT_PipelineUnauthorizedError", "GT_OtelAuthenticationError")),
    ):
        what = "an unknown pipeline" if key == gateway.key else "an unknown key"
        outcome = run("programs/misled.py", UNKNOWN, url=gateway.url, key=key)
        tally.take(what, outcome.told)
        for text in boxes:
            tally.that(f"{what}: {text} is printed", text in outcome.stderr, outcome.stderr)
        expected = sum(text.startswith("GT_") for text in boxes)
        tally.equal(f"{what}: boxes printed", outcome.stderr.count("[GT_"), expected)


def main():
    """Judges the gateway of the arguments."""
    gateway = options(__doc__)
    tally = Tally()
    database = Database(gateway.database, gateway.org)
    forms = itertools.product(("sync", "async", "aiohttp"), ((), ("--strict",)))
    plain = [Leg.of("resources", form, gateway.url, *strict) for form, strict in forms]
    travel(tally, database, gateway.key, plain)
    traced = [Leg.of("tracing", form, gateway.url) for form in ("sync", "async")]
    travel(tally, database, gateway.key, traced)
    for leg in traced:
        check_traces(tally, database, leg)
    check_warnings(tally, gateway)
    check_links(tally, gateway, traced)
    tally.close()


if __name__ == "__main__":
    main()
