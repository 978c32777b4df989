"""Build every bundle of the cache anew that holds something else than its sources do now.

A shell that evaluated `spip env` names a bundle for as long as it lives, and nobody looks at that
one again. So what removes or adds a root renews them all.
"""

from __future__ import annotations

import contextlib
import os
import shutil

from spip.errors import SpipError
from spip.stores import bundle, kept, made_of, stamp

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from spip.sources import Source


def renew(cache: str) -> None:
    """Renew each bundle in the folder `cache`; one that can't be renewed is removed.

    A tool that finds no file fails, which is better than one that trusts what was removed.
    """
    folder = bundle.for_children(cache)  # by the name that they were made under
    if folder is None:
        return
    for path, sources in list(_bundles(folder)):
        if not _renewed(path, sources, folder):
            for file in (path, kept.beside(path)):
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
        if stamp.is_bundle(name):
            yield path, made_of.sources(path)
