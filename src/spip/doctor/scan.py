"""`spip doctor --scan DIR`: name switched-off verification in a project's files, change nothing."""

from __future__ import annotations

import json
import os
import re
from dataclasses import asdict, dataclass, field
from fnmatch import fnmatchcase
from functools import cache
from typing import TYPE_CHECKING

from spip import data, redact
from spip.doctor import scan_python
from spip.errors import SpipError
from spip.text import printable

if TYPE_CHECKING:
    from collections.abc import Iterator

LONGEST = 4 << 20
_MOST_ENTRIES = 300_000
_MOST_FILES = 20_000
_OF_ENVIRONMENTS = ("pyvenv.cfg", "conda-meta")


@dataclass(frozen=True)
class Skipped:
    """A file or folder that was not read; `is_gap`: something may be in it that nobody saw."""

    path: str
    why: str
    is_gap: bool = False


@dataclass
class FolderWalk:
    """One walk through `folder`; `skipped` is what would have been read."""

    folder: str
    skipped: list[Skipped] = field(default_factory=list)
    looked_at: int = 0
    _entries: int = 0

    def files(self) -> Iterator[tuple[str, bytes]]:
        """Yield each file that matters: its path below the folder, and what is in it."""
        real, seen = os.path.realpath(self.folder), set[str]()
        for path in self._each():
            target = os.path.realpath(path)
            name = os.path.relpath(path, self.folder)
            if target in seen:
                continue
            seen.add(target)
            if os.path.commonpath([real, target]) != real:
                self.skipped.append(Skipped(name, "a link that leaves the folder"))
            elif self.looked_at >= _MOST_FILES:
                self.skipped.append(
                    Skipped(".", f"more than {_MOST_FILES} files; the rest", is_gap=True)
                )
                return
            elif (content := self._content(target, name)) is not None:
                self.looked_at += 1
                yield name, content

    def _each(self) -> Iterator[str]:
        skipped = set(data.table("relaxations")["project"]["passed_over"])
        for place, folders, files in os.walk(self.folder, onerror=self._unreadable):
            self._entries += len(folders) + len(files)
            if self._entries > _MOST_ENTRIES:
                self.skipped.append(
                    Skipped(".", f"more than {_MOST_ENTRIES} entries; the rest", is_gap=True)
                )
                return
            folders[:] = sorted(
                f for f in folders if f not in skipped and not _is_foreign_folder(place, f)
            )
            below = os.path.relpath(place, self.folder).replace(os.sep, "/")
            for name in sorted(files):
                if _matters(name, f"{below}/{name}") or _is_script(os.path.join(place, name)):
                    yield os.path.join(place, name)

    def _unreadable(self, error: OSError) -> None:
        name = os.path.relpath(error.filename or self.folder, self.folder)
        self.skipped.append(Skipped(name, f"can't be read ({error.strerror})", is_gap=True))

    def _content(self, path: str, name: str) -> bytes | None:
        """What is in it; None for what is no text, too long, no file, or not to be read."""
        try:
            if not os.path.isfile(path):
                return None
            if os.path.getsize(path) > LONGEST:
                self.skipped.append(Skipped(name, f"larger than {LONGEST >> 20} MB"))
                return None
            with open(path, "rb") as file:
                content = file.read(LONGEST)
        except OSError as error:
            self.skipped.append(Skipped(name, f"can't be read ({error.strerror})", is_gap=True))
            return None
        is_utf16 = content[:2] in {b"\xff\xfe", b"\xfe\xff"}
        return None if b"\0" in content[:4096] and not is_utf16 else content


def _is_foreign_folder(place: str, name: str) -> bool:
    """Whether a folder is an environment, or a link: what it leads to is found where it is."""
    path = os.path.join(place, name)
    there = (os.path.exists(os.path.join(path, mark)) for mark in _OF_ENVIRONMENTS)
    return os.path.islink(path) or any(there)


def _matters(name: str, path: str) -> bool:
    return name.endswith(".py") or _is_named(name, path)


def _is_named(name: str, path: str) -> bool:
    for pattern in data.table("relaxations")["project"]["names"]:
        if "/" not in pattern:
            if fnmatchcase(name, pattern):
                return True
        elif fnmatchcase(f"/{path}", f"*/{pattern}"):
            return True
    return False


