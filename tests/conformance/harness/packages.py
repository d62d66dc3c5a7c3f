"""The vendor's packages: from PyPI a virtual environment, and sources with the tests that ship in them; from npm a
folder of modules."""
import shutil
import sys
import venv

from harness.places import kept
from rig.processes import run

PIP = ("-m", "pip", "--quiet", "--disable-pip-version-check")


def python(requirements):
    """The Python of an environment that has exactly what this file of pinned requirements names."""
    def make(folder):
        venv.create(folder / "venv", symlinks=True, with_pip=True)
        run([folder / "venv" / "bin" / "python", *PIP, "install", "--requirement", requirements])

    described = f"{sys.version}\n{sys.base_prefix}\n{requirements.read_text(encoding='utf-8')}"
    return kept("python", described, make) / "venv" / "bin" / "python"


def node(described):
    """The folder with the modules that the package-lock.json of a folder names."""
    lock = described / "package-lock.json"

    def make(folder):
        for file in (described / "package.json", lock):
            shutil.copy(file, folder)
        run(["npm", "ci", "--silent", "--no-audit", "--no-fund", "--ignore-scripts"], cwd=folder)

    return kept("node", lock.read_text(encoding="utf-8"), make)


def sources(interpreter, requirement):
    """The unpacked source distribution that this file names by version and hash, and asks not to be a wheel."""
    def make(folder):
        # It is not built, but pip asks its build system for its name.
        run([interpreter, *PIP, "download", "--no-deps", "--dest", folder, "--requirement", requirement])
        archive, = folder.glob("*.tar.gz")
        run(["tar", "-xzf", archive, "-C", folder])

    folder = kept("sources", requirement.read_text(encoding="utf-8"), make)
    unpacked, = (path for path in folder.iterdir() if path.is_dir())
    return unpacked
