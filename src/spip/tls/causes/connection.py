"""Causes that keep a connection from coming about, or from speaking TLS."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from spip.tls import codes, reasons
from spip.tls.causes import handshake, proxy
from spip.tls.causes.proxy import set_variable
from spip.tls.causes.saying import default, say
from spip.tls.words import NOTE, PROBLEM, SPIP, finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from spip.probe.results import Answer, Failure
    from spip.tls.evidence import Evidence
    from spip.tls.words import Finding

_STEPS = {
    "dns": "while its name was looked up",
    "connect": "while connecting",
    "handshake": "in the TLS handshake",
    "page": "while the page was read",
}
_ENTERPRISE_LOGIN = 511  # "Network Authentication Required", RFC 6585, section 6


def findings(evidence: Evidence) -> Iterator[Finding]:
    """Yield what is wrong between this machine and the host."""
    failed = evidence.observed.failure
    yield from _portal(evidence)
    yield from _client_certificate(evidence)
    if failed is None:
        yield from _answer(evidence)
    elif proxy.is_none(evidence):
        return
    elif failed.step in _STEPS and failed.kind in _BY_KIND:
        if not evidence.observed.client_certificate_wanted or failed.step != "page":
            yield _BY_KIND[failed.kind](evidence, failed)
    elif failed.step in {"handshake", "page"} and failed.kind == "tls":
        yield from handshake.findings(evidence, failed)


def unexplained(evidence: Evidence) -> Finding:
    """Return the finding for a failure that nothing else explains."""
    failed = evidence.observed.failure
    text = failed.text if failed else "nothing was seen"
    known = failed and (reasons.why_none(failed.text) or codes.why_none(failed.code))
    lines = (f"what is known of that error: {known}",) if known else ()
    return replace(say("unexplained", evidence, text=text), evidence=lines)


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
        yield finding("captive-portal", variant=variant, about=evidence.host, location=named)


def _host_in(location: str) -> str:
    try:
        return urlsplit(location).hostname or ""
    except ValueError:  # whoever answers may send anything
        return ""


def _client_certificate(evidence: Evidence) -> Iterator[Finding]:
    seen = evidence.observed
    if evidence.asks_pass_phrase:
        facts = {"path": evidence.client_certificate}
        yield replace(say("client-certificate", evidence, "asks", **facts), weight=NOTE)
    elif evidence.client_certificate_problem and seen.place.scheme == "https":
        facts = {
            "path": evidence.client_certificate,
            "text": evidence.client_certificate_problem,
            "set_client": set_client(evidence.client_certificate_by, evidence.platform),
        }
        yield say("client-certificate", evidence, "unreadable", **facts)
    elif seen.client_certificate_wanted and seen.failure and seen.failure.kind != "certificate":
        variant = "refused" if evidence.client_certificate else ""
        yield say("client-certificate", evidence, variant, path=evidence.client_certificate)


def set_client(variable: str, platform: str) -> str:
    """Return the command that names another client certificate; a variable beats pip's files."""
    if variable:
        return set_variable(platform, variable, "FILE")
    return f"{SPIP} config set global.client-cert FILE"


def _answer(evidence: Evidence) -> Iterator[Finding]:
    answer = evidence.observed.answer
    if answer and evidence.page:
        facts = {"status": _status(answer), "weight": PROBLEM}
        yield say("index-answer", evidence, evidence.page, **facts)
    elif answer and evidence.is_no_index:
        yield say("index-answer", evidence, next_variant="address", status=_status(answer))
    elif answer and answer.status >= 400 and answer.status not in {404, 405}:
        yield say("index-answer", evidence, status=_status(answer))


def _status(answer: Answer) -> str:
    return f"{answer.status} {answer.reason}".strip()


def _timeout(evidence: Evidence, failed: Failure) -> Finding:
    if failed.step == "handshake" and not evidence.observed.first_bytes:
        return say("handshake-cut", evidence, "silence", next_variant=default(evidence))
    return say(
        "timeout",
        evidence,
        default(evidence),
        seconds=round(evidence.observed.seconds),
        step=_STEPS[failed.step],
    )


def _unknown_name(evidence: Evidence, failed: Failure) -> Finding:
    set_proxy = set_variable(evidence.platform, "HTTPS_PROXY", "http://HOST:PORT")
    return say("dns", evidence, default(evidence), text=failed.text, set_proxy=set_proxy)


def _refused(evidence: Evidence, _: Failure) -> Finding:
    return say("refused", evidence, default(evidence))


def _unreachable(evidence: Evidence, failed: Failure) -> Finding:
    return say("unreachable", evidence, default(evidence), text=failed.text)


def _forbidden(evidence: Evidence, failed: Failure) -> Finding:
    return say("unreachable", evidence, "forbidden", text=failed.text)


_BY_KIND = {
    "unknown-name": _unknown_name,
    "timeout": _timeout,
    "refused": _refused,
    "unreachable": _unreachable,
    "forbidden": _forbidden,
    "reset": handshake.cut,
    "closed": handshake.cut,
    "not-tls": handshake.not_tls,
    "not-http": handshake.not_http,
    "too-much": handshake.too_much,
}
