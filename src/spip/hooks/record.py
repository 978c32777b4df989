"""The record of what a hook changed, and the bounds within which a record is obeyed.

A record may be somebody else's: a repository can bring an environment with one in it. So what it
names outside of its bounds is left alone.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import stat
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from spip import paths
from spip.errors import SpipError
from spip.files import Change, apply, remove_folders
from spip.text import printable

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_MOST_BYTES = 1 << 20
_LONGEST_PATH = 300  # that is shown
_MOST_NAMED = 3
_REMOVE_IT = "spip makes no such thing; look at it and remove it"


@dataclass(frozen=True)
class Bounds:
    """What hooks of one kind make below `root`, as patterns of relative paths.

    `own`: files of spip's own; `edits`: files that get a block. `edits` None: this user's shells
    read files anywhere. Then the record has to be in a folder that
    nobody else can write to, and a block of spip's is all that is ever taken out.
    """

    root: str
    own: str
    edits: str | None = ""

    def has_own(self, path: str) -> bool:
        """Whether a file of spip's own may be at that path, and nothing else is there."""
        return self._matches(path, self.own) and not _refusal(path)

    def has_edit(self, path: str) -> bool:
        """Whether a block of spip's may stand there."""
        return self.edits is None or (self._matches(path, self.edits) and not _refusal(path))

    def has_folder(self, path: str) -> bool:
        """Whether an empty folder may be removed there."""
        return self.edits is None or not self._below(path).startswith("..")

    def check(self, path: str) -> None:
        """SpipError where a link or somebody else's file stands in the way to a file of spip's."""
        below = self._below(path)
        reason = _refusal(path)
        if not reason and below != os.path.relpath(path, self.root).replace(os.sep, "/"):
            reason = f"is reached by a link, and is really {os.path.realpath(path)}"
        if reason:
            raise SpipError(f"{path} {reason}", _REMOVE_IT)

    def check_record(self, path: str) -> None:
        """SpipError where the record itself may be somebody else's."""
        self.check(path)
        folder = os.path.dirname(path)
        private = self.edits is not None or not os.path.lexists(path)
        if not (private or paths.is_own(os.path.realpath(folder))):
            raise SpipError(
                f"{folder} could be written by somebody else, so its record counts for nothing",
                f'make it yours alone:  chmod go-w "{folder}"',
            )

    def _matches(self, path: str, pattern: str) -> bool:
        below = self._below(path)
        return bool(re.fullmatch(pattern, below, re.IGNORECASE if os.name == "nt" else 0))

    def _below(self, path: str) -> str:
        """The real path, relative to the root; it begins with ".." for what lies elsewhere."""
        folder, name = os.path.split(path)
        try:
            real = os.path.join(os.path.realpath(folder), name)
            return os.path.relpath(real, os.path.realpath(self.root)).replace(os.sep, "/")
        except ValueError:  # another drive
            return ".."


