"""`spip doctor --scan DIR`: switched-off verification in a project's files, named, not changed."""

from __future__ import annotations

import json
import os
import re
from dataclasses import asdict, dataclass
from functools import cache
from typing import TYPE_CHECKING

from spip import data, redact
from spip.doctor.scan_files import Walk
from spip.errors import SpipError
from spip.text import printable

if TYPE_CHECKING:
    from collections.abc import Iterator

_LONGEST_NAME = 400
_MOST_PASSED_OVER = 50
_LONGEST_PIECE, _OVERLAP = 2000, 400
# The lines of these that begin so say nothing to anybody.
_COMMENT = re.compile(r"\s*(?:#(?!!)|//|;|::|@?rem\b)", re.IGNORECASE)


# Whoever takes a variable away switches nothing off: sh, csh, make, fish, `env`, PowerShell.
_TAKEN_AWAY = re.compile(
    r"\bun(?:set|setenv|export)[ \t][^;&|\n]*"
    r"|\bset[ \t]+(?:-[a-z]*e[a-z]*|--erase)[ \t]+\w+(?!\w*=)"
    r"|\benv[ \t]+(?:-u[ \t]*|--unset[= ])\w+|\bRemove-Item[ \t]+env:[^;&|\n]*",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Found:
    """One place. `kind` is what switches off; no text of the file is shown: it may be secret."""

    file: str
    line: int
    tool: str
    kind: str


def tell(folder: str, *, as_json: bool) -> int:
    """Print each place; 1 if there are some, or not all could be looked at; else 0.

    Raises SpipError (usage) where there is no such folder.
    """
    if not os.path.isdir(folder):
        raise SpipError(f"{_folder(folder)} is no folder", exit_code=2)
    walk = Walk(folder)
    found = [each for name, content in walk.files() for each in _in(name, content)]
    (_print_json if as_json else _print)(folder, found, walk)
    return 1 if found or _is_incomplete(walk) else 0


def _in(name: str, content: bytes) -> Iterator[Found]:
    shown = printable(name.replace(os.sep, "/"), _LONGEST_NAME)
    for number, line in enumerate(_text(content).split("\n"), 1):
        if _COMMENT.match(line):
            continue
        seen = set()
        for piece in _pieces(line):
            rest = _TAKEN_AWAY.sub("", piece)
            for tool, kind, pattern in _patterns():
                if (tool, kind) not in seen and pattern.search(rest):
                    seen.add((tool, kind))
                    yield Found(shown, number, tool, kind)


def _pieces(line: str) -> Iterator[str]:
    """A long line in pieces that overlap: some patterns take the square of a length in time."""
    yield line[:_LONGEST_PIECE]
    for start in range(_LONGEST_PIECE - _OVERLAP, len(line) - _OVERLAP, _LONGEST_PIECE - _OVERLAP):
        yield line[start : start + _LONGEST_PIECE]


def _text(content: bytes) -> str:
    if content[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        return content.decode("utf-16", "replace")
    return content.decode("utf-8", "replace")


@cache
def _patterns() -> tuple[tuple[str, str, re.Pattern[str]], ...]:
    """The table's own, and one for each variable that switches off."""
    tables = data.table("relaxations")
    lines = [(each["tool"], each["kind"], each["pattern"]) for each in tables["project-line"]]
    variables = [
        (each["tool"], each["name"], _of_variable(each["name"], each.get("off")))
        for each in tables["variable"]
    ]
    return tuple(
        (tool, kind, re.compile(pattern, re.IGNORECASE if "_" not in kind else 0))
        for tool, kind, pattern in (*lines, *variables)
    )


def _of_variable(name: str, off: list[str] | None) -> str:
    """NAME=VALUE, NAME: VALUE, "NAME", "VALUE", and a Dockerfile's ENV NAME VALUE."""
    if off == [""]:  # what is set to nothing
        return rf"\b{name}[\"'\]]*[ \t]*[=:][ \t]*(?:\"\"|''|(?=\r?$|[;&|)\]}},]))"
    values = "|".join(re.escape(value) for value in off or () if value)
    value = rf"(?i:{values})(?![\w.])" if values else r"[^\s\"']"
    return rf"\b{name}\b[\"'\]]*[ \t]*(?:[=:,]|[ \t])[ \t]*[\"']?{value}"


def _folder(folder: str) -> str:
    return printable(redact.path(folder), _LONGEST_NAME)


def _is_incomplete(walk: Walk) -> bool:
    return any(why.startswith(("more than", "can't be read")) for _, why in walk.passed_over)


def _print(folder: str, found: list[Found], walk: Walk) -> None:
    for each in found:
        print(f"{each.file}:{each.line}: {each.tool}: {each.kind}")
    for name, why in walk.passed_over[:_MOST_PASSED_OVER]:
        print(f"passed over: {printable(name, _LONGEST_NAME)}: {printable(why)}")
    count = f"{len(found)} place{'s' if len(found) != 1 else ''}"
    files = f"{walk.looked_at} file{'s' if walk.looked_at != 1 else ''}"
    what = f"{count} where verification is off" if found else "nothing switches verification off"
    print(f"{what} in {files} of {_folder(folder)}")


def _print_json(folder: str, found: list[Found], walk: Walk) -> None:
    said = {
        "schema": 1,
        "folder": _folder(folder),
        "files": walk.looked_at,
        "complete": not _is_incomplete(walk),
        "found": [asdict(each) for each in found],
        "passed_over": [
            {"file": printable(name, _LONGEST_NAME), "why": printable(why)}
            for name, why in walk.passed_over[:_MOST_PASSED_OVER]
        ],
    }
    print(json.dumps(said, indent=2))
