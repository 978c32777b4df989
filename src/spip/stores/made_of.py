"""What one of spip's own bundles was made of, as the stamp beside it says.

A variable that names a bundle stands for what it named before `spip env` was evaluated. The bundle
itself is never a source: a root that was removed would live on in it.
"""

from __future__ import annotations

import os

from spip.ownership import checked_file
from spip.sources import Source, SourceRejected
from spip.stores import bundle, kept, stamp


def is_bundle(path: str) -> bool:
    """Tell whether a path is one of a bundle, also where it is gone."""
    return stamp.is_bundle(os.path.basename(path))


def named(path: str) -> list[Source]:
    """Return what the user had named when the bundle `path` was made.

    Nothing where others may have written its stamp.
    """
    try:
        kept.face(os.lstat(kept.beside(path)))
        safe = os.path.isabs(path) and bundle.is_safe(os.path.dirname(path))
    except (OSError, ValueError):
        return []
    return [source for source in sources(path) if safe and source.kind == "explicit"]


def sources(path: str) -> list[Source]:
    """Return the sources of the bundle `path`; none if its stamp is lost."""
    import ast  # nothing but a variable that names a bundle, and what renews them, needs it

    try:
        listed = checked_file.content(kept.beside(path), None).split(b"\n", 2)[1].decode()
        return [Source(*fields) for fields in ast.literal_eval(listed)]
    except (SourceRejected, ValueError, SyntaxError, IndexError, TypeError, RecursionError):
        return []
