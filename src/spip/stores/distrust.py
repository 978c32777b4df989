"""Which certificates the system explicitly distrusts, so that no other source brings them back.

Linux and FreeBSD; the platforms that keep this beside their roots answer by verbs of their own:
`distrusted()`, which yields each as DER, or as the SHA-256 or SHA-1 of it, and `may_distrust()`,
which only tells, cheaply, whether it is worth asking.
"""

from __future__ import annotations

import os

from spip.sources import SourceRejected
from spip.stores import folder_scan

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

# Debian and its kin: a line "!mozilla/NAME.crt" deselects that file of the folder
# (update-ca-certificates(8)).
DESELECTED = "/etc/ca-certificates.conf"
OFFERED = "/usr/share/ca-certificates"
# Every certificate in one of these is distrusted (update-ca-trust(8); SUSE, Arch: the same under
# their own names; "blacklist" is what they were called before p11-kit 0.23.22).
# FreeBSD: certctl(8).
BLOCKED = (
    *(
        f"{root}/{name}"
        for root in (
            "/etc/pki/ca-trust/source",
            "/usr/share/pki/ca-trust-source",
            "/etc/pki/trust",
            "/usr/share/pki/trust",
            "/etc/ca-certificates/trust-source",
            "/usr/share/ca-certificates/trust-source",
        )
        for name in ("blocklist", "blacklist")
    ),
    "/usr/share/certs/untrusted",
    "/usr/local/etc/ssl/untrusted",
)
# Mozilla's own list as Fedora and SUSE ship it; some of its objects say "x-distrusted: true".
OBJECTS = (
    "/usr/share/pki/ca-trust-source/ca-bundle.trust.p11-kit",
    "/usr/share/pki/trust/ca-bundle.trust.p11-kit",
)


def inputs() -> list[str]:
    """Return the files and folders that decide what is distrusted here."""
    from spip.stores import platform

    own = getattr(platform, "distrusted", None)
    return [] if own is not None else [DESELECTED, *BLOCKED, *OBJECTS]


def distrusted() -> frozenset[bytes]:
    """Return each, as DER or as a digest of it. What can't be read costs only itself."""
    from spip.stores import platform

    own = getattr(platform, "distrusted", None)
    if own is not None:
        return frozenset(own())
    return frozenset(_of_files())


def is_distrusted(der: bytes, known: frozenset[bytes]) -> bool:
    """Tell whether a certificate is in `known`, by itself or by one of its digests.

    `known` is what `distrusted` said, which takes two processes on macOS: asked once a run.
    """
    import hashlib

    digests = (hashlib.sha256(der), hashlib.sha1(der, usedforsecurity=False))
    return der in known or any(each.digest() in known for each in digests)


def _of_files() -> Iterator[bytes]:
    for name in _deselected():
        yield from _certificates(os.path.join(OFFERED, name))
    for path in BLOCKED:
        try:
            names = folder_scan.files(path)
        except (OSError, SourceRejected):
            continue
        for name in names:
            yield from _certificates(os.path.join(path, name))
    for path in OBJECTS:
        for part in _read(path).split(b"[p11-kit-object-v1]"):
            if b"\nx-distrusted: true" in part:
                yield from _in(part)


def _deselected() -> Iterator[str]:
    for line in _read(DESELECTED).decode("utf-8", "surrogateescape").splitlines():
        if line.startswith("!"):
            yield line[1:].strip()


def _certificates(path: str) -> Iterator[bytes]:
    return _in(_read(path))


def _in(data: bytes) -> Iterator[bytes]:
    from spip.certificates import formats

    return (block.der for block in formats.read(data).blocks)


def _read(path: str) -> bytes:
    from spip.ownership import checked_file

    try:
        return checked_file.content(path, None)
    except SourceRejected:
        return b""
