"""Write files of the single file to a folder: verified, and each moved into place in one step.

So it doesn't matter who else is at it, who was killed at it, or what a cleaner took away before.
"""

from __future__ import annotations

import os
import time
from contextlib import suppress
from hashlib import sha256
from io import BytesIO
from shutil import rmtree
from zipfile import BadZipFile, ZipFile

from spip import files
from spip.errors import SpipError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

_ASIDE = ".new-"
# Seconds. A file aside that is older was left by a process that was killed.
_ABANDONED = 3600
# The same for a whole part, of another version of the single file; one in use changes daily.
_UNUSED = 90 * 24 * 3600


def write(archive: str, folder: str, files: list[tuple[str, str, str]]) -> None:
    """Write those files: the path of each, the wheel in `archive` that it is in, its SHA-256.

    "" stands for `archive` itself. Raises OSError where there is no room for them, and SpipError.
    """
    _sweep(folder)
    _forget_unused(os.path.dirname(folder), os.path.basename(folder))
    try:
        with ZipFile(archive) as carried:
            for path, content in _contents(carried, files):
                _put(os.path.join(folder, *path.split("/")), content)
    except (BadZipFile, KeyError) as error:
        raise damaged(archive, error) from error


def damaged(archive: str, error: Exception) -> SpipError:
    """What there is to say where `archive` holds something else than it was built with."""
    return SpipError(
        f"{archive} is damaged, or was replaced while it ran: {error}",
        "run it again; if that doesn't help, get it again",
    )


def _contents(carried: ZipFile, files: list[tuple[str, str, str]]) -> Iterator[tuple[str, bytes]]:
    zips = {"": carried}
    for path, wheel, digest in files:
        if wheel not in zips:
            zips[wheel] = ZipFile(BytesIO(carried.read(wheel)))
        content = zips[wheel].read(path)
        if sha256(content).hexdigest() != digest:
            raise BadZipFile(f"{path} is not what it was")
        yield path, content


def _put(path: str, content: bytes) -> None:
    os.makedirs(os.path.dirname(path), 0o700, exist_ok=True)
    try:
        files.write_atomic(path, content, prefix=_ASIDE, lasting=False)
    except PermissionError:
        # Windows refuses where another process is reading that very file, just put there.
        if not _is_there(path, content):
            raise


def _is_there(path: str, content: bytes) -> bool:
    return os.path.isfile(path) and os.path.getsize(path) == len(content)


def _forget_unused(cache: str, name: str) -> None:
    """Remove what other versions of the single file have unpacked of the same part."""
    part = name.rpartition("-")[0] + "-"
    for entry in os.scandir(cache):
        if entry.name.startswith(part) and entry.name != name:
            with suppress(FileNotFoundError):
                if time.time() - entry.stat(follow_symlinks=False).st_mtime > _UNUSED:
                    rmtree(entry.path, ignore_errors=True)


def _sweep(folder: str) -> None:
    for at, _, names in os.walk(folder):
        for path in [os.path.join(at, name) for name in names if name.startswith(_ASIDE)]:
            with suppress(FileNotFoundError):  # whoever wrote it is done
                if time.time() - os.stat(path).st_mtime > _ABANDONED:
                    os.unlink(path)
