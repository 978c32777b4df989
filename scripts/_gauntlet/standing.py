"""Read the rows that the page has, for those that can't be run where the next page is made."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from _gauntlet.table import NOT_RUN, Outcome, Row, lines_of, title
from _gauntlet.tools import TOOLS

if TYPE_CHECKING:
    from collections.abc import Iterator

_INSTALLED = {
    **dict.fromkeys(("works", "*unverified*", "**lets it in**"), True),
    **dict.fromkeys(("refuses", "**fails**"), False),
    "n/a": None,
}


def completed(rows: list[Row], page: str) -> tuple[list[Row], list[str]]:
    """Return the rows, with those of the page in place of what was not run; and their titles."""
    said, words = dict(_cells(page)), dict(_words(page))
    kept = [title(row.situation) for row in rows if not row.outcomes]
    kept = [name for name in kept if name in said]

    def filled(row: Row) -> Row:
        name = title(row.situation)
        if name not in kept:
            return row
        pairs = zip(TOOLS, said[name], strict=True)
        outcomes = {tool: _outcome(cell, words.get((name, tool), "")) for tool, cell in pairs}
        return replace(row, outcomes=outcomes)

    return [filled(row) for row in rows], kept


def _outcome(cell: str, words: str) -> Outcome:
    return Outcome(_INSTALLED[cell], words) if cell in _INSTALLED else NOT_RUN


def _cells(page: str) -> Iterator[tuple[str, list[str]]]:
    for line in lines_of(page):
        name, *cells = line.removeprefix("| ").removesuffix(" |").split(" | ")
        if len(cells) == len(TOOLS) and set(cells) <= {*_INSTALLED, NOT_RUN.words}:
            yield name, cells


def _words(page: str) -> Iterator[tuple[tuple[str, str], str]]:
    for line in page.splitlines():
        name, _, rest = line.removeprefix("| ").removesuffix(" |").partition(" | ")
        tool, _, words = rest.partition(" | ")
        if tool in TOOLS:
            yield (name, tool), words
