"""What one of spip's own bundles was made of, as the stamp beside it says.

A variable that names a bundle stands for what it named before `spip env` was evaluated. The bundle
itself is never a source: a root that was removed would live on in it.
"""

from __future__ import annotations

import contextlib
import os
import shutil

from spip.errors import SpipError
from spip.ownership import checked_file
from spip.paths import is_absolute
from spip.sources import Source, SourceRejected
from spip.stores import bundle, bundle_cache

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator


def is_bundle(path: str) -> bool:
    """Tell whether a path is one of a bundle, also where it is gone."""
    return bundle_cache.is_bundle(os.path.basename(path))


def named(path: str) -> list[Source]:
    """Return what the user had named when the bundle `path` was made.

    Nothing where others may have written its stamp.
    """
    try:
        bundle_cache.file_identity(os.lstat(bundle_cache.beside(path)))
        safe = is_absolute(path) and bundle.is_safe(os.path.dirname(path))
    except (OSError, ValueError):
        return []
    return [source for source in sources(path) if safe and source.kind == "explicit"]


def sources(path: str) -> list[Source]:
    """Return the sources of the bundle `path`; none if its stamp is lost."""
    import ast  # nothing but a variable that names a bundle, and what renews them, needs it

    try:
        listed = checked_file.content(bundle_cache.beside(path), None).split(b"\n", 2)[1].decode()
        return [Source(*fields) for fields in ast.literal_eval(listed)]
    except (SourceRejected, ValueError, SyntaxError, IndexError, TypeError, RecursionError):
        return []


def renew(cache: str) -> None:
    """Renew each bundle in the folder `cache`; one that can't be renewed is removed.

    A tool that finds no file fails, which is better than one that trusts what was removed.
    """
    folder = bundle.for_children(cache)  # by the name that they were made under
    if folder is None:
        return
    for path, sources in list(_bundles(folder)):
        if not _renewed(path, sources, folder):
            for file in (path, bundle_cache.beside(path)):
                with contextlib.suppress(FileNotFoundError):
                    os.unlink(file)


def _renewed(path: str, sources: list[Source], cache: str) -> bool:
    if not sources:
        return False
    try:
        made = bundle.merged(sources, cache)
    except SpipError:
        return False
    if made.temporary is not None:
        shutil.rmtree(made.temporary, ignore_errors=True)
    return made.path == path


def _bundles(cache: str) -> Iterator[tuple[str, list[Source]]]:
    """Yield each bundle and what it was made of, as its stamp says."""
    cache = os.path.abspath(cache)
    try:
        names = os.listdir(cache)
    except OSError:
        return
    for name in names:
        path = os.path.join(cache, name)
        if bundle_cache.is_bundle(name):
            yield path, sources(path)
