"""Install pip-system-certs, the nearest neighbour, and fetch all else before measuring."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from _bench.pairs import CURRENT, OLD
from support.run import run
from support.wheelhouse import NEWEST_PIP, fetch_dependencies, fetch_pips, wheels

if TYPE_CHECKING:
    from support.environments import Environment

NAME = "pip-system-certs"


def main() -> int:
    """Fetch with the network settings of the machine: `python -m _bench.peer`."""
    fetch_pips({NEWEST_PIP, CURRENT.pip, OLD.pip})
    fetch_dependencies()
    if not _wheel():
        with tempfile.TemporaryDirectory(dir=wheels()) as aside:
            words = ["download", "--quiet", "--no-deps", "--dest", aside, NAME]
            subprocess.run([sys.executable, "-m", "pip", *words], check=True)
            for file in Path(aside).glob("*.whl"):
                file.replace(wheels() / file.name)
    return 0


def with_peer(environment: Environment, folder: Path) -> Environment:
    """Return a copy of an environment that holds the peer too. LookupError where it can't run."""
    copy, wheel = environment.copy(folder), _wheel()
    if wheel is None:
        raise LookupError(f"{NAME} was not fetched")
    # Its own requirement (pip >= 24.2) decides whether it may; nothing else is looked for.
    done = run(copy.pip("install", "--no-index", "--no-cache-dir", wheel))
    if done.code:
        raise LookupError(done.stderr.strip().splitlines()[-1])
    return copy


def version() -> str:
    """Return the peer's version, as its wheel has it."""
    wheel = _wheel()
    return wheel.name.split("-")[1] if wheel else ""


def _wheel() -> Path | None:
    found = sorted(wheels().glob("pip_system_certs-*.whl"))
    return found[-1] if found else None


if __name__ == "__main__":
    sys.exit(main())
