"""The files of a project that may switch verification off; bounded, and never outside of it."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from spip import data

if TYPE_CHECKING:
    from collections.abc import Iterator

LONGEST = 4 << 20
_MOST_ENTRIES = 300_000
_MOST_FILES = 20_000
_OF_ENVIRONMENTS = ("pyvenv.cfg", "conda-meta")


@dataclass
class Walk:
    """One walk through `folder`. `passed_over`: (path, why), of what would have been looked at."""

    folder: str
    passed_over: list[tuple[str, str]] = field(default_factory=list)
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
                self.passed_over.append((name, "a link that leaves the folder"))
            elif self.looked_at >= _MOST_FILES:
                self.passed_over.append((".", f"more than {_MOST_FILES} files; the rest"))
                return
            elif (content := self._content(target, name)) is not None:
                self.looked_at += 1
                yield name, content

    def _each(self) -> Iterator[str]:
        skipped = set(data.table("relaxations")["project"]["passed_over"])
        for place, folders, files in os.walk(self.folder, onerror=self._unreadable):
            self._entries += len(folders) + len(files)
            if self._entries > _MOST_ENTRIES:
                self.passed_over.append((".", f"more than {_MOST_ENTRIES} entries; the rest"))
                return
            folders[:] = sorted(f for f in folders if f not in skipped and not _is_alien(place, f))
            below = os.path.relpath(place, self.folder).replace(os.sep, "/")
            for name in sorted(files):
                if _matters(name, f"{below}/{name}") or _is_script(os.path.join(place, name)):
                    yield os.path.join(place, name)

    def _unreadable(self, error: OSError) -> None:
        name = os.path.relpath(error.filename or self.folder, self.folder)
        self.passed_over.append((name, f"can't be read ({error.strerror})"))

    def _content(self, path: str, name: str) -> bytes | None:
        """What is in it; None for what is no text, too long, no file, or not to be read."""
        try:
            if not os.path.isfile(path):
                return None
            if os.path.getsize(path) > LONGEST:
                self.passed_over.append((name, f"larger than {LONGEST >> 20} MB"))
                return None
            with open(path, "rb") as file:
                content = file.read(LONGEST)
        except OSError as error:
            self.passed_over.append((name, f"can't be read ({error.strerror})"))
            return None
        is_utf16 = content[:2] in {b"\xff\xfe", b"\xfe\xff"}
        return None if b"\0" in content[:4096] and not is_utf16 else content


def _is_alien(place: str, name: str) -> bool:
    """Whether a folder is an environment, or a link: what it leads to is found where it is."""
    path = os.path.join(place, name)
    there = (os.path.exists(os.path.join(path, mark)) for mark in _OF_ENVIRONMENTS)
    return os.path.islink(path) or any(there)


def _matters(name: str, path: str) -> bool:
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
