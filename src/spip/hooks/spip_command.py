"""The command that starts this spip from any folder, if nobody else could replace its files."""

from __future__ import annotations

import os
import stat
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from spip import invocation, ownership
from spip.errors import SpipError
from spip.sources import SourceRejected
from spip.standalone import single_file

if TYPE_CHECKING:
    from collections.abc import Iterator

_ANYONES = stat.S_ISVTX | stat.S_IWOTH


def check_replaceable(*spip: str, python: str) -> None:
    """SpipError where somebody else could put theirs in the place of spip's files or its Python.

    Who may write to a Python is not asked: pip runs with it as well. Windows: temporary folders
    are each user's own, and mode bits say nothing.
    """
    if os.name == "nt":
        return
    for path in (*spip, python):
        reason = _in_a_shared_folder(path) or (_written_by_others(path) if path in spip else "")
        if reason:
            raise SpipError(
                f"{path} {reason}; a hook would run what they put there",
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
    for start in (os.path.abspath(path), os.path.realpath(path)):
        folder = start
        while (above := os.path.dirname(folder)) != folder:
            folder = above
            yield folder


def _written_by_others(path: str) -> str:
    walk = ownership.walk("user")
    try:
        real, _ = walk.to(os.path.abspath(path))
        descriptor = os.open(real, os.O_RDONLY)
        try:
            walk.judge(descriptor, os.fstat(descriptor))
        finally:
            os.close(descriptor)
    except SourceRejected as rejection:
        return str(rejection)
    except OSError as error:
        return f"can't be looked at ({error.strerror})"
    return ""


@dataclass(frozen=True)
class Program:
    """The words that start spip, absolute, and the file without which they mean nothing."""

    words: tuple[str, ...]
    file: str


def this() -> Program:
    """The spip that runs now.

    Raises SpipError where it can't be started from every folder, or where others could put theirs
    in its place.
    """
    typed = invocation.beginning(sys.orig_argv)
    if single_file.running is not None:
        archive = os.path.abspath(single_file.running.archive)
        check_replaceable(archive, python=sys.executable)
        return Program((sys.executable, archive), archive)
    script = os.path.abspath(typed[-1])
    if not os.path.isfile(script) or script == sys.executable or script.endswith("__main__.py"):
        return beside_this()
    return _of_script(script)


def beside_this() -> Program:
    """The spip of the interpreter that runs now, for whom spip is a library. Raises SpipError."""
    return _of_script(_script_beside(os.path.dirname(sys.executable)))


def _of_script(script: str) -> Program:
    check_replaceable(script, os.path.abspath(__file__), python=sys.executable)
    return Program((script,), script)


def _script_beside(folder: str) -> str:
    """`python -m spip` would look for spip in the folder that the shell is in first."""
    script = os.path.join(folder, "spip.exe" if os.name == "nt" else "spip")
    if not os.path.isfile(script):
        raise SpipError(
            f"a hook needs the spip command itself, and there is none in {folder}",
            "install spip (in a checkout:  pipx install .), then:  spip hook install",
        )
    return script
