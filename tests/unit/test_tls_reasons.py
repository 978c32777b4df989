"""Each reason and code of OpenSSL's, and each alert, has a cause, or a word on why it has none."""

from __future__ import annotations

import ssl
from dataclasses import replace
from datetime import datetime, timezone
from typing import Any

import pytest

from spip import data
from spip.bridge import verify_codes
from spip.diagnosis import tls_reasons
from spip.diagnosis.causes import diagnose
from spip.diagnosis.evidence import Clock, Evidence
from spip.diagnosis.findings import Finding
from spip.probe.endpoint import parse_endpoint
from spip.probe.results import Failure, ProbeResult, TlsParams
from support.authority import Authority
from support.openssl import Library, libraries, of_this_python

HOST = parse_endpoint("https://index.corp.example/")

# RFC 8446, section 6, with those of RFC 5246, and the registry at IANA: 110 to 121.
ALERTS = {
    0: "", 10: "server-alert", 20: "server-alert", 21: "server-alert", 22: "server-alert",
    30: "server-alert", 40: "no-shared-tls", 41: "client-certificate", 42: "client-certificate",
    43: "client-certificate", 44: "client-certificate", 45: "client-certificate",
    46: "client-certificate", 47: "server-alert", 48: "client-certificate",
    49: "client-certificate", 50: "server-alert", 51: "server-alert", 60: "no-shared-tls",
    70: "no-shared-tls", 71: "no-shared-tls", 80: "server-alert", 86: "no-shared-tls",
    90: "server-alert", 100: "server-alert", 109: "server-alert", 110: "server-alert",
    111: "client-certificate", 112: "server-alert", 113: "server-alert",
    114: "client-certificate", 115: "server-alert", 116: "client-certificate",
    117: "server-alert", 120: "server-alert", 121: "server-alert",
}  # fmt: skip
# Close_notify is an end and no error; no OpenSSL has words for the other two.
WITHOUT_WORDS = {0, 117, 121}


def evidence(observed: ProbeResult, **more: Any) -> Evidence:
    return Evidence(observed, clock=Clock(datetime.now(timezone.utc)), **more)


def causes(found: tuple[Finding, ...]) -> list[str]:
    return [each.cause for each in found]


def refused(code: int, text: str) -> ProbeResult:
    """Return what is seen where a verifier refuses a sound chain with that code."""
    failed = Failure("handshake", "certificate", text, code)
    return ProbeResult(HOST, failure=failed, presented=(Authority().issue().der,))


def broken(text: str, **more: Any) -> Evidence:
    failed = Failure("handshake", "tls", f"[SSL: NAME] {text} (_ssl.c:1006)", reason="NAME")
    return evidence(ProbeResult(HOST, failure=failed), **more)


@pytest.fixture(scope="module")
def openssl() -> tuple[Library, ...]:
    """The library of each Python that is here, and cryptography's own, which is the newest."""
    return libraries()


def test_each_reason_has_a_cause_or_why_it_has_none(openssl: tuple[Library, ...]) -> None:
    for library in openssl:
        assert len(library.reasons) > 250, library.version
        missing = [
            text
            for text in library.reasons.values()
            if not tls_reasons.find_cause(text)[0] and not tls_reasons.why_no_cause(text)
        ]
        assert missing == [], library.version


def test_each_code_of_the_verifier_has_a_meaning_or_why_it_has_none(
    openssl: tuple[Library, ...],
) -> None:
    for library in openssl:
        assert len(library.codes) > 60, library.version
        missing = {
            code: text
            for code, text in library.codes.items()
            if (verify_codes.meaning(code) == verify_codes.OTHER)
            != bool(verify_codes.why_none(code))
        }
        assert missing == {}, library.version


def test_each_alert_of_the_registry_means_what_it_says(openssl: tuple[Library, ...]) -> None:
    for library in openssl:
        for number, text in library.alerts.items():
            assert tls_reasons.find_cause(text)[0] == ALERTS[number], (
                library.version,
                number,
                text,
            )
            assert tls_reasons.alert_name(text)
    heard = {number for each in openssl for number in each.alerts}
    assert set(ALERTS) - WITHOUT_WORDS <= heard


def test_each_cause_in_the_table_is_one_that_a_failure_leads_to() -> None:
    """No reason stands in two places, and none leads into nothing."""
    groups = data.table("tls_reasons")
    for name, words in groups["causes"].items():
        for variant, texts in words.items():
            (found,) = diagnose(broken(texts[0], client_certificate="/client.pem"))
            assert found.cause == name, texts[0]
            assert variant == "reasons" or variant in {found.variant, "cipher"}
    every = [
        text.lower()
        for group in (*groups["causes"].values(), *groups["no-cause"].values())
        for texts in group.values()
        if isinstance(texts, list)
        for text in texts
    ]
    assert sorted(every) == sorted(set(every))


