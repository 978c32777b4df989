"""pip-system-certs, in the version that each pip can have: the newest, or the last for old pips."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from support.matrix import PIPS
from support.run import run
from support.wheelhouse import fetch_dependencies, fetch_pips, wheels

if TYPE_CHECKING:
    from support.environments import Environment

NAME = "pip-system-certs"
# The first that demands pip 24.2 is 5.0; 4.0 stands on wrapt, of which 1.16 has a wheel that is
# pure and reads on Python 3.6.
_NEWEST = (f"{NAME}",)
_FOR_OLD_PIPS = (f"{NAME}==4.0", "wrapt==1.16.0")
_PURE = ("--only-binary=:all:", "--implementation", "py", "--abi", "none", "--platform", "any")


def main() -> int:
    """Fetch with the network settings of the machine: `python -m _gauntlet.peer`."""
    fetch_pips(PIPS)
    fetch_dependencies()
    if not _wheel(f"{_stem()}-[5-9]*"):
        _download(*_NEWEST)
    if not _wheel(f"{_stem()}-4.0-*"):
        _download(*_FOR_OLD_PIPS)
    return 0


def beside(environment: Environment, folder: Path) -> Environment:
    """Return a copy of an environment that holds the peer too. LookupError where it can't."""
    if not environment.is_venv or environment.pip_version is None:
        raise LookupError("there is no pip that it could be installed with")
    copy = environment.copy(folder)
    newest, old, wrapt = _wheel(f"{_stem()}-[5-9]*"), _wheel(f"{_stem()}-4.0-*"), _wheel("wrapt-*")
    if not newest or not old or not wrapt:
        raise LookupError(f"{NAME} was not fetched")
    how = ("install", "--no-index", "--no-cache-dir")
    for chosen in ((newest,), (old, wrapt)):
        if run(copy.pip(*how, *chosen)).code == 0:
            return copy
    raise LookupError("no version of it can be installed there")


def _download(*words: str) -> None:
    with tempfile.TemporaryDirectory(dir=wheels()) as aside:
        argv = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", aside]
        subprocess.run([*argv, *_PURE, *words], check=True)
        for file in Path(aside).glob("*.whl"):
            file.replace(wheels() / file.name)


def _stem() -> str:
    return NAME.replace("-", "_")


def _wheel(pattern: str) -> Path | None:
    found = sorted(wheels().glob(f"{pattern}.whl"))
    return found[-1] if found else None


if __name__ == "__main__":
    sys.exit(main())
