"""One PEM file with every root of this machine, for whatever can't ask the operating system.

On the hot path: as long as the inputs are unchanged, little more than `os` is imported.
"""

from __future__ import annotations

import os
import time

from spip import paths, sources
from spip.sources import SourceRejected, Value
from spip.stores import bundle_cache
from spip.text import in_ascii

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from spip.sources import Refusal, Source
    from spip.stores.gather import Given, Root


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

    return bundle(sources, cache)


def for_children(cache: str) -> str | None:
    """Return a folder whose name every program can open; None where there is no such place."""
    if os.name != "nt" or cache.isascii():
        return cache
    from spip.stores import bundle_writer

    try:
        return bundle_writer.folder(cache)
    except OSError:
        return None


def _unchanged(sources: Sequence[Source], cache: str) -> Bundle | None:
    """Return the bundle that lies in the cache, if every input is what it was."""
    path = bundle_cache.bundle_path(sources, os.path.abspath(cache))
    known = bundle_cache.read(path, sources)
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


FIRST_LINE = "# spip merged bundle: written anew whenever a source changes, so don't edit it\n"
# The system's roots first: whatever else holds one of them too is not named for it.
_ORDER = {"os": 0, "certifi": 1}
# Files written within one tick of a filesystem's clock can't be told apart (FAT: 2 s). A bundle of
# inputs that young is looked at anew after that time, once.
_TICK = 3
_NEVER = 1 << 40
_TRIES = 3  # of inputs that change all the time


def bundle(sources: Sequence[Source], cache: str | None) -> Bundle:
    """Return a bundle that is built now; see `bundle.merged`.

    What changes meanwhile counts: `spip trust remove` renewed the bundles that it saw, and a shell
    may name this one.
    """
    for _ in range(_TRIES):
        before = bundle_cache.inputs(sources)
        made = _built(sources, before, cache)
        if made.temporary or bundle_cache.inputs(sources) == before:
            break
    return made


def _built(sources: Sequence[Source], before: str, cache: str | None) -> Bundle:
    from spip.stores import bundle_writer, gather

    now = int(time.time())
    given = gather.gather(sources, now)
    roots = in_order(given)
    extra = [root for root in roots if root.source.kind not in _ORDER]
    known = bundle_cache.Kept(
        tuple(refusal for one in given for refusal in one.refused),
        b"".join(bytes.fromhex(root.sha256) for root in extra),
        now,
        _until(given, min((root.expires for root in extra), default=_NEVER), before),
    )
    path, temporary = bundle_writer.put(content(roots), before, known, sources, cache)
    return Bundle(path, temporary, known.refused, known.extra)


def in_order(given: Sequence[Given]) -> list[Root]:
    """Return each root once: the OS's first, then certifi's, then the rest, each by subject."""
    once: dict[bytes, Root] = {}
    for one in sorted(given, key=lambda one: _ORDER.get(one.source.kind, 2)):
        for root in sorted(one.roots, key=lambda root: (root.subject, root.sha256)):
            once.setdefault(root.der, root)
    return list(once.values())


def content(roots: Sequence[Root], first_line: str = FIRST_LINE) -> bytes:
    """Return the text of a bundle: ASCII, and the same bytes for the same roots."""
    from binascii import b2a_base64

    lines = [first_line]
    for root in roots:
        body = b2a_base64(root.der, newline=False).decode("ascii")
        lines.append(
            f"\n# {root.subject}\n# SHA-256 {root.sha256}\n# from {in_ascii(root.source.label)}\n"
            "-----BEGIN CERTIFICATE-----\n"
        )
        lines += [body[at : at + 64] + "\n" for at in range(0, len(body), 64)]
        lines.append("-----END CERTIFICATE-----\n")
    return "".join(lines).encode("ascii")


def _until(given: Sequence[Given], expires: int, before: str) -> int:
    """Return when this bundle must be looked at anew though no input changed.

    `expires` is the end of the extra root that ends first.
    """
    now = int(time.time())
    if any(refusal.kind == sources.NO_SSL for one in given for refusal in one.refused):
        return now  # an interpreter with ssl makes a better one of the same inputs
    if not hasattr(os, "getxattr") and any(
        refusal.kind in sources.STRANGERS for one in given for refusal in one.refused
    ):
        return now  # an ACL that was mended shows in no time or mode (Windows, macOS)
    return min(expires, now + _TICK) if bundle_cache.newest(before) >= now - _TICK else expires
