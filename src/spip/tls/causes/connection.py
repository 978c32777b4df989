"""Causes that keep a connection from coming about, or from speaking TLS."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from spip.tls.causes.proxy import set_variable
from spip.tls.printable import printable
from spip.tls.words import finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from spip.tls.evidence import Evidence
    from spip.tls.observed import Answer, Failure
    from spip.tls.words import Finding

_STEPS = {
    "dns": "while its name was looked up",
    "connect": "while connecting",
    "handshake": "in the TLS handshake",
    "page": "while the page was read",
}
# OpenSSL's names for "the two sides have no version, cipher or curve in common".
_NOTHING_SHARED = (
    "UNSUPPORTED_PROTOCOL", "PROTOCOL_VERSION", "HANDSHAKE_FAILURE", "NO_SHARED", "NO_CIPHERS",
    "INSUFFICIENT_SECURITY", "UNSAFE_LEGACY_RENEGOTIATION", "DH_KEY_TOO_SMALL", "BAD_ECPOINT",
    "WRONG_SIGNATURE_TYPE", "NO_PROTOCOLS", "WRONG_SSL_VERSION", "VERSION_TOO_LOW",
)  # fmt: skip
_OLD = {"SSLv3", "TLSv1", "TLSv1.1"}
_ENTERPRISE_LOGIN = 511  # "Network Authentication Required", RFC 6585, section 6


def findings(evidence: Evidence) -> Iterator[Finding]:
    """Yield what is wrong between this machine and the host."""
    failed = evidence.observed.failure
    yield from _portal(evidence)
    yield from _client_certificate(evidence)
    if failed is None:
        yield from _answer(evidence)
    elif failed.step in _STEPS and failed.kind in _BY_KIND:
        if not evidence.observed.client_certificate_wanted or failed.step != "page":
            yield _BY_KIND[failed.kind](evidence, failed)
    elif failed.step == "handshake" and failed.kind == "tls":
        yield from _tls(evidence, failed)


def unexplained(evidence: Evidence) -> Finding:
    """Return the finding for a failure that nothing else explains."""
    failed = evidence.observed.failure
    return _say("unexplained", evidence, text=failed.text if failed else "nothing was seen")


def _portal(evidence: Evidence) -> Iterator[Finding]:
    """A page that asks for a login, where pip's own index would have sent the browser to https."""
    plain = evidence.observed.portal
    if plain is None:
        return
    named = urlsplit(plain.location).hostname or ""
    elsewhere = plain.status in range(300, 400) and named != evidence.observed.place.host
    instead = plain.status == 200 and plain.content_type == "text/html"
    if plain.status == _ENTERPRISE_LOGIN or (evidence.is_default and (elsewhere or instead)):
        variant = "" if named else "unnamed"
        yield finding("captive-portal", variant=variant, about=evidence.host, location=named)


def _client_certificate(evidence: Evidence) -> Iterator[Finding]:
    seen = evidence.observed
    if evidence.client_certificate_problem:
        facts = {"path": evidence.client_certificate, "text": evidence.client_certificate_problem}
        yield _say("client-certificate", evidence, "unreadable", **facts)
    elif seen.client_certificate_wanted and seen.failure and seen.failure.kind != "certificate":
        variant = "refused" if evidence.client_certificate else ""
        yield _say("client-certificate", evidence, variant, path=evidence.client_certificate)


def _answer(evidence: Evidence) -> Iterator[Finding]:
    answer = evidence.observed.answer
    if answer and answer.status >= 400 and answer.status not in {404, 405}:
        yield _say("index-answer", evidence, status=_status(answer))


def _status(answer: Answer) -> str:
    return f"{answer.status} {answer.reason}".strip()


def _tls(evidence: Evidence, failed: Failure) -> Iterator[Finding]:
    seen = evidence.observed
    if seen.client_certificate_wanted:
        return
    if "EXCESSIVE_MESSAGE_SIZE" in failed.reason:
        yield _say("chain-too-long", evidence, text="over 100 kB")
    elif failed.text.startswith(("[ASN1", "[X509")) or evidence.unreadable:
        yield _say("unreadable-certificate", evidence, text=evidence.unreadable or failed.text)
    elif any(name in failed.reason for name in _NOTHING_SHARED):
        old = bool(seen.offered and seen.offered.version in _OLD)
        offered = seen.offered.version.replace("TLSv", "TLS ") if seen.offered else ""
        yield _say("no-shared-tls", evidence, "old" if old else "cipher", offered=offered)
    else:
        yield _cut(evidence, failed)


def _cut(evidence: Evidence, failed: Failure) -> Finding:
    if failed.step == "page":
        return _say("cut-in-answer", evidence, text=failed.text)
    return _say("handshake-cut", evidence, _default(evidence), text=failed.text)


def _timeout(evidence: Evidence, failed: Failure) -> Finding:
    if failed.step == "handshake" and not evidence.observed.first_bytes:
        return _say("handshake-cut", evidence, "silence", next_variant=_default(evidence))
    return _say(
        "timeout",
        evidence,
        _default(evidence),
        seconds=round(evidence.observed.seconds),
        step=_STEPS[failed.step],
    )


def _not_tls(evidence: Evidence, _: Failure) -> Finding:
    first = evidence.observed.first_bytes
    if first.startswith(b"HTTP/"):
        return _say("plain-http", evidence)
    return _say("not-tls", evidence, bytes=printable(first.decode("latin-1"), 40) or "nothing")


def _not_http(evidence: Evidence, _: Failure) -> Finding:
    first = evidence.observed.first_bytes.decode("latin-1")
    return _say("not-http", evidence, bytes=printable(first, 40) or "nothing")


def _unknown_name(evidence: Evidence, failed: Failure) -> Finding:
    set_proxy = set_variable(evidence.platform, "HTTPS_PROXY", "http://HOST:PORT")
    return _say("dns", evidence, _default(evidence), text=failed.text, set_proxy=set_proxy)


def _refused(evidence: Evidence, _: Failure) -> Finding:
    return _say("refused", evidence, _default(evidence))


def _unreachable(evidence: Evidence, failed: Failure) -> Finding:
    return _say("unreachable", evidence, _default(evidence), text=failed.text)


def _too_much(evidence: Evidence, failed: Failure) -> Finding:
    if failed.step == "handshake":
        return _say("chain-too-long", evidence, text=failed.text)
    return _say("cut-in-answer", evidence, text=failed.text)


_BY_KIND = {
    "unknown-name": _unknown_name,
    "timeout": _timeout,
    "refused": _refused,
    "unreachable": _unreachable,
    "reset": _cut,
    "closed": _cut,
    "not-tls": _not_tls,
    "not-http": _not_http,
    "too-much": _too_much,
}


def _default(evidence: Evidence) -> str:
    return "default" if evidence.only_default else ""


def _say(cause: str, evidence: Evidence, variant: str = "", **facts: Any) -> Finding:
    return finding(cause, variant=variant, about=evidence.host, **names(evidence), **facts)


def names(evidence: Evidence) -> dict[str, str]:
    """Return the facts that name a host: `host` as usual, `place` with its port in words."""
    place = evidence.observed.place
    return {"host": place.shown, "place": f"{place.host} port {place.port}"}
