"""A file that is written whole or not at all, whatever happens meanwhile."""

from __future__ import annotations

import codecs
import contextlib
import os
import shutil
import stat
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from spip.errors import SpipError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_PRIVATE = 0o600


def write_atomic(
    path: str, data: bytes, *, prefix: str = ".new-", mode: int = _PRIVATE, lasting: bool = True
) -> os.stat_result:
    """Write `data` to `path`, in the place of what was there; what was written. Raises OSError.

    Another process may do the same at the same time: one of both contents stands there then. What
    a kill leaves behind lies beside `path`, under a name with `prefix`. Not `lasting`: a machine
    that loses its power may leave less of it, for what is looked at again and easily had again.
    """
    import tempfile

    descriptor, name = tempfile.mkstemp(prefix=prefix, dir=os.path.dirname(path))
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            if lasting:
                os.fsync(file.fileno())
        if mode != _PRIVATE:
            os.chmod(name, mode)
        written = os.lstat(name)
        os.replace(name, path)
    except BaseException:
        _forget(name)
        raise
    return written


def _forget(name: str) -> None:
    try:
        os.unlink(name)
    except OSError:
        return  # nothing more can be done about it


def write_for_user(path: str, data: bytes) -> None:
    """Write all or nothing to where a user said: a link is followed, a mode is kept.

    A new file is as the umask has it; a device or a pipe stays one. Raises OSError.
    """
    import stat

    path = os.path.realpath(path)
    try:
        there = os.stat(path).st_mode
    except FileNotFoundError:
        there = stat.S_IFREG | 0o666 & ~_umask()
    if not stat.S_ISREG(there):
        with open(path, "wb") as device:
            device.write(data)
        return
    write_atomic(path, data, mode=stat.S_IMODE(there))


def _umask() -> int:
    mask = os.umask(0o077)  # the only way to ask is to set it
    os.umask(mask)
    return mask


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


def make_folders(folder: str) -> list[str]:
    """Make a folder and those above it; returns those that were missing, outermost first."""
    missing = []
    while not os.path.isdir(folder):
        missing.append(folder)
        folder = os.path.dirname(folder)
    for each in reversed(missing):
        _make_folder(each)
    return missing[::-1]


def _make_folder(folder: str) -> None:
    try:
        os.mkdir(folder)
    except FileExistsError:
        pass  # another run was first
    except OSError as error:
        raise SpipError(f"{folder} can't be made: {error.strerror}") from error


def remove_folders(folders: list[str]) -> None:
    """Remove the folders that are empty, innermost first."""
    for folder in reversed(folders):
        with contextlib.suppress(OSError):
            os.rmdir(folder)


# Seconds until another process's lock is given up, and between two attempts.
_PATIENCE, _PAUSE = 60.0, 0.02
# A lock is spip's own: what a link led to would be made, and kept open.
_NO_LINK = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)


@contextlib.contextmanager
def locked(path: str, made: list[str]) -> Iterator[None]:
    """Wait for whoever else changes the same files; the lock's file goes at the end.

    `made` gets the folders that had to be made again meanwhile.
    """
    handle = _locked_handle(path, made)
    try:
        yield
    finally:
        with contextlib.suppress(OSError):  # Windows: others wait at it
            Path(path).unlink()
        os.close(handle)


def _locked_handle(path: str, made: list[str]) -> int:
    until = time.monotonic() + _PATIENCE
    while time.monotonic() < until:
        handle = _opened(path, made)
        if handle is None:
            continue
        if _is_held(path, handle):
            return handle
        os.close(handle)
        time.sleep(_PAUSE)
    raise SpipError(
        f"{path} can't be locked: another process has held it for {_PATIENCE:.0f} s",
        "end that one, or try again once it is done",
    )


def _opened(path: str, made: list[str]) -> int | None:
    """None where the folder went, and was made again: who had the lock removes it too."""
    try:
        return os.open(path, os.O_RDWR | os.O_CREAT | _NO_LINK, 0o600)
    except FileNotFoundError:
        folder = os.path.dirname(path)
        made += make_folders(folder)
        if os.path.islink(folder) and not os.path.isdir(folder):
            raise SpipError(f"{folder} is a link that leads nowhere") from None
        time.sleep(_PAUSE)
        return None
    except OSError as error:
        raise SpipError(f"{path} can't be written: {error.strerror}") from error


def _is_held(path: str, handle: int) -> bool:
    """Whether it is ours now, and still the file of that name: the one before removes it."""
    try:
        return _lock(handle) and os.path.samestat(os.stat(path), os.fstat(handle))
    except FileNotFoundError:
        return False
    except OSError as error:  # a filesystem without locks
        os.close(handle)
        raise SpipError(f"{path} can't be locked: {error.strerror}") from error


def _lock(handle: int) -> bool:
    """Whether it could be locked at once."""
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):
        return False
    return True


_BOMS = ((codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))


def decoded(content: bytes) -> tuple[str, str]:
    """(text, encoding). latin-1 gives every byte back as it was. SpipError for half a text."""
    for bom, encoding in _BOMS:
        if content.startswith(bom):
            if len(content) % 2:
                raise SpipError("ends within a character (it is UTF-16)", "save it anew")
            return content.decode(encoding, "surrogatepass"), encoding
    return content.decode("latin-1"), "latin-1"


def encoded(text: str, encoding: str) -> bytes:
    """The bytes that `decoded` made the text of."""
    return text.encode(encoding, "surrogatepass" if encoding != "latin-1" else "strict")
