"""Set up what the tests need from the network, and make the environments: `python -m support`."""

from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

from support import single_file
from support.matrix import MATRIX, PIPS, Cell
from support.wheelhouse import CHECKOUT, prepare, wheels


def main() -> int:
    """Fill both caches; what this machine lacks is said by name and left to the tests."""
    prepare(PIPS)
    single_file.fetch()
    _fetch_peers()
    with ThreadPoolExecutor(2) as pool:
        for line in filter(None, pool.map(_make, MATRIX)):
            print(line, file=sys.stderr)
    return 0


def _fetch_peers() -> None:
    """Have what `scripts/gauntlet` compares with; a test runs one of its rows."""
    if any(wheels().glob("pip_system_certs-4.0-*.whl")):
        return
    path = os.pathsep.join(str(CHECKOUT / name) for name in ("scripts", "tests"))
    environ = {**os.environ, "PYTHONPATH": path}
    done = subprocess.run([sys.executable, "-m", "_gauntlet.peer"], env=environ, check=False)
    if done.returncode:
        print("not tested here: scripts/gauntlet (its peers can't be fetched)", file=sys.stderr)


def _make(cell: Cell) -> str:
    if cell.missing:
        return f"not tested here: {cell.name} ({cell.missing})"
    cell.environment()
    return ""


if __name__ == "__main__":
    sys.exit(main())
