"""Folders that are made on the way and go again, and the lock of who changes what is in them."""

from __future__ import annotations

import contextlib
import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from spip.errors import SpipError

if TYPE_CHECKING:
    from collections.abc import Iterator


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
