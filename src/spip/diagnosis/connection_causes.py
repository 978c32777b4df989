"""Find why no connection comes about: name, network, TLS handshake, client certificate, answer."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from spip.bridge import verify_codes
from spip.diagnosis import tls_reasons
from spip.diagnosis.findings import (
    NOTE,
    PROBLEM,
    SPIP,
    default_index_variant,
    host_finding,
    make_finding,
)
from spip.diagnosis.proxy_causes import is_no_proxy, set_variable_command
from spip.text import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from spip.diagnosis.evidence import Evidence
    from spip.diagnosis.findings import Finding
    from spip.probe.results import Answer, Failure

# How a connection ends that says nothing more.
_CUTS = {"closed": "it was closed", "reset": "it was reset"}
_OLD = {"SSLv3", "TLSv1", "TLSv1.1"}


def handshake_findings(evidence: Evidence, failed: Failure) -> Iterator[Finding]:
    """Yield why both sides speak TLS and don't come to terms; nothing for a reason without a cause.

    The reason that OpenSSL gives decides; what a second look saw only chooses the words.
    """
    if evidence.observed.client_certificate_wanted:
        return
    cause, words = tls_reasons.find_cause(failed.text)
    if failed.text.startswith(("[ASN1", "[X509")) or evidence.unreadable:
        yield host_finding(
            "unreadable-certificate", evidence, text=evidence.unreadable or failed.text
        )
    elif cause in _BY_CAUSE:
        yield _BY_CAUSE[cause](evidence, failed, words)


def _no_shared_tls(evidence: Evidence, _: Failure, words: str) -> Finding:
    offered = evidence.observed.offered
    if offered and offered.version in _OLD:
        version = offered.version.replace("TLSv", "TLS ")
        return host_finding("no-shared-tls", evidence, "old", offered=version)
    return host_finding("no-shared-tls", evidence, words or "cipher")


def _server_alert(evidence: Evidence, failed: Failure, words: str) -> Finding:
    alert = tls_reasons.alert_name(failed.text) or tls_reasons.openssl_reason(failed.text)
    return host_finding("server-alert", evidence, words, alert=alert)


def _handshake_client_certificate(evidence: Evidence, failed: Failure, _: str) -> Finding:
    """What a server says of a certificate is about ours, if we show one."""
    if evidence.client_certificate:
        return host_finding(
            "client-certificate", evidence, "refused", path=evidence.client_certificate
        )
    if tls_reasons.alert_name(failed.text) == "certificate required":
        return host_finding("client-certificate", evidence)
    return _server_alert(evidence, failed, "")


def _too_long(evidence: Evidence, _: Failure, __: str) -> Finding:
    return host_finding("chain-too-long", evidence, text="over 100 kB")


def _damaged(evidence: Evidence, failed: Failure, _: str) -> Finding:
    text = tls_reasons.openssl_reason(failed.text)
    cause = "cut-in-answer" if failed.step == "page" else "damaged-tls"
    return host_finding(cause, evidence, text=text)


def cut_finding(evidence: Evidence, failed: Failure) -> Finding:
    """Return the finding for a connection that was cut off."""
    text = _CUTS.get(failed.kind, failed.text)
    if failed.step == "page":
        return host_finding("cut-in-answer", evidence, text=text)
    return host_finding("handshake-cut", evidence, default_index_variant(evidence), text=text)


def not_tls_finding(evidence: Evidence, _: Failure) -> Finding:
    """Return the finding for a host whose first bytes are no TLS."""
    first = evidence.observed.first_bytes
    if first.startswith(b"HTTP/"):
        return host_finding("plain-http", evidence)
    return host_finding(
        "not-tls", evidence, bytes=printable(first.decode("latin-1").strip(), 40) or "nothing"
    )


def not_http_finding(evidence: Evidence, _: Failure) -> Finding:
    """Return the finding for a host that speaks something else inside of TLS."""
    first = evidence.observed.first_bytes.decode("latin-1").strip()
    return host_finding("not-http", evidence, bytes=printable(first, 40) or "nothing")


def too_much_finding(evidence: Evidence, failed: Failure) -> Finding:
    """Return the finding for a host that sends without end."""
    if failed.step == "handshake":
        return host_finding("chain-too-long", evidence, text=failed.text)
    return host_finding("cut-in-answer", evidence, text=failed.text)


_BY_CAUSE: dict[str, Callable[[Evidence, Failure, str], Finding]] = {
    "no-shared-tls": _no_shared_tls,
    "server-alert": _server_alert,
    "client-certificate": _handshake_client_certificate,
    "handshake-cut": lambda evidence, failed, _: cut_finding(evidence, failed),
    "plain-http": lambda evidence, _, __: host_finding("plain-http", evidence),
    "chain-too-long": _too_long,
    "unreadable-certificate": lambda evidence, failed, _: host_finding(
        "unreadable-certificate", evidence, text=tls_reasons.openssl_reason(failed.text)
    ),
    "damaged-tls": _damaged,
}


_STEPS = {
    "dns": "while its name was looked up",
    "connect": "while connecting",
    "handshake": "in the TLS handshake",
    "page": "while the page was read",
}
_ENTERPRISE_LOGIN = 511  # "Network Authentication Required", RFC 6585, section 6


def connection_findings(evidence: Evidence) -> Iterator[Finding]:
    """Yield what is wrong between this machine and the host."""
    failed = evidence.observed.failure
    yield from _portal(evidence)
    yield from _client_certificate(evidence)
    if failed is None:
        yield from _answer(evidence)
    elif is_no_proxy(evidence):
        return
    elif failed.step in _STEPS and failed.kind in _BY_KIND:
        if not evidence.observed.client_certificate_wanted or failed.step != "page":
            yield _BY_KIND[failed.kind](evidence, failed)
    elif failed.step in {"handshake", "page"} and failed.kind == "tls":
        yield from handshake_findings(evidence, failed)


def unexplained_finding(evidence: Evidence) -> Finding:
    """Return the finding for a failure that nothing else explains."""
    failed = evidence.observed.failure
    text = failed.text if failed else "nothing was seen"
    known = failed and (tls_reasons.why_no_cause(failed.text) or verify_codes.why_none(failed.code))
    lines = (f"what is known of that error: {known}",) if known else ()
    return replace(host_finding("unexplained", evidence, text=text), evidence=lines)


def _portal(evidence: Evidence) -> Iterator[Finding]:
    """A page that asks for a login, where pip's own index would have sent the browser to https."""
    plain = evidence.observed.portal
    if plain is None:
        return
    named = _host_in(plain.location)
    elsewhere = plain.status in range(300, 400) and named != evidence.observed.place.host
    instead = plain.status == 200 and plain.content_type == "text/html"
    if plain.status == _ENTERPRISE_LOGIN or (evidence.is_default and (elsewhere or instead)):
        variant = "" if named else "unnamed"
        yield make_finding("captive-portal", variant=variant, about=evidence.host, location=named)


