"""Programs such as a vendor's customers write, each run as a process of its own, and what it may print."""
import json
import os
import re
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent.parent
FOREIGN = ("CI", "GITHUB_ACTIONS", "PYTEST_CURRENT_TEST", "TEST_API_BASE_URL", "FORCE_COLOR", "PYTHONWARNINGS")
"""What would make the SDK leave out its check of pipelines, or print otherwise."""

PATIENCE = 120
"""How long a program may take, in seconds."""

PROGRESS = re.compile(
    r"Experiment: (?P<link>http\S+)\n\n"
    r"Last completed: Evaluation complete *\n *\n *━+ 100% • (?P<done>\d+)/(?P=done) • \d:\d\d:\d\d *\n?"
    r"✓ Evaluation complete\n"
)
"""What `eval_dataset` prints by itself."""


@dataclass
class Outcome:
    """How a program ended: what it tells on its standard output, and what its user reads."""

    told: dict
    stderr: str


def run(program, *arguments, url, key, **more):
    """Runs a program of this folder against a gateway, which it knows by the vendor's variables alone."""
    path = HERE / program
    command = ["node", str(path)] if path.suffix == ".mjs" else [sys.executable, str(path)]
    environment = {
        name: value
        for name, value in os.environ.items()
        if name not in FOREIGN and not name.startswith(("GENTRACE_", "OTEL_"))
    }
    environment |= {
        "GENTRACE_BASE_URL": f"{url}/api",
        "GENTRACE_API_KEY": key,
        "PYTHONPATH": str(HERE),
        "PYTHONDONTWRITEBYTECODE": "1",
        "NO_PROXY": "127.0.0.1,localhost",
        "COLUMNS": "80",
        **more,
    }
    with tempfile.TemporaryDirectory() as place:
        settings = {"env": environment, "cwd": place, "capture_output": True, "encoding": "utf-8"}
        try:
            done = subprocess.run([*command, *arguments], timeout=PATIENCE, **settings)
        except subprocess.TimeoutExpired as late:
            return Outcome({"passed": 0, "failures": [f"it did not end: {late.stderr!a}"]}, "")
    try:
        told = json.loads(done.stdout)
    except ValueError:
        told = {"passed": 0, "failures": [f"it printed {done.stdout[-500:]!a}"]}
    if done.returncode:
        told["failures"].append(f"it ended with {done.returncode}: {done.stderr[-1500:]}")
    return Outcome(told, done.stderr)


def check_stderr(tally, whose, outcome, links=()):
    """Whether a program printed the progress of its experiments and nothing else."""
    printed = [found["link"] for found in PROGRESS.finditer(outcome.stderr)]
    tally.equal(f"{whose}: links printed", sorted(printed), sorted(links))
    tally.equal(f"{whose}: printed besides", PROGRESS.sub("", outcome.stderr), "")