class Record:
    """What was there before: `edits` by path, spip's `own` files with their owner, `folders`."""

    def __init__(self, path: str, known: dict[str, Any]) -> None:
        self.path = path
        self.edits: dict[str, dict[str, Any]] = dict(known.get("edits", {}))
        self.own: dict[str, str] = dict(known.get("own", {}))
        self.folders: list[str] = list(known.get("folders", []))

    @classmethod
    def read(cls, folder: str, bounds: Bounds) -> Record:
        """The one in a folder, an empty one where there is none. SpipError if it is damaged.

        Paths in it that are outside of `bounds` are named on stderr, and left alone.
        """
        path = os.path.join(folder, "record.json")
        bounds.check_record(path)
        try:
            record = cls(path, _checked(json.loads(read_own(path) or b"{}")))
        except (ValueError, RecursionError) as error:
            raise SpipError(f"{path} is damaged: {error}", f'remove it:  rm "{path}"') from error
        record.keep_within(bounds)
        return record

    def keep_within(self, bounds: Bounds) -> None:
        """Forget, and name on stderr, what no hook makes."""
        outside = [path for path in self.edits if not bounds.has_edit(path)]
        outside += [path for path in self.own if not bounds.has_own(path)]
        self.edits = {path: self.edits[path] for path in self.edits if path not in outside}
        self.own = {path: self.own[path] for path in self.own if path not in outside}
        self.folders = [folder for folder in self.folders if bounds.has_folder(folder)]
        for path in outside[:_MOST_NAMED]:
            name = printable(path, _LONGEST_PATH)
            print(
                f"spip: {self.path} names {name}, which no hook makes there: left alone",
                file=sys.stderr,
            )

    def add_folders(self, made: Sequence[str]) -> None:
        """Note folders that have to go with the rest."""
        self.folders += [folder for folder in made if folder not in self.folders]

    def write(self) -> None:
        """Put it on the disk, if anything in it is new."""
        known = {"edits": self.edits, "own": self.own, "folders": self.folders}
        new = json.dumps(known, indent=1).encode()
        if (old := read_own(self.path)) != new:
            apply(Change(self.path, old, new))

    def finish(self) -> None:
        """Write it, or, where nothing is left, remove it with the folders that were made."""
        if self.edits or self.own:
            self.write()
            return
        folder = os.path.dirname(self.path)
        apply(Change(self.path, read_own(self.path), None))
        with contextlib.suppress(OSError):  # Windows: it is open; the next run takes it
            Path(folder, "lock").unlink()
        # These two are spip's, also where a run that was killed made them.
        own = [os.path.dirname(folder)] if os.path.basename(folder) == "hook" else []
        remove_folders(sorted({*self.folders, *own, folder}, key=len))


def _checked(content: Any) -> dict[str, Any]:
    """The content of a record, if it has the types of one. Raises ValueError."""
    if not isinstance(content, dict) or not all(_type_checks(content)):
        raise ValueError("it is not made as one")
    return content


def _type_checks(content: dict[str, Any]) -> Iterator[bool]:
    edits, own = content.get("edits", {}), content.get("own", {})
    folders = content.get("folders", [])
    yield isinstance(edits, dict) and all(map(_is_edit, edits.values()))
    yield isinstance(own, dict) and all(isinstance(owner, str) for owner in own.values())
    yield isinstance(folders, list) and all(isinstance(folder, str) for folder in folders)
    yield not any("\0" in path for path in (*edits, *own, *folders))


def _is_edit(value: Any) -> bool:
    if not isinstance(value, dict) or not isinstance(value.get("owner"), str):
        return False
    times = value.get("times", [0, 0])
    is_pair = isinstance(times, list) and len(times) == 2  # access and change
    return is_pair and all(type(time) is int and abs(time) < 1 << 63 for time in times)


def is_spips(content: bytes) -> bool:
    """Whether a file's text is one of spip's; each of them names it."""
    return b"spip" in content.lower()


def read_own(path: str) -> bytes | None:
    """What is in a file of spip's own, which is no link and not endless. Raises SpipError."""
    reason = _refusal(path)
    if reason:
        raise SpipError(f"{path} {reason}", _REMOVE_IT)
    try:
        with Path(path).open("rb") as file:
            return file.read(_MOST_BYTES)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise SpipError(f"{path} can't be read: {error.strerror}") from error


def _refusal(path: str) -> str:
    """Why a file can't be one of spip's own; "" where it can."""
    try:
        status = os.lstat(path)
    except (FileNotFoundError, NotADirectoryError):
        return ""
    except (OSError, ValueError) as error:
        return f"can't be looked at: {error}"
    if not stat.S_ISREG(status.st_mode):
        return "is a link" if stat.S_ISLNK(status.st_mode) else "is no file"
    if sys.platform != "win32" and status.st_uid != os.geteuid():
        return "belongs to another user"
    return ""
