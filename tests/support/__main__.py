"""Set up what the tests need from the network, and make the environments: `python -m support`."""

from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

from support import single_file, windows_tools, wine
from support.matrix import MATRIX, PIPS, Cell
from support.wheelhouse import CHECKOUT, prepare, wheels


def main() -> int:
    """Fill both caches; print what this machine lacks for it, a line each, left to the tests."""
    prepare(PIPS)
    single_file.fetch()
    lacking = [] if _fetch_peers() else ["the peers of scripts/gauntlet"]
    lacking += [] if _fetch_windows() else ["CPython for Windows"]
    with ThreadPoolExecutor(2) as pool:
        lacking += filter(None, pool.map(_make, MATRIX))
    print(*dict.fromkeys(lacking), sep="\n")
    return 0


def _fetch_peers() -> bool:
    """Have what `scripts/gauntlet` compares with; a test runs one of its rows."""
    if any(wheels().glob("pip_system_certs-4.0-*.whl")):
        return True
    path = os.pathsep.join(str(CHECKOUT / name) for name in ("scripts", "tests"))
    environ = {**os.environ, "PYTHONPATH": path}
    argv = [sys.executable, "-m", "_gauntlet.peer"]
    return subprocess.run(argv, env=environ, stdout=sys.stderr, check=False).returncode == 0


def _fetch_windows() -> bool:
    """Have what the tests on Windows take, and a Wine prefix with it, where Wine is."""
    if wine.missing():
        return True  # a package of the system's: said with those
    try:
        wine.fetch()
        windows_tools.fetch()
        wine.prefix()
    except subprocess.CalledProcessError:
        return False
    return True


def _make(cell: Cell) -> str:
    if cell.missing:
        return cell.missing.removeprefix("no ")
    cell.environment()
    return ""


if __name__ == "__main__":
    sys.exit(main())
