"""What a hook of one kind makes, and where: a record that names anything else is no order.

A record may be somebody else's: a repository can bring an environment with one in it.
"""

from __future__ import annotations

import os
import re
import stat
import sys
from dataclasses import dataclass
from pathlib import Path

from spip import paths
from spip.errors import SpipError

_MOST_BYTES = 1 << 20


@dataclass(frozen=True)
class Bounds:
    """What lies below `root`: spip's `own` files and the `edits`, as patterns of relative paths.

    `edits` None: this user's shells read files anywhere. Then the record has to be in a folder that
    nobody else can write to, and a block of spip's is all that is ever taken out.
    """

    root: str
    own: str
    edits: str | None = ""

    def has_own(self, path: str) -> bool:
        """Whether a path is one of a file of spip's own, and what is there may be it."""
        return self._is_one(path, self.own) and not _refusal(path)

    def has_edit(self, path: str) -> bool:
        """Whether a block of spip's may stand there."""
        return self.edits is None or (self._is_one(path, self.edits) and not _refusal(path))

    def has_folder(self, path: str) -> bool:
        """Whether an empty folder may be removed there."""
        return self.edits is None or not self._below(path).startswith("..")

    def see_to(self, path: str) -> None:
        """SpipError where a link or somebody else's file stands in the way to a file of spip's."""
        below = self._below(path)
        why = _refusal(path)
        if not why and below != self._named(path):
            why = f"is reached by a link, and is really {os.path.realpath(path)}"
        if why:
            raise SpipError(f"{path} {why}", "spip makes no such thing; look at it and remove it")

    def see_to_record(self, path: str) -> None:
        """The same for the record itself, which gives orders."""
        self.see_to(path)
        folder = os.path.dirname(path)
        private = self.edits is not None or not os.path.lexists(path)
        if not (private or paths.is_own(os.path.realpath(folder))):
            raise SpipError(
                f"{folder} could be written by somebody else, so its record counts for nothing",
                f'make it yours alone:  chmod go-w "{folder}"',
            )

    def _is_one(self, path: str, pattern: str) -> bool:
        below = self._below(path)
        return bool(re.fullmatch(pattern, below, re.IGNORECASE if os.name == "nt" else 0))

    def _below(self, path: str) -> str:
        """Where it really is, as seen from the root; ".." for what lies elsewhere."""
        folder, name = os.path.split(path)
        try:
            real = os.path.join(os.path.realpath(folder), name)
            return os.path.relpath(real, os.path.realpath(self.root)).replace(os.sep, "/")
        except ValueError:  # another drive
            return ".."

    def _named(self, path: str) -> str:
        return os.path.relpath(path, self.root).replace(os.sep, "/")


def is_spips(content: bytes) -> bool:
    """Whether a file's text is one of spip's; each of them names it."""
    return b"spip" in content.lower()


def read_own(path: str) -> bytes | None:
    """What is in a file of spip's own, which is no link and not endless. Raises SpipError."""
    why = _refusal(path)
    if why:
        raise SpipError(f"{path} {why}", "spip makes no such thing; look at it and remove it")
    try:
        with Path(path).open("rb") as file:
            return file.read(_MOST_BYTES)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise SpipError(f"{path} can't be read: {error.strerror}") from error


def _refusal(path: str) -> str:
    """Why a file can't be one of spip's own, ""."""
    try:
        seen = os.lstat(path)
    except (FileNotFoundError, NotADirectoryError):
        return ""
    except (OSError, ValueError) as error:
        return f"can't be looked at: {error}"
    if not stat.S_ISREG(seen.st_mode):
        return "is a link" if stat.S_ISLNK(seen.st_mode) else "is no file"
    if sys.platform != "win32" and seen.st_uid != os.geteuid():
        return "belongs to another user"
    return ""
