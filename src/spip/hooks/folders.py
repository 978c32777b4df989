"""Folders that are made on the way and go again, and the lock of who changes what is in them."""

from __future__ import annotations

import contextlib
import os
import sys
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
    while True:
        try:
            handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        except FileNotFoundError:
            made += make_folders(os.path.dirname(path))  # who had the lock removed its folder too
            continue
        except OSError as error:
            raise SpipError(f"{path} can't be written: {error.strerror}") from error
        _lock(handle)
        if _is_still(path, handle):
            return handle
        os.close(handle)


def _is_still(path: str, handle: int) -> bool:
    """Whether the file that was waited at is still there: the one before may have removed it."""
    try:
        return os.path.samestat(os.stat(path), os.fstat(handle))
    except FileNotFoundError:
        return False


def _lock(handle: int) -> None:
    if sys.platform == "win32":
        import msvcrt

        while True:
            with contextlib.suppress(OSError):  # given up after ten seconds, asked again
                msvcrt.locking(handle, msvcrt.LK_LOCK, 1)
                return
    else:
        import fcntl

        fcntl.flock(handle, fcntl.LOCK_EX)