@pytest.mark.parametrize("generation", ["sslv3 alert", "ssl/tls alert", "tls alert"])
def test_an_alert_is_the_same_in_each_generation_of_openssl(generation: str) -> None:
    (found,) = diagnose(broken(f"{generation} handshake failure"))
    assert found.cause == "no-shared-tls"
    (found,) = diagnose(broken(f"{generation} illegal parameter"))
    assert found.sentence.endswith('with the TLS alert "illegal parameter"')


def test_a_name_that_python_is_wrong_about_does_not_count() -> None:
    """Python 3.6 calls a reason of OpenSSL 3 BAD_MAC_LENGTH."""
    said = "[SSL: BAD_MAC_LENGTH] legacy sigalg disallowed or unsupported (_ssl.c:852)"
    failed = Failure("handshake", "tls", said, reason="BAD_MAC_LENGTH")
    seen = ProbeResult(HOST, failure=failed)
    (found,) = diagnose(evidence(seen))
    assert (found.cause, found.variant) == ("no-shared-tls", "signature")
    (found,) = diagnose(evidence(replace(seen, offered=TlsParams("TLSv1", "AES128-SHA"))))
    assert "speaks only TLS 1" in found.sentence  # TLS 1.0 and 1.1 know no other signature


def test_what_a_server_says_of_certificates_is_about_ours_only_if_there_is_one() -> None:
    said = "tlsv1 alert unknown ca"
    assert causes(diagnose(broken(said))) == ["server-alert"]
    (found,) = diagnose(broken(said, client_certificate="/client.pem"))
    assert (found.cause, found.variant) == ("client-certificate", "refused")
    assert causes(diagnose(broken("tlsv13 alert certificate required"))) == ["client-certificate"]


@pytest.mark.parametrize("step", ["handshake", "page"])
def test_an_alert_counts_in_tls_1_3_too_where_it_comes_after_the_handshake(step: str) -> None:
    failed = Failure(step, "tls", "[SSL: X] tlsv1 alert internal error (_ssl.c:2580)")
    assert causes(diagnose(evidence(ProbeResult(HOST, failure=failed)))) == ["server-alert"]


@pytest.mark.parametrize("text", ["bn lib", "private key mismatch", "words of tomorrow"])
def test_what_has_no_cause_is_not_given_the_nearest(text: str) -> None:
    (found,) = diagnose(broken(text))
    assert found.cause == "unexplained"
    assert text in found.sentence
    assert bool(found.evidence) == (text != "words of tomorrow")


@pytest.mark.parametrize(
    ("code", "text", "words"),
    [
        (24, "invalid CA certificate", "signs another one, which it is not made for"),
        (79, "invalid CA certificate", "signs another one, which it is not made for"),
        (25, "path length constraint exceeded", "more authorities in its chain"),
        (26, "unsuitable certificate purpose", "not made for servers"),
        (34, "unhandled critical extension", "has a condition"),
        (47, "permitted subtree violation", "for certain names only"),
        (48, "excluded subtree violation", "for certain names only"),
        (0x800B0110, "not valid for the requested usage", "not made for servers"),
        (0x800B0114, "invalid name", "for certain names only"),
    ],
)
def test_a_certificate_that_is_used_for_what_it_is_not_made_for(
    code: int, text: str, words: str
) -> None:
    (found,) = diagnose(evidence(refused(code, text)))
    assert found.cause == "unfit-certificate"
    assert words in found.sentence
    assert text in found.sentence
    assert found.owner == ("IT" if "names only" in words else "host")


def test_what_has_nothing_to_do_with_the_certificate_is_said_to_be_the_systems() -> None:
    """A sandbox on macOS that keeps a program from trustd; it was "unexplained"."""
    (found,) = diagnose(evidence(refused(-26276, "The operation couldn't be completed.")))
    assert (found.cause, found.owner) == ("verifier-unreachable", "you")
    assert "trustd" in found.sentence
    assert "root" not in found.next


def test_this_python_and_the_list_agree_on_what_it_says_itself() -> None:
    """The walk goes by the library; what Python prints is made of it."""
    library = of_this_python()
    assert library.version == ssl.OPENSSL_VERSION
    assert library.codes[20] == "unable to get local issuer certificate"
