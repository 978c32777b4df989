"""One PEM file with every root of this machine, for whatever can't ask the operating system.

On the hot path: nothing but `os` and `sys` is imported here as long as the inputs are unchanged.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from spip.stores import stamp

if TYPE_CHECKING:
    from collections.abc import Sequence

    from spip.stores.source import Refusal, Source


@dataclass(frozen=True)
class Bundle:
    """A merged bundle on disk.

    `path` is absolute. `temporary` is a private folder that the caller removes at its end; None
    means that the file stays in the cache. `refused` is complete also when the file came from the
    cache. `extra` holds the SHA-256 (hex) of the roots that neither the OS nor certifi has.
    """

    path: str
    temporary: str | None
    refused: tuple[Refusal, ...]
    extra: tuple[str, ...]


def merged(sources: Sequence[Source], cache: str | None) -> Bundle:
    """Return the bundle of `sources`; rebuilt only if one of them changed.

    `cache` is a folder, made with mode 0700 if it is missing. None, or one that can't be used,
    gives a fresh private folder. Raises SpipError if not even that can be written.
    """
    if cache is not None:
        kept = _unchanged(sources, cache)
        if kept is not None:
            return kept
    from spip.stores import build  # noqa: PLC0415  # only a changed input pays for it

    return build.bundle(sources, cache)


def _unchanged(sources: Sequence[Source], cache: str) -> Bundle | None:
    """Return the bundle that lies in the cache, if every input is what it was."""
    path = stamp.bundle_path(sources, cache)
    kept = stamp.read(path, sources)
    if kept is None:
        return None
    return Bundle(os.path.abspath(path), None, kept.refused, kept.extra)
