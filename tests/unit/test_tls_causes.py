"""Causes that can't be made here, from recorded evidence: other systems, other times, rarities."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from spip.bridge import verify_codes
from spip.diagnosis.causes import diagnose
from spip.diagnosis.evidence import Candidate, Clock, Evidence, SourceState
from spip.diagnosis.findings import Finding
from spip.diagnosis.time_causes import format_span
from spip.diagnosis.trust_causes import find_interceptor
from spip.probe.endpoint import parse_endpoint
from spip.probe.results import Answer, Failure, ProbeResult, TlsParams
from support.authority import Authority
from support.certificates import EXPIRED, Flaw

NOW = datetime.now(timezone.utc)
HOST = parse_endpoint("https://index.corp.example/")


def evidence(observed: ProbeResult, **more: Any) -> Evidence:
    return Evidence(observed, **({"clock": Clock(NOW)} | more))


def refused(code: int, text: str = "no", *, root: Authority | None = None) -> ProbeResult:
    """Return what is seen where a verifier refuses a sound chain with that code."""
    leaf = (root or Authority()).issue()
    return ProbeResult(
        HOST,
        failure=Failure("handshake", "certificate", text, code),
        presented=(leaf.der,),
        offered=TlsParams("TLSv1.3", "TLS_AES_256_GCM_SHA384"),
    )


def causes(found: tuple[Finding, ...]) -> list[str]:
    return [each.cause for each in found]


@pytest.mark.parametrize(
    ("code", "text", "cause"),
    [
        # truststore hands on what Security.framework says
        (-67843, "\u201clocalhost\u201d certificate is not trusted", "unknown-authority"),
        (-67820, "\u201clocalhost\u201d certificate is revoked", "revoked"),
        (-67654, "denied by a trust setting", "distrusted"),
        (-67901, "the validity period is too long", "apple-rules"),
        (-67609, "\u201clocalhost\u201d certificate is not standards compliant", "apple-rules"),
        (-1, "\u201clocalhost\u201d certificate is not standards compliant", "apple-rules"),
        # and what CryptoAPI says, as an unsigned number
        (0x800B0109, "terminated in a root which is not trusted", "unknown-authority"),
        (0x800B010C, "A certificate was explicitly revoked by its issuer.", "revoked"),
        (0x80092010, "The certificate is revoked.", "revoked"),
        (0x80092012, "The revocation function was unable to check revocation for the certificate.",
         "revocation-unknown"),
        (0x80092013, "The revocation server was offline.", "revocation-unknown"),
        (0x800B0111, "The certificate was explicitly marked as untrusted by the user.",
         "distrusted"),
        (23, "certificate revoked", "revoked"),
        (27, "certificate not trusted", "distrusted"),
        (28, "certificate rejected", "distrusted"),
        (66, "EE certificate key too weak", "weak-certificate"),
        (26, "unsuitable certificate purpose", "unfit-certificate"),
    ],
)  # fmt: skip
def test_a_verifiers_code_is_understood(code: int, text: str, cause: str) -> None:
    found = diagnose(evidence(refused(code, text)))
    assert causes(found) == [cause]
    assert found[0].sentence


@pytest.mark.parametrize("code", [7, 20, 0x80096004, -67843])
def test_a_root_of_the_issuers_name_with_another_key_is_named(code: int) -> None:
    """A company that renewed its authority; it ended in "unexplained"."""
    old, new = Authority(), Authority()
    of_ours = SourceState("added", "spip trust add", "/roots", frozenset([old.der]))
    seen = refused(code, root=new)
    for observed in (seen, replace(seen, presented=(*seen.presented, new.der))):
        (found,) = diagnose(evidence(observed, sources=(of_ours,)))
        assert (found.cause, found.owner) == ("another-key", "IT")
        assert "(spip trust add)" in found.sentence
    assert verify_codes.meaning(7) != verify_codes.UNTRUSTED  # a grant never opens for it


def test_certificates_that_do_not_belong_together_are_the_servers_affair() -> None:
    other = Authority()
    seen = refused(7)
    (found,) = diagnose(evidence(replace(seen, presented=(*seen.presented, other.der))))
    assert (found.cause, found.owner) == ("another-key", "host")


def test_windows_codes_may_have_a_sign() -> None:
    assert verify_codes.meaning(0x800B0109 - (1 << 32)) == verify_codes.UNTRUSTED
    assert verify_codes.meaning(-67843) == verify_codes.UNTRUSTED


def test_macos_reports_the_wrong_name_and_the_names_are_looked_up() -> None:
    seen = replace(refused(-67602), presented=(Authority().issue("other.corp.example").der,))
    assert causes(diagnose(evidence(seen))) == ["wrong-host-name"]


def test_a_clock_that_something_installed_contradicts() -> None:
    """Without any word from the server: this machine holds what was made in its future."""
    late = Clock(NOW - timedelta(days=700), NOW - timedelta(days=20), "certifi 2026.10.18")
    found = diagnose(evidence(refused(9, "certificate is not yet valid"), clock=late))
    assert causes(found) == ["wrong-clock"]
    assert "22 months behind (certifi 2026.10.18 was made on" in found[0].sentence
    assert found[0].evidence


@pytest.mark.parametrize(
    ("platform", "command"),
    [("linux", "timedatectl"), ("macos", "systemsetup"), ("windows", "w32tm"), ("wsl", "hwclock")],
)
def test_the_clock_is_set_by_the_command_of_the_platform(platform: str, command: str) -> None:
    seen = replace(refused(9), server_time=NOW)
    clock = Clock(NOW - timedelta(days=200))
    found = diagnose(evidence(seen, clock=clock, platform=platform))
    assert command in found[0].next


def test_a_server_whose_own_clock_is_wrong_does_not_hide_an_expired_certificate() -> None:
    """It was expired on that day as well."""
    leaf = Authority().issue(validity=EXPIRED)
    seen = replace(refused(10), presented=(leaf.der,), server_time=NOW + timedelta(days=300))
    assert causes(diagnose(evidence(seen))) == ["expired"]


@pytest.mark.parametrize(
    ("days", "words"),
    [(0.5, "less than a day"), (1, "1 day"), (40, "40 days"), (70, "2 months"), (800, "2 years")],
)
def test_spans_are_said_as_a_person_says_them(days: float, words: str) -> None:
    assert format_span(timedelta(days=days)) == words
    assert format_span(timedelta(days=-days)) == words


def test_windows_trusts_a_root_that_wsl_lacks() -> None:
    root = Authority()
    windows = Candidate("windows", "Windows", der=root.der)
    found = diagnose(evidence(refused(20, root=root), candidate=windows, platform="wsl"))
    assert causes(found) == ["root-in-unused-place"]
    assert found[0].next_for("spip") == "spip trust add --from-windows"


def test_a_root_that_this_system_distrusts_is_not_asked_for() -> None:
    root = Authority()
    here = frozenset({root.der})
    certifi = SourceState("certifi", "certifi", "cacert.pem", frozenset(), "", here, here)
    found = diagnose(evidence(refused(20, root=root), sources=(certifi,)))
    assert causes(found) == ["distrusted"]


def test_a_root_in_certifi_is_never_called_an_interceptors() -> None:
    root = Authority()
    certifi = SourceState("certifi", "certifi", "cacert.pem", frozenset({root.der}))
    found = diagnose(evidence(refused(10, root=root), sources=(certifi,), is_default=True))
    assert "untrusted-interceptor" not in causes(found)


@pytest.mark.parametrize("of", ["certifi", "nobody", "another"])
def test_an_interceptor_is_proven_by_certifis_roots_where_a_policy_makes_it_no_source(
    of: str,
) -> None:
    """Without a certifi among the sources every genuine chain was called signed anew."""
    root, other = Authority(), Authority("Another Root CA")
    seen = {"certifi": [root], "nobody": [], "another": [other]}[of]
    unused = frozenset(each.der for each in seen)
    leaf = root.issue()
    works = ProbeResult(HOST, presented=(leaf.der,), verified=(leaf.der, root.der))
    store = SourceState("os", "OS store", None, frozenset({root.der}))
    found = evidence(works, sources=(store,), is_default=True, unused_certifi=unused)
    assert (find_interceptor(found) is not None) == (of == "another")


@pytest.mark.parametrize(
    ("answer", "cause"),
    [
        (Answer(302, "Found", location="http://login.hotel.example/"), "captive-portal"),
        (Answer(302, "Found", location="http://["), "captive-portal"),
        (Answer(511, "Network Authentication Required"), "captive-portal"),
        (Answer(200, "OK", content_type="text/html"), "captive-portal"),
        (Answer(301, "Moved", location="https://index.corp.example/"), "refused"),
        (Answer(404, "Not Found"), "refused"),
    ],
)
def test_a_login_page_of_the_network(answer: Answer, cause: str) -> None:
    failed = Failure("connect", "refused", "Connection refused")
    seen = ProbeResult(HOST, failure=failed, portal=answer)
    assert causes(diagnose(evidence(seen, is_default=True))) == [cause]


def test_a_private_index_may_answer_plain_http_as_it_likes() -> None:
    failed = Failure("connect", "refused", "Connection refused")
    portal = Answer(302, "Found", location="http://login.corp.example/")
    assert causes(diagnose(evidence(ProbeResult(HOST, failure=failed, portal=portal)))) == [
        "refused"
    ]


def test_a_certificate_that_cannot_be_read() -> None:
    seen = replace(refused(20), presented=(b"0\x03\x02\x01\x00",))
    assert "unreadable-certificate" in causes(diagnose(evidence(seen)))
    odd = Failure("handshake", "tls", "[ASN1: NOT_ENOUGH_DATA] not enough data", reason="X")
    seen = ProbeResult(HOST, failure=odd)
    assert causes(diagnose(evidence(seen))) == ["unreadable-certificate"]


def test_strict_rules_refuse_and_say_which_extension() -> None:
    """As pip with legacy-certs on Python 3.13: the verifier's code is one of the strict ones."""
    root = Authority(flaws=[Flaw.NO_SUBJECT_KEY_IDENTIFIER])
    source = SourceState("os", "OS store", None, frozenset({root.der}))
    found = diagnose(evidence(refused(86, root=root), sources=(source,)))
    assert causes(found) == ["strict-rules"]
    assert found[0].severity == "problem"
    assert "it has no subjectKeyIdentifier" in found[0].sentence


def test_defects_behind_an_untrusted_root_are_found_too() -> None:
    leaf = Authority().issue("other.corp.example", validity=EXPIRED)
    seen = replace(refused(20), presented=(leaf.der,))
    assert causes(diagnose(evidence(seen))) == ["unknown-authority", "expired", "wrong-host-name"]


def test_a_refused_login_names_the_setting_and_never_the_login() -> None:
    from spip.probe.proxy_url import read_proxy

    proxy = read_proxy("http://ann:secret@proxy.corp.example:8080", "HTTPS_PROXY")
    answer = Answer(407, "Proxy Authentication Required", ("Basic", "NTLM"))
    failed = Failure("tunnel", "status", "407 Proxy Authentication Required", 407)
    seen = ProbeResult(HOST, proxy, failed, proxy_answer=answer)
    (found,) = diagnose(evidence(seen))
    assert "HTTPS_PROXY" in found.sentence
    assert "secret" not in str(found)
