"""Causes that end a connection once it is made: in the handshake, or in what comes after it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spip.printable import printable
from spip.tls.causes.saying import default, say

if TYPE_CHECKING:
    from collections.abc import Iterator

    from spip.tls.evidence import Evidence
    from spip.tls.observed import Failure
    from spip.tls.words import Finding

# OpenSSL's names for "the two sides have no version, cipher or curve in common".
_NOTHING_SHARED = (
    "UNSUPPORTED_PROTOCOL", "PROTOCOL_VERSION", "HANDSHAKE_FAILURE", "NO_SHARED", "NO_CIPHERS",
    "INSUFFICIENT_SECURITY", "UNSAFE_LEGACY_RENEGOTIATION", "DH_KEY_TOO_SMALL", "BAD_ECPOINT",
    "WRONG_SIGNATURE_TYPE", "NO_PROTOCOLS", "WRONG_SSL_VERSION", "VERSION_TOO_LOW",
)  # fmt: skip
# How a connection ends that says nothing more.
_CUTS = {"closed": "it was closed", "reset": "it was reset"}
_OLD = {"SSLv3", "TLSv1", "TLSv1.1"}


def findings(evidence: Evidence, failed: Failure) -> Iterator[Finding]:
    """Yield why both sides speak TLS and don't come to terms."""
    seen = evidence.observed
    if seen.client_certificate_wanted:
        return
    if "EXCESSIVE_MESSAGE_SIZE" in failed.reason:
        yield say("chain-too-long", evidence, text="over 100 kB")
    elif failed.text.startswith(("[ASN1", "[X509")) or evidence.unreadable:
        yield say("unreadable-certificate", evidence, text=evidence.unreadable or failed.text)
    elif any(name in failed.reason for name in _NOTHING_SHARED):
        old = bool(seen.offered and seen.offered.version in _OLD)
        offered = seen.offered.version.replace("TLSv", "TLS ") if seen.offered else ""
        yield say("no-shared-tls", evidence, "old" if old else "cipher", offered=offered)
    else:
        yield cut(evidence, failed)


def cut(evidence: Evidence, failed: Failure) -> Finding:
    """Return the finding for a connection that was cut off."""
    text = _CUTS.get(failed.kind, failed.text)
    if failed.step == "page":
        return say("cut-in-answer", evidence, text=text)
    return say("handshake-cut", evidence, default(evidence), text=text)


def not_tls(evidence: Evidence, _: Failure) -> Finding:
    """Return the finding for a host whose first bytes are no TLS."""
    first = evidence.observed.first_bytes
    if first.startswith(b"HTTP/"):
        return say("plain-http", evidence)
    return say(
        "not-tls", evidence, bytes=printable(first.decode("latin-1").strip(), 40) or "nothing"
    )


def not_http(evidence: Evidence, _: Failure) -> Finding:
    """Return the finding for a host that speaks something else inside of TLS."""
    first = evidence.observed.first_bytes.decode("latin-1").strip()
    return say("not-http", evidence, bytes=printable(first, 40) or "nothing")


def too_much(evidence: Evidence, failed: Failure) -> Finding:
    """Return the finding for a host that sends without end."""
    if failed.step == "handshake":
        return say("chain-too-long", evidence, text=failed.text)
    return say("cut-in-answer", evidence, text=failed.text)
