"""Whether what a hook names stays what it is, since every `pip` is going to run it."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

from spip import ownership
from spip.errors import SpipError
from spip.sources import SourceRejected

if TYPE_CHECKING:
    from collections.abc import Iterator

_ANYONES = stat.S_ISVTX | stat.S_IWOTH


def see_to(*spip: str, python: str) -> None:
    """SpipError where somebody else could put theirs in the place of spip's files or its Python.

    Who may write to a Python is not asked: pip runs with it as well. Windows: temporary folders
    are each user's own, and mode bits say nothing.
    """
    if os.name == "nt":
        return
    for path in (*spip, python):
        why = _in_a_shared_folder(path) or (_in_other_hands(path) if path in spip else "")
        if why:
            raise SpipError(
                f"{path} {why}; a hook would run what they put there",
                "keep spip where only you can write (~/.local/bin, say), and run it from there",
            )


def _in_a_shared_folder(path: str) -> str:
    """In a sticky folder, as /tmp, what is mine is mine until a restart empties it."""
    for folder in _above(path):
        if os.stat(folder).st_mode & _ANYONES == _ANYONES:
            return f"lies in {folder}, where others can write once it is gone"
    return ""


def _above(path: str) -> Iterator[str]:
    """The folders on the way to a path, and to what it leads to."""
    for way in (os.path.abspath(path), os.path.realpath(path)):
        folder = way
        while (above := os.path.dirname(folder)) != folder:
            folder = above
            yield folder


def _in_other_hands(path: str) -> str:
    walk = ownership.walk("user")
    try:
        real, _ = walk.to(os.path.abspath(path))
        descriptor = os.open(real, os.O_RDONLY)
        try:
            walk.judge(descriptor, os.fstat(descriptor))
        finally:
            os.close(descriptor)
    except SourceRejected as reason:
        return str(reason)
    except OSError as error:
        return f"can't be looked at ({error.strerror})"
    return ""
