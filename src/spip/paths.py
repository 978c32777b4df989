"""Folders that are this user's alone: spip's cache, or a fresh one where no cache can be used.

Read by the single file before anything of it is unpacked, so it imports next to nothing.
"""

from __future__ import annotations

import os
import stat
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

_DAY = 24 * 3600


def is_absolute(path: str) -> bool:
    r"""Whether a path names one file wherever it is read from.

    Windows' `\tools` and `/tools` lie on whichever drive is current; Python up to 3.12 calls that
    absolute.
    """
    return os.path.isabs(path) and (os.sep == "/" or bool(os.path.splitdrive(path)[0]))


def cache(environ: Mapping[str, str]) -> str | None:
    """spip's cache folder, made if it is missing, links followed.

    None where this user has no place for one, or where somebody else could write to it.
    """
    path = cache_path(environ, sys.platform)
    try:
        return ensure_private_dir(path, levels=2) if path else None
    except OSError:
        return None


def ensure_private_dir(path: str, levels: int) -> str | None:
    """The folder `path`, links followed; of the way to it, `levels` folders are made if missing.

    None where it is not this user's alone. Raises OSError.
    """
    way = [path]
    while len(way) < levels:
        way.insert(0, os.path.dirname(way[0]))
    for folder in way:
        # One level at a time: a home that is missing is not made.
        if not os.path.isdir(folder):
            if not _may_hold(os.path.realpath(os.path.dirname(folder))):
                return None  # as root under a kept HOME, say: nothing is left there
            make(folder)
    path = os.path.realpath(path)
    return path if is_own(path) else None


def cache_path(environ: Mapping[str, str], platform: str) -> str | None:
    """Where the cache belongs; None where this user has no home."""
    return user_folder("cache", environ, platform)


# spip's folders of each kind, where platformdirs has them, whose import would cost 6 ms: the XDG
# variable, the folder below the home on Linux and on macOS, and below %LOCALAPPDATA% on Windows.
_USER_FOLDERS = {
    "cache": ("XDG_CACHE_HOME", ".cache/spip", "Library/Caches/spip", "spip/Cache"),
    "config": ("XDG_CONFIG_HOME", ".config/spip", "Library/Application Support/spip", "spip"),
    "state": (
        "XDG_STATE_HOME",
        ".local/state/spip",
        "Library/Application Support/spip/State",
        "spip/State",
    ),
}


def user_folder(kind: str, environ: Mapping[str, str], platform: str) -> str | None:
    """This user's folder of spip's for "cache", "config" or "state"; None without a home.

    On macOS a variable moves the cache alone: what is kept stays where earlier versions put it.
    """
    variable, on_linux, on_macos, on_windows = _USER_FOLDERS[kind]
    if platform == "win32":
        return _below(environ.get("LOCALAPPDATA", ""), on_windows)
    base = environ.get(variable, "")
    if is_absolute(base) and (platform != "darwin" or kind == "cache"):
        return os.path.join(base, "spip")  # a relative one is to be ignored, says XDG
    return _below(home_folder(environ), on_macos if platform == "darwin" else on_linux)


def _below(base: str, folder: str) -> str | None:
    return os.path.join(base, *folder.split("/")) if is_absolute(base) else None


def make(folder: str) -> None:
    """Make a folder for this user alone; one that another process just made will do. OSError."""
    try:
        os.mkdir(folder, 0o700)
    except FileExistsError:
        if not os.path.isdir(folder):
            raise


def touch_daily(folder: str) -> None:
    """Leave word in its time of change that `folder` is in use, so that `unpack` spares it."""
    import time

    if time.time() - os.stat(folder).st_mtime > _DAY:
        os.utime(folder)


def is_own(folder: str) -> bool:
    """Whether `folder` belongs to this user, and only they and root could exchange what is in it.

    `folder` is a path without links. Windows: a profile's folders are closed to others by what
    they inherit, and mode bits say nothing. Raises OSError.
    """
    if sys.platform == "win32":
        return True
    first = os.lstat(folder)
    if first.st_uid != os.geteuid() or first.st_mode & stat.S_ISVTX:
        return False
    return _may_hold(folder)


def temp_dir() -> str:
    """A new private folder, which the caller removes. Raises OSError."""
    import tempfile

    return os.path.realpath(tempfile.mkdtemp(prefix="spip-"))


def home_folder(environ: Mapping[str, str]) -> str:
    """This user's home, also where no variable names it; "" where there is none."""
    return environ.get("HOME") or _home_of_account()


def _home_of_account() -> str:
    if sys.platform == "win32":
        return ""
    import pwd

    try:
        return pwd.getpwuid(os.getuid()).pw_dir
    except KeyError:  # a container's user may have a number and nothing else
        return ""


def _may_hold(folder: str) -> bool:
    """Whether what is made in `folder` can be exchanged by nobody else."""
    if sys.platform == "win32":
        return True

    if is_private_fast(folder):
        return True
    from spip import ownership
    from spip.sources import SourceRejected

    try:
        ownership.walk("user").folder(folder)
    except SourceRejected:
        return False
    return True


def is_private_fast(folder: str) -> bool:
    """Tell, fast, that only this user and root can change what lies in `folder`.

    Where that takes a closer look (links, groups, Windows, ACLs that no mode bit shows, as on
    macOS) the answer is False, and `stores.ownership` decides. Raises OSError.
    """
    if not hasattr(os, "getxattr"):
        return False
    at = folder
    while True:
        seen = os.lstat(at)
        sticky = seen.st_mode & stat.S_ISVTX and at != folder
        if not (stat.S_ISDIR(seen.st_mode) and (ours(seen) or _anyones(seen, sticky=sticky))):
            return False
        if at == os.path.dirname(at):
            return True
        at = os.path.dirname(at)


def ours(seen: os.stat_result) -> bool:
    """Tell whether a file or folder is this user's or root's, and its mode lets nobody else write.

    Windows: always, since mode bits say nothing there.
    """
    if sys.platform == "win32":
        return True
    others = seen.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
    return seen.st_uid in (0, os.geteuid()) and not others


def _anyones(seen: os.stat_result, *, sticky: int) -> bool:
    """Tell whether the folder is one like /tmp, where each entry is its owner's."""
    if sys.platform == "win32":
        return False
    return bool(sticky) and seen.st_uid in (0, os.geteuid())