def _host_in(location: str) -> str:
    try:
        return urlsplit(location).hostname or ""
    except ValueError:  # whoever answers may send anything
        return ""


def _client_certificate(evidence: Evidence) -> Iterator[Finding]:
    seen = evidence.observed
    if evidence.asks_pass_phrase:
        facts = {"path": evidence.client_certificate}
        yield replace(host_finding("client-certificate", evidence, "asks", **facts), severity=NOTE)
    elif evidence.client_certificate_problem and seen.place.scheme == "https":
        facts = {
            "path": evidence.client_certificate,
            "text": evidence.client_certificate_problem,
            "set_client": set_client_command(evidence.client_certificate_by, evidence.platform),
        }
        yield host_finding("client-certificate", evidence, "unreadable", **facts)
    elif seen.client_certificate_wanted and seen.failure and seen.failure.kind != "certificate":
        variant = "refused" if evidence.client_certificate else ""
        yield host_finding(
            "client-certificate", evidence, variant, path=evidence.client_certificate
        )


def set_client_command(variable: str, platform: str) -> str:
    """Return the command that names another client certificate; a variable beats pip's files."""
    if variable:
        return set_variable_command(platform, variable, "FILE")
    return f"{SPIP} config set global.client-cert FILE"


def _answer(evidence: Evidence) -> Iterator[Finding]:
    answer = evidence.observed.answer
    if answer and evidence.page:
        facts = {"status": _status(answer), "severity": PROBLEM}
        yield host_finding("index-answer", evidence, evidence.page, **facts)
    elif answer and evidence.is_no_index:
        yield host_finding("index-answer", evidence, next_variant="address", status=_status(answer))
    elif answer and answer.status >= 400 and answer.status not in {404, 405}:
        yield host_finding("index-answer", evidence, status=_status(answer))


def _status(answer: Answer) -> str:
    return f"{answer.status} {answer.reason}".strip()


def _timeout(evidence: Evidence, failed: Failure) -> Finding:
    if failed.step == "handshake" and not evidence.observed.first_bytes:
        return host_finding(
            "handshake-cut", evidence, "silence", next_variant=default_index_variant(evidence)
        )
    return host_finding(
        "timeout",
        evidence,
        default_index_variant(evidence),
        seconds=round(evidence.observed.seconds),
        step=_STEPS[failed.step],
    )


def _unknown_name(evidence: Evidence, failed: Failure) -> Finding:
    set_proxy = set_variable_command(evidence.platform, "HTTPS_PROXY", "http://HOST:PORT")
    return host_finding(
        "dns", evidence, default_index_variant(evidence), text=failed.text, set_proxy=set_proxy
    )


def _refused(evidence: Evidence, _: Failure) -> Finding:
    return host_finding("refused", evidence, default_index_variant(evidence))


def _unreachable(evidence: Evidence, failed: Failure) -> Finding:
    return host_finding("unreachable", evidence, default_index_variant(evidence), text=failed.text)


def _forbidden(evidence: Evidence, failed: Failure) -> Finding:
    return host_finding("unreachable", evidence, "forbidden", text=failed.text)


def passed_over_finding(host: str, setting: str, *, over_https: bool) -> Finding:
    """Return the finding for an http index that pip doesn't ask."""
    return make_finding(
        "index-passed-over",
        next_variant="https" if over_https else "",
        about=host,
        host=host,
        setting=setting or "the setting that names it",
    )


def _passed_over(evidence: Evidence, _: Failure) -> Finding:
    return passed_over_finding(
        evidence.host, evidence.index_setting, over_https=evidence.over_https
    )


_BY_KIND = {
    "passed-over": _passed_over,
    "unknown-name": _unknown_name,
    "timeout": _timeout,
    "refused": _refused,
    "unreachable": _unreachable,
    "forbidden": _forbidden,
    "reset": cut_finding,
    "closed": cut_finding,
    "not-tls": not_tls_finding,
    "not-http": not_http_finding,
    "too-much": too_much_finding,
}
