"""Where things lie, and what is kept between runs."""
import fcntl
import hashlib
import os
import shutil
import sys
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
TARGET = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")).resolve()
KEPT = TARGET / "conformance"

# Starting servers and hearing from them is the bench's business too.
sys.path.append(str(ROOT / "tests" / "bench"))


def program(name):
    """A program that `cargo build --workspace --all-targets` has made."""
    path = TARGET / "debug" / name
    if not path.is_file():
        raise RuntimeError(f"there is no {path}: cargo build --workspace --all-targets")
    return path


@contextmanager
def locked():
    """Holds off other runs that would make the same."""
    KEPT.mkdir(parents=True, exist_ok=True)
    with open(KEPT / "lock", "wb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def kept(name, described, make):
    """A folder that `make` fills once for all runs of one description, however often that is cut off."""
    folder = KEPT / f"{name}-{hashlib.sha256(described.encode()).hexdigest()[:16]}"
    with locked():
        if not (folder / "complete").exists():
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
            make(folder)
            (folder / "complete").touch()
    return folder
