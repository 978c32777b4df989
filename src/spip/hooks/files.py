"""Files that are changed whole or not at all, and look afterwards as they did before."""

from __future__ import annotations

import contextlib
import os
import shutil
import stat
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from spip.errors import SpipError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_MARK = ".spip-"


@dataclass(frozen=True)
class Change:
    """A file before and after; None where there is none. `times`: (access, change), in ns."""

    path: str
    old: bytes | None
    new: bytes | None
    times: tuple[int, int] | None = None
    executable: bool = False

    @property
    def is_needed(self) -> bool:
        """Whether anything is to be done."""
        return self.old != self.new


def read(path: str) -> bytes | None:
    """What is in a file, links followed; None without one. Raises SpipError."""
    try:
        if not stat.S_ISREG(os.stat(path).st_mode):
            raise SpipError(f"{path} can't be read: it is no file")  # one may have no end
        return Path(path).read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise SpipError(f"{path} can't be read: {error.strerror}") from error


def each_once(paths: Iterable[str]) -> Iterator[str]:
    """The paths, without those that lead to a file that came before under another name."""
    seen = set()
    for path in paths:
        real = os.path.realpath(path)
        if real not in seen:
            seen.add(real)
            yield path


def refusal(path: str) -> str:
    """Why spip leaves this file alone, or ""."""
    real = os.path.realpath(path)
    try:
        seen = os.stat(real)
    except FileNotFoundError:
        return ""
    if not stat.S_ISREG(seen.st_mode):
        return "is no file"
    if sys.platform != "win32" and seen.st_uid != os.geteuid():
        return "belongs to another user"
    if not seen.st_mode & stat.S_IWUSR:
        return "is read-only"
    if seen.st_nlink > 1:
        return "has a second name (a hard link), which would keep the old text"
    return ""


def apply(change: Change) -> None:
    """Make one change: the file is the old one or the new one at any moment. Raises SpipError."""
    real = os.path.realpath(change.path)
    try:
        if change.new is None:
            Path(real).unlink(missing_ok=True)
            return
        _replace(real, change)
    except OSError as error:
        raise SpipError(f"{change.path} can't be written: {error.strerror}") from error


def _replace(real: str, change: Change) -> None:
    folder, name = os.path.split(real)
    Path(folder).mkdir(parents=True, exist_ok=True)
    _sweep(folder, name)
    handle, beside = tempfile.mkstemp(prefix=f".{name}{_MARK}", dir=folder)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(change.new or b"")
            file.flush()
            os.fsync(file.fileno())
        _look_like(real, beside, executable=change.executable)
        _see_that_it_is(change, real)
        if change.times:
            os.utime(beside, ns=change.times)
        os.replace(beside, real)
    except BaseException:
        Path(beside).unlink(missing_ok=True)
        raise


def _see_that_it_is(change: Change, real: str) -> None:
    if read(real) != change.old:
        raise SpipError(f"{change.path} was changed by somebody else just now", "try again")


def _look_like(real: str, beside: str, *, executable: bool) -> None:
    """Mode, owner, access list and attributes of the file that is there, or a new file's."""
    try:
        seen = os.stat(real)
    except FileNotFoundError:
        mask = os.umask(0)
        os.umask(mask)
        Path(beside).chmod((0o777 if executable else 0o666) & ~mask)
        return
    shutil.copystat(real, beside)
    os.utime(beside)  # this content is new
    if sys.platform != "win32" and (seen.st_uid, seen.st_gid) != (os.geteuid(), os.getegid()):
        with contextlib.suppress(PermissionError):  # a group that this user is no member of
            os.chown(beside, seen.st_uid, seen.st_gid)
            Path(beside).chmod(stat.S_IMODE(seen.st_mode))  # chown may clear bits


def _sweep(folder: str, name: str) -> None:
    """What a run that was killed left behind; whoever comes here holds the lock."""
    for left in Path(folder).iterdir():
        if left.name.startswith(f".{name}{_MARK}"):
            left.unlink(missing_ok=True)