def _is_script(path: str) -> bool:
    """Whether a file without an ending begins as a script does."""
    if "." in os.path.basename(path) or os.path.islink(path) or not os.path.isfile(path):
        return False
    try:
        with open(path, "rb") as file:
            return file.read(2) == b"#!"
    except OSError:
        return False


_LONGEST_NAME = 400
_MOST_SKIPPED = 50
_LONGEST_PIECE, _OVERLAP = 2000, 400
# The lines of these that begin so say nothing to anybody.
_COMMENT = re.compile(r"\s*(?:#(?!!)|//|;|::|@?rem\b)", re.IGNORECASE)


# Whoever takes a variable away switches nothing off: sh, csh, make, fish, `env`, PowerShell.
_UNSETTING = re.compile(
    r"\bun(?:set|setenv|export)[ \t][^;&|\n]*"
    r"|\bset[ \t]+(?:-[a-z]*e[a-z]*|--erase)[ \t]+\w+(?!\w*=)"
    r"|\benv[ \t]+(?:-u[ \t]*|--unset[= ])\w+|\bRemove-Item[ \t]+env:[^;&|\n]*",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Match:
    """One place. `kind` is what switches off; no text of the file is shown: it may be secret."""

    file: str
    line: int
    tool: str
    kind: str


def scan_folder(folder: str, *, as_json: bool) -> int:
    """Print each place; 1 if there are some, or not all could be looked at; else 0.

    Raises SpipError (usage) where there is no such folder.
    """
    if not os.path.isdir(folder):
        raise SpipError(f"{_folder(folder)} is no folder", exit_code=2)
    walk = FolderWalk(folder)
    found = [each for name, content in walk.files() for each in _matches_in(name, content)]
    (_print_json if as_json else _print)(folder, found, walk)
    return 1 if found or _is_incomplete(walk) else 0


def _matches_in(name: str, content: bytes) -> Iterator[Match]:
    """Yield what is in one file: of Python's what its code does, of the others what lines say."""
    if not name.endswith(".py"):
        yield from _matches_in_lines(name, content)
        return
    shown = printable(name.replace(os.sep, "/"), _LONGEST_NAME)
    try:
        places = {Match(shown, *place) for place in scan_python.find_places(content)}
    except ValueError:  # another Python's: its lines are looked at
        yield from _matches_in_lines(name, content)
        return
    if _is_named(os.path.basename(name), name):  # setup.py and the like run tools
        lines = _matches_in_lines(name, content)
        places |= {each for each in lines if each.tool != "Python"}
    yield from sorted(places, key=lambda each: (each.line, each.tool, each.kind))


def _matches_in_lines(name: str, content: bytes) -> Iterator[Match]:
    shown = printable(name.replace(os.sep, "/"), _LONGEST_NAME)
    for number, line in enumerate(_text(content).split("\n"), 1):
        if _COMMENT.match(line):
            continue
        seen = set()
        for piece in _pieces(line):
            rest = _UNSETTING.sub("", piece)
            for tool, kind, pattern in _patterns():
                if (tool, kind) not in seen and pattern.search(rest):
                    seen.add((tool, kind))
                    yield Match(shown, number, tool, kind)


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


def _is_incomplete(walk: FolderWalk) -> bool:
    return any(each.is_gap for each in walk.skipped)


def _print(folder: str, found: list[Match], walk: FolderWalk) -> None:
    for each in found:
        print(f"{each.file}:{each.line}: {each.tool}: {each.kind}")
    for skipped in walk.skipped[:_MOST_SKIPPED]:
        print(f"passed over: {printable(skipped.path, _LONGEST_NAME)}: {printable(skipped.why)}")
    count = f"{len(found)} place{'s' if len(found) != 1 else ''}"
    files = f"{walk.looked_at} file{'s' if walk.looked_at != 1 else ''}"
    what = f"{count} where verification is off" if found else "nothing switches verification off"
    print(f"{what} in {files} of {_folder(folder)}")


def _print_json(folder: str, found: list[Match], walk: FolderWalk) -> None:
    said = {
        "schema": 1,
        "folder": _folder(folder),
        "files": walk.looked_at,
        "complete": not _is_incomplete(walk),
        "found": [asdict(each) for each in found],
        "passed_over": [
            {"file": printable(each.path, _LONGEST_NAME), "why": printable(each.why)}
            for each in walk.skipped[:_MOST_SKIPPED]
        ],
    }
    print(json.dumps(said, indent=2))
