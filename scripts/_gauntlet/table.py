"""Turn the result of each command into a cell, and the cells into Markdown."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

from _gauntlet.scene import CURRENT, Situation, Wanted
from _gauntlet.tools import TOOLS, UNVERIFIED

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

BEGIN, END = "<!-- gauntlet -->", "<!-- /gauntlet -->"


@dataclass(frozen=True)
class Outcome:
    """How one tool came out. `installed`: None where it couldn't be tried; `words` say why."""

    installed: bool | None
    words: str = ""


NOT_RUN = Outcome(None, "not run")


@dataclass(frozen=True)
class Row:
    """A situation and what became of each tool in it; of none where it could not be run."""

    situation: Situation
    outcomes: Mapping[str, Outcome]


def cell(tool: str, wanted: Wanted, outcome: Outcome) -> str:
    """Return one word; a bold one is not what ought to happen."""
    if outcome.installed is None:
        return NOT_RUN.words if outcome == NOT_RUN else "n/a"
    if wanted is Wanted.REFUSES:
        return "**lets it in**" if outcome.installed else "refuses"
    if not outcome.installed:
        return "**fails**"
    return "*unverified*" if tool == UNVERIFIED else "works"


def table(rows: Iterable[Row]) -> str:
    """Return the table, with a line above each group."""
    lines = [f"| situation | {' | '.join(TOOLS)} |", "| --- " * (len(TOOLS) + 1) + "|"]
    for group, members in groupby(rows, lambda row: row.situation.group):
        lines.append(f"| **{group.value}** |" + " |" * len(TOOLS))
        lines += [_line(row) for row in members]
    return "\n".join(lines) + "\n"


def sums(rows: list[Row]) -> str:
    """Return one line: for how many rows each tool did what it ought to."""
    said = [f"{tool} {sum(_is_right(tool, row) for row in rows)}" for tool in TOOLS]
    return f"Right in so many of {len(rows)}: {', '.join(said)}."


def failures(rows: Iterable[Row]) -> str:
    """Return a table of what was said where it came out otherwise than it ought to."""
    lines = ["| situation | tool | its words |", "| --- | --- | --- |"]
    for row in filter(lambda row: row.outcomes, rows):
        wrong = (tool for tool in TOOLS if tool != UNVERIFIED and not _is_right(tool, row))
        name = title(row.situation)
        lines += [f"| {name} | {tool} | {row.outcomes[tool].words} |" for tool in wrong]
    return "\n".join(lines) + "\n"


def title(situation: Situation) -> str:
    """Return the situation with its target, where that isn't the current pip."""
    python, pip = situation.target
    if situation.target == CURRENT:
        return situation.title
    words = {
        "none": f"Python {python} without pip",
        "no ssl": f"Python {python} built without ssl",
        "its own": "the distribution's Python",
    }
    return f"{situation.title}; {words.get(pip, f'Python {python}, pip {pip}')}"


def last_words(text: str) -> str:
    """Return the most telling line of what a command said, without what differs each time."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    for telling in _TELLING:
        found = [line for line in lines if telling in line.lower()]
        if found:
            return _plain(found[0])
    return _plain(lines[-1]) if lines else ""


# The first that occurs counts.
_TELLING = ("spip: ", "could not find a suitable", "certificate_verify", "certificate", "error")
_LONGEST = 200
_CHANGING = (
    (re.compile(r"(localhost|127\.0\.0\.1)('?, port=|:)\d+"), r"\1:PORT"),
    (re.compile(r"0x[0-9a-f]+"), "0x..."),
    (re.compile(r"pip-req-build-\w+"), "pip-req-build-..."),
    (re.compile(r"\(_ssl\.c:\d+\)"), "(_ssl.c)"),
    (re.compile(r"(?<![\w:/.])/(?!simple|nowhere)[^\s'\"`]*/([^\s/'\"`]+)"), r".../\1"),
)


def _plain(line: str) -> str:
    for pattern, words in _CHANGING:
        line = pattern.sub(words, line)
    line = line if len(line) <= _LONGEST else f"{line[:_LONGEST]}..."
    return line.replace("|", "\\|").replace("<", "&lt;")


def _line(row: Row) -> str:
    wanted = row.situation.wanted
    cells = [cell(tool, wanted, row.outcomes.get(tool, NOT_RUN)) for tool in TOOLS]
    return f"| {title(row.situation)} | {' | '.join(cells)} |"


def _is_right(tool: str, row: Row) -> bool:
    outcome = row.outcomes.get(tool, NOT_RUN)
    return cell(tool, row.situation.wanted, outcome) in {"works", "refuses"}


def lines_of(page: str) -> Iterator[str]:
    """Yield the rows of the table that stands between the two marks of a page."""
    inside = page.partition(BEGIN)[2].partition(END)[0]
    yield from (line for line in inside.splitlines() if line.startswith("|"))
