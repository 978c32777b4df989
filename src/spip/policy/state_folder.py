"""The folder of this user's grants and log: nobody else's; its files are written by one at once."""

from __future__ import annotations

import contextlib
import os
import stat
import sys
import time

from spip import files, paths
from spip.errors import SpipError
from spip.policy import locations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_PATIENCE = 30.0  # seconds; two hundred writers on a slow disk take some
_PAUSE = 0.005
_OTHERS = stat.S_IWGRP | stat.S_IWOTH
_FLAGS = getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
_NEVER_WAIT = getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOCTTY", 0)


def folder(environ: Mapping[str, str]) -> str:
    """The folder, made if it is missing. Raises SpipError where it would not be this user's."""
    path = named(environ)
    try:
        made = paths.ensure_private_dir(path, levels=3)
    except OSError as error:
        raise SpipError(f"{path} can't be made: {error.strerror}") from error
    if made is None:
        raise _foreign(path)
    return made


def existing(environ: Mapping[str, str]) -> str:
    """The folder that is there. Raises SpipError where it isn't this user's, or isn't there."""
    path = os.path.realpath(named(environ))
    try:
        is_own = paths.is_own(path)
    except OSError as error:
        raise SpipError(f"{path} can't be used: {error.strerror}") from error
    if not is_own:
        raise _foreign(path)
    return path


def named(environ: Mapping[str, str]) -> str:
    """Where the folder belongs. Raises SpipError where there is no home."""
    path = locations.state(environ)
    if path is None:
        raise SpipError("there is no home folder to keep grants and their log in", "set HOME")
    return path


def _foreign(path: str) -> SpipError:
    return SpipError(
        f"{path} is not used: it, or a folder above it, belongs to somebody else or can be written "
        "by others",
        "run it as the user whose home it is, or with HOME set to this user's own",
    )


def user() -> str:
    """Who this is, as the system counts: a number, on Windows a SID."""
    if sys.platform == "win32":
        from spip.ownership import security_descriptors

        return security_descriptors.user()
    return str(os.geteuid())


def user_name() -> str:
    """Who this is, by the system's word, for a person."""
    if sys.platform == "win32":
        try:
            return os.getlogin()
        except OSError:  # a service has none
            return user()
    import pwd

    try:
        return pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:  # a container's user may have a number and nothing else
        return f"user {os.geteuid()}"


def opened(path: str, flags: int) -> int:
    """Open a file of that folder, made with mode 0600 if it is missing and `flags` say so.

    Raises SpipError where it is no plain file, or not this user's alone; OSError.
    """
    descriptor = os.open(path, flags | _FLAGS | _NEVER_WAIT, 0o600)
    try:
        reason = _against(os.fstat(descriptor))
    except OSError:
        os.close(descriptor)
        raise
    if reason:
        os.close(descriptor)
        raise SpipError(f"{path} is not used: it {reason}")
    return descriptor


def _against(seen: os.stat_result) -> str:
    if not stat.S_ISREG(seen.st_mode):
        return "is no file"
    if sys.platform == "win32":
        return ""  # the folder's list of permissions is what says who may write
    if seen.st_uid != os.geteuid():
        from spip.ownership.principals import user_name as name_of

        return f"belongs to {name_of(seen.st_uid)}"
    return "can be written by others" if seen.st_mode & _OTHERS else ""


def content(path: str, most: int) -> bytes:
    """Return what is in a file of that folder. Raises SpipError as `opened`, OSError."""
    descriptor = opened(path, os.O_RDONLY)
    with os.fdopen(descriptor, "rb") as file:
        data = file.read(most + 1)
    if len(data) > most:
        raise SpipError(f"{path} is not used: it is larger than {most >> 10} KB")
    return data


def replace(path: str, data: bytes) -> None:
    """Write a file, mode 0600, all of it or nothing. Raises OSError."""
    files.write_atomic(path, data)


@contextlib.contextmanager
def locked(path: str) -> Iterator[None]:
    """Hold the lock file `path`, which ends with whoever holds it. Raises SpipError, OSError."""
    descriptor = opened(path, os.O_RDWR | os.O_CREAT)
    try:
        deadline = time.monotonic() + _PATIENCE
        while not taken(descriptor):
            if time.monotonic() > deadline:
                raise SpipError(f"{path} has been held by another process for too long")
            time.sleep(_PAUSE)
        yield
    finally:
        os.close(descriptor)


def taken(descriptor: int) -> bool:
    """Lock an open file, without waiting; whether nobody else holds it. Raises OSError."""
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):
        return False
    return True
