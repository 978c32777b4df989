"""Set up what the tests need from the network, and make the environments: `python -m support`."""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor

from support import single_file
from support.matrix import MATRIX, PIPS, Cell
from support.wheelhouse import prepare


def main() -> int:
    """Fill both caches; what this machine lacks is said by name and left to the tests."""
    prepare(PIPS)
    single_file.fetch()
    with ThreadPoolExecutor(2) as pool:
        for line in filter(None, pool.map(_make, MATRIX)):
            print(line, file=sys.stderr)
    return 0


def _make(cell: Cell) -> str:
    if cell.missing:
        return f"not tested here: {cell.name} ({cell.missing})"
    cell.environment()
    return ""


if __name__ == "__main__":
    sys.exit(main())
