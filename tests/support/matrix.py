"""The table of interpreters and pips that spip has to work with; a newer one is a line to add."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from support.environments import Environment, distribution, environment, find_uv, uv_environment
from support.interpreters import distribution_python, interpreters
from support.lacking import conceded, in_ci
from support.wheelhouse import NEWEST_PIP, source_pip


@dataclass(frozen=True)
class Cell:
    """One environment of the matrix; `pip` is None where there is none."""

    python: str
    pip: str | None
    maker: str = "venv"  # or "uv", "distribution"
    optional: bool = False  # not every developer has it yet

    @property
    def name(self) -> str:
        """For a test's id, as in "3.12-pip-24.2"."""
        made = {"venv": "", "uv": "uv-", "distribution": "distribution-"}[self.maker]
        return f"{made}{self.python}-{f'pip-{self.pip}' if self.pip else 'no-pip'}"

    @property
    def missing(self) -> str:
        """What this machine lacks for this cell, or nothing."""
        if self.maker == "distribution":
            return "" if distribution_python() else "no /usr/bin/python3"
        if self.maker == "uv" and not find_uv():
            return "no uv"
        return "" if self.python in interpreters() else f"no CPython {self.python}"

    def environment(self) -> Environment:
        """Return the cached environment; it must not be changed, see Environment.copy."""
        if self.maker == "distribution":
            return distribution()
        return (
            uv_environment(self.python)
            if self.maker == "uv"
            else environment(self.python, self.pip)
        )


MATRIX: tuple[Cell, ...] = (
    Cell("3.6", "21.3.1"),
    Cell("3.8", "23.0.1"),
    Cell("3.8", None),
    Cell("3.9", "23.0.1"),
    Cell("3.9", "25.3"),
    Cell("3.10", "20.3.4"),
    Cell("3.10", "23.0.1"),
    Cell("3.11", "23.2.1"),
    Cell("3.11", "24.0"),
    Cell("3.12", "24.1.2"),
    Cell("3.12", "24.2"),
    Cell("3.12", "25.0.1"),
    Cell("3.12", None),
    Cell("3.13", "24.3.1"),
    Cell("3.13", "26.3"),
    Cell("3.13", None, maker="uv"),
    Cell("3", "of-its-own", maker="distribution"),
    Cell("3.14", "26.3", optional=True),
    Cell("3.15", "26.3", optional=True),
)
if source_pip():  # that pip alone, on every Python that it is for
    MATRIX = tuple(
        Cell(python, source_pip(), optional=python not in ("3.10", "3.11", "3.12", "3.13"))
        for python in ("3.10", "3.11", "3.12", "3.13", "3.14", "3.15")
    )
PIPS: tuple[str, ...] = tuple(
    sorted({NEWEST_PIP, *(cell.pip for cell in MATRIX if cell.pip and cell.maker == "venv")})
)


def parameters(*cells: Cell) -> list[object]:
    """Return cells (by default all) as pytest parameters; what is missing is skipped by name."""
    return [pytest.param(cell, id=cell.name, marks=marks(cell)) for cell in cells or MATRIX]


def marks(cell: Cell) -> list[pytest.MarkDecorator]:
    """Return what pytest has to know of a cell: that it is missing here.

    In CI a missing one is no skip but a failing test, unless it is optional or its version is
    listed in SPIP_TEST_WITHOUT ("3.6,3.8"), for runners that have no such Python.
    """
    may_miss = cell.optional or conceded(cell.python)
    skipped = bool(cell.missing) and (may_miss or not in_ci())
    return [pytest.mark.skip(reason=cell.missing)] if skipped else []
