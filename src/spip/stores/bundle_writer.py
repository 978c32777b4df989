"""Where a merged bundle is put: whole or not at all, and where nobody else can change it."""

from __future__ import annotations

import contextlib
import ctypes
import os
import shutil
import tempfile
import time
import uuid

from spip import files, ownership
from spip.errors import SpipError
from spip.ownership import checked_file
from spip.ownership import security_descriptors as security
from spip.sources import SourceRejected
from spip.stores import bundle_cache

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from spip.sources import Source

_NEW = ".new-"
# A file under its temporary name is older than this only if its writer was killed. Seconds.
_ABANDONED = 3600
# A bundle that no run looked at for this long is swept; so are the least used beyond so many, but
# none that was looked at within two days (`kept` notes each use once a day).
_UNUSED = 30 * 86_400
_RECENT = 2 * 86_400
_MOST_KEPT = 40


def put(
    content: bytes,
    before: str,
    known: bundle_cache.Kept,
    sources: Sequence[Source],
    cache: str | None,
) -> tuple[str, str | None]:
    """Write a bundle into the cache, or else into a new private folder. Raises SpipError.

    Return its path, and that private folder where one was made.
    """
    if cache is not None:
        try:
            folder = make_safe(cache)
            path = _write(folder, content, before, known, sources)
            sweep(folder, time.time(), but=path)
        except (OSError, ValueError, SourceRejected):
            pass  # a full disk, a read-only or a foreign cache: the private folder below
        else:
            return path, None
    return _private(content, before, known, sources)


def make_safe(cache: str) -> str:
    """Make the folder if it is missing. Raises OSError, and PassedOver if others may write there.

    As root, a folder of another user's is not used either (a HOME that sudo kept).
    """
    os.makedirs(cache, mode=0o700, exist_ok=True)
    ownership.walk("user").folder(cache)
    return os.path.abspath(cache)


def sweep(folder: str, now: float, but: str) -> None:
    """Remove what a killed run left half written, and bundles that nobody uses any more.

    `but`: a file that stays, whatever the clock says. `now`: epoch seconds.
    """
    bundles = []
    for entry, written in _entries(folder):
        age = now - written
        if entry.name.startswith(_NEW) and age > _ABANDONED:
            _remove(entry.path)
        elif entry.path != but and bundle_cache.is_bundle(entry.name):
            bundles.append((_unused_for(entry.path, now, age), entry.path))
    for number, (age, path) in enumerate(sorted(bundles)):
        if age > _UNUSED or (number >= _MOST_KEPT and age > _RECENT):
            _remove(path)
            _remove(bundle_cache.beside(path))


def _entries(folder: str) -> Iterator[tuple[os.DirEntry[str], float]]:
    """Yield each entry and when it was written (epoch seconds)."""
    try:
        with os.scandir(folder) as entries:
            several = list(entries)
    except OSError:
        return
    for entry in several:
        with contextlib.suppress(OSError):  # another spip has just given its file a final name
            yield entry, entry.stat(follow_symlinks=False).st_mtime


def _unused_for(path: str, now: float, age: float) -> float:
    try:
        return min(age, now - os.stat(bundle_cache.beside(path)).st_mtime)
    except OSError:
        return age


def _remove(path: str) -> None:
    try:
        os.unlink(path)
    except OSError:
        return  # another spip was faster, or it is held open (Windows)


def _write(
    folder: str, content: bytes, before: str, known: bundle_cache.Kept, sources: Sequence[Source]
) -> str:
    """Write a bundle, and beside it what it was made of; return its path.

    The stamp is for the very file that was written: another run may have put its own there since.
    """
    path = bundle_cache.bundle_path(sources, folder)
    written = _unchanged(path, content) or files.write_atomic(path, content, prefix=_NEW)
    stamped = bundle_cache.content(before, known, sources, written)
    files.write_atomic(bundle_cache.beside(path), stamped, prefix=_NEW)
    return path


def _unchanged(path: str, content: bytes) -> os.stat_result | None:
    """Leave a file alone that already is what it should be: a program may have it open."""
    try:
        seen = os.lstat(path)
        bundle_cache.file_identity(seen)
        return seen if checked_file.content(path, None) == content else None
    except (OSError, ValueError, SourceRejected):
        return None


def _private(
    content: bytes, before: str, known: bundle_cache.Kept, sources: Sequence[Source]
) -> tuple[str, str]:
    folder = None
    try:
        folder = _fresh_folder()
        path = _write(folder, content, before, known, sources)
    except (OSError, ValueError, SourceRejected) as error:
        if folder is not None:
            shutil.rmtree(folder, ignore_errors=True)
        raise SpipError(f"there is no place to write the merged bundle: {error}") from error
    return path, folder


def _fresh_folder() -> str:
    """Make a folder that only this user can enter, under a name that nobody can guess."""
    if os.name != "nt":
        return os.path.abspath(tempfile.mkdtemp(prefix="spip-"))

    return fresh("spip-")


# Where every user may make a folder; asked from the system (SHGetKnownFolderPath), as the
# environment may say anything. FOLDERID_ProgramData, knownfolders.h.
_SHARED = uuid.UUID("62AB5D82-FDC1-4DC3-A9DD-070D1D495D97")
_SHORT_ENOUGH = 1024


def folder(path: str) -> str:
    """Return an ASCII name of the folder `path`, made if it is missing, or else another place.

    Raises OSError.
    """
    if path.isascii():
        return path
    os.makedirs(path, mode=0o700, exist_ok=True)
    return short(path) or own()


def fresh(prefix: str) -> str:
    """Make a new folder that nobody can guess, with an ASCII name. Raises OSError, PassedOver."""
    made = tempfile.mkdtemp(prefix=prefix)
    if name := short(made):
        return name
    os.rmdir(made)
    place = own()
    ownership.walk("user").folder(place)
    return tempfile.mkdtemp(prefix=prefix, dir=place)


def short(path: str) -> str:
    """Return the ASCII name of a folder, its short one (8.3) if need be; "" if it has none."""
    if path.isascii():
        return path
    buffer = ctypes.create_unicode_buffer(_SHORT_ENOUGH)
    security.library("kernel32").GetShortPathNameW(path, buffer, _SHORT_ENOUGH)
    return buffer.value if buffer.value.isascii() else ""


def own() -> str:
    """Return this user's folder beside others'; its permissions name the user alone.

    Somebody else may have made it before: whoever uses it asks `ownership` first.
    """
    user = security.user()
    path = os.path.join(_shared(), f"spip-{user}")
    security.make_folder(path, f"O:{user}D:P(A;OICI;FA;;;{user})(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)")
    return path


def _shared() -> str:
    found = ctypes.c_wchar_p()
    asked = ctypes.create_string_buffer(_SHARED.bytes_le, 16)
    shell = security.library("shell32")
    if shell.SHGetKnownFolderPath(asked, 0, None, ctypes.byref(found)) or not found.value:
        raise OSError("Windows names no folder for the data of all users")
    path = found.value
    security.library("ole32").CoTaskMemFree(found)
    return path
