"""Parts of a conformance run: programs that count for themselves. Most get a gateway's URL and a key."""
import os
import re
import subprocess
import textwrap
import traceback
from concurrent.futures import ThreadPoolExecutor

LONGEST = 900
"""Seconds that a part may take before it is ended, on a machine that is busy too."""
VERDICT = re.compile(r"(\d+) passed, (\d+) failed")


def show(name, ways, playing):
    """Plays a part each way there is, such as on each database, all at once: the parts wait much of their time.
    Prints what did not pass, and for each way a line that ends in `N passed, N failed`. Gives how many failed.

    `playing(way)` gives what `judge` does. Whatever it raises is this way's failure and not the next one's.
    """
    def told(way):
        try:
            return playing(way)
        except Exception:  # noqa: BLE001: see above
            return 0, 1, traceback.format_exc()

    wrong = 0
    with ThreadPoolExecutor() as pool:
        for way, (passed, failed, said) in zip(ways, pool.map(told, ways), strict=True):
            if failed:
                print(textwrap.indent(said, "    "))
            where = f"{name} on {way}" if way else name
            print(f"{where}: {passed} passed, {failed} failed", flush=True)
            wrong += failed
    return wrong


def play(gateway, command, key, environment):
    """Runs `command --url URL --key KEY`, and gives what `judge` does."""
    return judge([*command, "--url", gateway.url, "--key", key], environment)


def judge(command, environment):
    """Runs a command: how many tests passed and failed, and all that it said.

    The last line of a part is `N passed, N failed`. One that ends without it, with no test, or with a code
    other than 0 has failed once at least.
    """
    settings = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR", "CARGO_TARGET_DIR")
                if name in os.environ}
    settings |= {"PYTHONDONTWRITEBYTECODE": "1", **environment}
    try:
        ended = subprocess.run([*map(str, command)], env=settings, text=True, stdout=subprocess.PIPE,
                               stderr=subprocess.STDOUT, timeout=LONGEST, check=False)
    except subprocess.TimeoutExpired as late:
        said = late.stdout.decode(errors="replace") if late.stdout else ""
        return 0, 1, f"{said}\nnot done after {LONGEST} seconds"
    lines = ended.stdout.splitlines()
    verdict = VERDICT.fullmatch(lines[-1]) if lines else None
    passed, failed = map(int, verdict.groups()) if verdict else (0, 0)
    if not failed and (ended.returncode or not passed):
        return passed, 1, f"{ended.stdout}\nended with {ended.returncode} and no failure"
    return passed, failed, ended.stdout
