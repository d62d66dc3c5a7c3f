"""The vendor's client in its three forms, so that one program is written for all of them."""
import asyncio
import inspect
import re

from gentrace import AsyncGentrace, DefaultAioHttpClient, Gentrace

TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
UNKNOWN = "0195a1b2-0000-7000-8000-000000000000"
"""A well-formed id that nothing has."""


def run(form, journey, strict):
    """Runs `journey(client)`. In the plain form there is no event loop, as in a script of plain calls."""
    checked = {"_strict_response_validation": strict}
    if form == "sync":
        with Gentrace(**checked) as client:
            try:
                journey(client).send(None)
            except StopIteration as end:
                return end.value
            raise RuntimeError("a plain call waited for an event loop")

    async def within():
        more = {"http_client": DefaultAioHttpClient()} if form == "aiohttp" else {}
        async with AsyncGentrace(**checked, **more) as client:
            return await journey(client)

    return asyncio.run(within())


async def done(result):
    """What a call answers, be it at once or awaited."""
    return await result if inspect.isawaitable(result) else result
