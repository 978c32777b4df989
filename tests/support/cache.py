"""Folders that are made once and shared by all runs, also by those at the same time."""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from support.lasting import lasting_folder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_LONGEST_RUN = 2 * 3600.0  # seconds; what nothing used for so long, no run is using


def cache_folder() -> Path:
    """Return the folder of all cached environments."""
    return Path(os.environ.get("SPIP_TEST_CACHE") or lasting_folder() / "environments")


def cached(key: str, make: Callable[[Path], None]) -> Path:
    """Return the folder of that key; `make` fills it if no earlier run has.

    A virtual environment can't be made aside and renamed, since its scripts carry its path. So it
    is made in place under a lock, and counts only once a mark beside it says that it is complete.
    """
    folder, mark = cache_folder() / key, cache_folder() / f"{key}.complete"
    if not mark.exists():
        cache_folder().mkdir(parents=True, exist_ok=True)
        with _locked(cache_folder() / f"{key}.lock"):
            if not mark.exists():
                shutil.rmtree(folder, ignore_errors=True)
                make(folder)
                mark.touch()
    mark.touch()  # says when it was last used, see forget_older
    return folder


def forget_older(pattern: str) -> None:
    """Remove the cached folders of that pattern that no run of the last hours has used."""
    for mark in cache_folder().glob(f"{pattern}.complete"):
        with contextlib.suppress(FileNotFoundError):  # another run forgets them too
            if time.time() - mark.stat().st_mtime > _LONGEST_RUN:
                mark.unlink()
                shutil.rmtree(mark.with_suffix(""), ignore_errors=True)


def link(source: str, target: str) -> None:
    """Share a file between two cached folders, which nobody changes."""
    os.link(source, target)


def transplant(
    source: Path, target: Path, copy: Callable[[str, str], object] = shutil.copy2
) -> None:
    """Copy an environment, and put its new path into its scripts and its configuration."""
    shutil.copytree(source, target, symlinks=True, copy_function=copy)
    scripts = target / ("Scripts" if os.name == "nt" else "bin")
    for file in [target / "pyvenv.cfg", *scripts.iterdir()]:
        if file.is_symlink() or not file.is_file():
            continue
        data, mode = file.read_bytes(), file.stat().st_mode
        if os.fsencode(source) in data:
            file.unlink()  # it may be a link to the source's
            file.write_bytes(data.replace(os.fsencode(source), os.fsencode(target)))
            file.chmod(mode)


@contextlib.contextmanager
def _locked(file: Path) -> Iterator[None]:
    """Hold an advisory lock, which ends with this process at the latest."""
    with file.open("a+b") as handle:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(handle.fileno(), msvcrt.LK_LOCK, 1)
        else:
            import fcntl

            fcntl.flock(handle, fcntl.LOCK_EX)
        yield
