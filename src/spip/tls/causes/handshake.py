"""Causes that end a connection once it is made: in the handshake, or in what comes after it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spip.text import printable
from spip.tls import reasons
from spip.tls.causes.saying import default, say

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from spip.probe.results import Failure
    from spip.tls.evidence import Evidence
    from spip.tls.words import Finding

# How a connection ends that says nothing more.
_CUTS = {"closed": "it was closed", "reset": "it was reset"}
_OLD = {"SSLv3", "TLSv1", "TLSv1.1"}


def findings(evidence: Evidence, failed: Failure) -> Iterator[Finding]:
    """Yield why both sides speak TLS and don't come to terms; nothing for a reason without a cause.

    The reason that OpenSSL gives decides; what a second look saw only chooses the words.
    """
    if evidence.observed.client_certificate_wanted:
        return
    cause, words = reasons.cause(failed.text)
    if failed.text.startswith(("[ASN1", "[X509")) or evidence.unreadable:
        yield say("unreadable-certificate", evidence, text=evidence.unreadable or failed.text)
    elif cause in _BY_CAUSE:
        yield _BY_CAUSE[cause](evidence, failed, words)


def _no_shared_tls(evidence: Evidence, _: Failure, words: str) -> Finding:
    offered = evidence.observed.offered
    if offered and offered.version in _OLD:
        version = offered.version.replace("TLSv", "TLS ")
        return say("no-shared-tls", evidence, "old", offered=version)
    return say("no-shared-tls", evidence, words or "cipher")


def _server_alert(evidence: Evidence, failed: Failure, words: str) -> Finding:
    alert = reasons.alert(failed.text) or reasons.reason(failed.text)
    return say("server-alert", evidence, words, alert=alert)


def _client_certificate(evidence: Evidence, failed: Failure, _: str) -> Finding:
    """What a server says of a certificate is about ours, if we show one."""
    if evidence.client_certificate:
        return say("client-certificate", evidence, "refused", path=evidence.client_certificate)
    if reasons.alert(failed.text) == "certificate required":
        return say("client-certificate", evidence)
    return _server_alert(evidence, failed, "")


def _too_long(evidence: Evidence, _: Failure, __: str) -> Finding:
    return say("chain-too-long", evidence, text="over 100 kB")


def _damaged(evidence: Evidence, failed: Failure, _: str) -> Finding:
    text = reasons.reason(failed.text)
    cause = "cut-in-answer" if failed.step == "page" else "damaged-tls"
    return say(cause, evidence, text=text)


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


_BY_CAUSE: dict[str, Callable[[Evidence, Failure, str], Finding]] = {
    "no-shared-tls": _no_shared_tls,
    "server-alert": _server_alert,
    "client-certificate": _client_certificate,
    "handshake-cut": lambda evidence, failed, _: cut(evidence, failed),
    "plain-http": lambda evidence, _, __: say("plain-http", evidence),
    "chain-too-long": _too_long,
    "unreadable-certificate": lambda evidence, failed, _: say(
        "unreadable-certificate", evidence, text=reasons.reason(failed.text)
    ),
    "damaged-tls": _damaged,
}
