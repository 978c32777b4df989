"""One PEM file with every root of this machine, for whatever can't ask the operating system.

On the hot path: as long as the inputs are unchanged, little more than `os` is imported.
"""

from __future__ import annotations

import os

from spip import paths
from spip.sources import SourceRejected, Value
from spip.stores import kept, stamp

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from spip.sources import Refusal, Source


class Bundle(Value):
    """A merged bundle on disk.

    `path` is absolute. `temporary` is a private folder that the caller removes at its end; None
    means that the file stays in the cache. `refused` is complete also when the file came from the
    cache. `digests` is `extra` as bytes.
    """

    __slots__ = ("digests", "path", "refused", "temporary")
    path: str
    temporary: str | None
    refused: tuple[Refusal, ...]
    digests: bytes

    def __init__(
        self, path: str, temporary: str | None, refused: tuple[Refusal, ...], digests: bytes
    ) -> None:
        super().__init__(digests, path, refused, temporary)

    @property
    def extra(self) -> tuple[str, ...]:
        """SHA-256 (hex) of the roots that neither the OS nor certifi has."""
        size = 32  # of a SHA-256
        found = self.digests
        return tuple(found[at : at + size].hex() for at in range(0, len(found), size))


def merged(sources: Sequence[Source], cache: str | None) -> Bundle:
    """Return the bundle of `sources`; rebuilt only if one of them changed.

    `cache` is a folder, made with mode 0700 if it is missing. None, or one that can't be used,
    gives a fresh private folder. Raises SpipError if not even that can be written.
    """
    cache = None if cache is None else for_children(cache)
    if cache is not None:
        unchanged = _unchanged(sources, cache)
        if unchanged is not None:
            return unchanged
    from spip.stores import build

    return build.bundle(sources, cache)


def for_children(cache: str) -> str | None:
    """Return a folder whose name every program can open; None where there is no such place."""
    if os.name != "nt" or cache.isascii():
        return cache
    from spip.stores import ascii_path

    try:
        return ascii_path.folder(cache)
    except OSError:
        return None


def _unchanged(sources: Sequence[Source], cache: str) -> Bundle | None:
    """Return the bundle that lies in the cache, if every input is what it was."""
    path = stamp.bundle_path(sources, os.path.abspath(cache))
    known = kept.read(path, sources)
    if known is None:
        return None
    if not is_safe(os.path.dirname(path)):
        return None
    return Bundle(path, None, known.refused, known.extra)


def is_safe(folder: str) -> bool:
    """Tell whether only this user and root can change what lies in `folder`. Raises OSError."""
    if paths.is_private_fast(folder):
        return True
    from spip import ownership

    try:
        ownership.walk("user").folder(folder)
    except (OSError, SourceRejected):
        return False
    return True
