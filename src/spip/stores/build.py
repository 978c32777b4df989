"""Build a merged bundle: ask every source, put the roots together once each, write the file."""

from __future__ import annotations

import os
import time

from spip import sources
from spip.stores import kept, stamp
from spip.text import in_ascii

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from spip.sources import Source
    from spip.stores.bundle import Bundle
    from spip.stores.gather import Given, Root

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
        before = stamp.inputs(sources)
        made = _built(sources, before, cache)
        if made.temporary or stamp.inputs(sources) == before:
            break
    return made


def _built(sources: Sequence[Source], before: str, cache: str | None) -> Bundle:
    from spip.stores import gather, place

    now = int(time.time())
    given = gather.gather(sources, now)
    roots = in_order(given)
    extra = [root for root in roots if root.source.kind not in _ORDER]
    known = kept.Kept(
        tuple(refusal for one in given for refusal in one.refused),
        b"".join(bytes.fromhex(root.sha256) for root in extra),
        now,
        _until(given, min((root.expires for root in extra), default=_NEVER), before),
    )
    return place.put(content(roots), before, known, sources, cache)


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
    return min(expires, now + _TICK) if stamp.newest(before) >= now - _TICK else expires
