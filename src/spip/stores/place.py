"""Where a merged bundle is put: whole or not at all, and where nobody else can change it."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
import time

from spip import files, ownership
from spip.errors import SpipError
from spip.ownership import checked_file
from spip.sources import SourceRejected
from spip.stores import kept, stamp
from spip.stores.bundle import Bundle

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
    content: bytes, before: str, known: kept.Kept, sources: Sequence[Source], cache: str | None
) -> Bundle:
    """Write a bundle into the cache, or else into a fresh private folder. Raises SpipError."""
    if cache is not None:
        try:
            folder = make_safe(cache)
            path = _write(folder, content, before, known, sources)
            sweep(folder, time.time(), but=path)
            return Bundle(path, None, known.refused, known.extra)
        except (OSError, ValueError, SourceRejected):
            pass  # a full disk, a read-only or a foreign cache: the private folder below
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
        elif entry.path != but and stamp.is_bundle(entry.name):
            bundles.append((_unused_for(entry.path, now, age), entry.path))
    for number, (age, path) in enumerate(sorted(bundles)):
        if age > _UNUSED or (number >= _MOST_KEPT and age > _RECENT):
            _remove(path)
            _remove(kept.beside(path))


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
        return min(age, now - os.stat(kept.beside(path)).st_mtime)
    except OSError:
        return age


def _remove(path: str) -> None:
    try:
        os.unlink(path)
    except OSError:
        return  # another spip was faster, or it is held open (Windows)


def _write(
    folder: str, content: bytes, before: str, known: kept.Kept, sources: Sequence[Source]
) -> str:
    """Write a bundle, and beside it what it was made of; return its path.

    The stamp is for the very file that was written: another run may have put its own there since.
    """
    path = stamp.bundle_path(sources, folder)
    written = _unchanged(path, content) or files.write_atomic(path, content, prefix=_NEW)
    stamped = kept.content(before, known, sources, written)
    files.write_atomic(kept.beside(path), stamped, prefix=_NEW)
    return path


def _unchanged(path: str, content: bytes) -> os.stat_result | None:
    """Leave a file alone that already is what it should be: a program may have it open."""
    try:
        seen = os.lstat(path)
        kept.face(seen)
        return seen if checked_file.content(path, None) == content else None
    except (OSError, ValueError, SourceRejected):
        return None


def _private(content: bytes, before: str, known: kept.Kept, sources: Sequence[Source]) -> Bundle:
    folder = None
    try:
        folder = _fresh_folder()
        path = _write(folder, content, before, known, sources)
    except (OSError, ValueError, SourceRejected) as error:
        if folder is not None:
            shutil.rmtree(folder, ignore_errors=True)
        raise SpipError(f"there is no place to write the merged bundle: {error}") from error
    return Bundle(path, folder, known.refused, known.extra)


def _fresh_folder() -> str:
    """Make a folder that only this user can enter, under a name that nobody can guess."""
    if os.name != "nt":
        return os.path.abspath(tempfile.mkdtemp(prefix="spip-"))
    from spip.stores import ascii_path

    return ascii_path.fresh("spip-")
