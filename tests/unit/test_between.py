"""A certificate in between that isn't sent is told from a root that nobody knows."""

from __future__ import annotations

import shutil
import subprocess
import sys
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.x509.oid import AuthorityInformationAccessOID, NameOID

from spip.certificates import x509 as chain
from spip.commands.trust import candidates
from spip.diagnosis.causes import diagnose
from spip.diagnosis.evidence import Clock, Evidence, RefusedFile, SourceState
from spip.doctor import unused_roots
from spip.doctor.source_states import certificates_at
from spip.probe.endpoint import parse_endpoint
from spip.probe.results import Failure, ProbeResult
from spip.trust import root_locations
from support.authority import Authority, Identity, Sent, self_signed
from support.certificates import VALID, Flaw, builder_for
from support.lacking import lacking

HOST = parse_endpoint("https://index.corp.example/simple/")
NOBODYS = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Issuing CA 7")])


def seen(*sent: bytes, **more: Any) -> Evidence:
    failed = Failure("handshake", "certificate", "unable to get local issuer certificate", 20)
    observed = ProbeResult(HOST, failure=failed, presented=sent)
    return Evidence(observed, Clock(datetime.now(timezone.utc)), **more)


def cause(evidence: Evidence) -> str:
    return diagnose(evidence)[0].cause


def by_nobody(url: str = "") -> bytes:
    """Make a leaf whose issuer has no organisation; `url` is where that one's certificate lies."""
    leaf = self_signed()
    builder = builder_for(leaf.certificate.subject, leaf.key, NOBODYS, VALID)
    if url:
        access = x509.AccessDescription(
            AuthorityInformationAccessOID.CA_ISSUERS, x509.UniformResourceIdentifier(url)
        )
        builder = builder.add_extension(x509.AuthorityInformationAccess([access]), critical=False)
    return Identity(builder.sign(leaf.key, hashes.SHA256()), leaf.key).der


def owner(name: str) -> bytes:
    """Make a root of an organisation of that name."""
    leaf = self_signed()
    subject = x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, name),
            x509.NameAttribute(NameOID.COMMON_NAME, "Global Root G2"),
        ]
    )
    made = builder_for(subject, leaf.key, subject, VALID).sign(leaf.key, hashes.SHA256())
    return Identity(made, leaf.key).der


def source(*roots: bytes, **more: Any) -> tuple[SourceState, ...]:
    return (SourceState("explicit", "SPIP_CA_BUNDLE", "/ca.pem", frozenset(roots), **more),)


@pytest.mark.parametrize("where", ["trusted", "passed over", "unused", "certifi"])
def test_the_organisation_of_a_root_that_lies_anywhere_here(where: str) -> None:
    root = Authority()
    leaf = root.intermediate().issue(sent=Sent.LEAF).der
    facts: dict[str, dict[str, Any]] = {
        "trusted": {"sources": source(root.der)},
        "passed over": {"sources": source(ignored=frozenset({root.der}))},
        "unused": {"unused": frozenset({root.der})},
        "certifi": {"unused_certifi": frozenset({root.der})},
    }
    evidence = seen(leaf, **facts[where])
    assert cause(evidence) == "missing-intermediate"
    assert "Example Intermediate CA" in diagnose(evidence)[0].sentence


def test_the_certificate_in_between_that_lies_here_is_known_by_its_key() -> None:
    middle = Authority().intermediate("Issuing Root 3")
    leaf = middle.issue(sent=Sent.LEAF).der
    evidence = seen(leaf, unused=frozenset({middle.der}))
    assert cause(evidence) == "missing-intermediate"
    assert "Issuing Root 3" in diagnose(evidence)[0].sentence


@pytest.mark.parametrize(
    ("url", "organisation"),
    [
        ("http://cacerts.digicert.example/Issuing7.crt", "Digicert Inc"),
        ("http://r3.i.lencr.org/", "Internet Security Research Group"),
    ],
)
def test_the_address_of_the_issuers_certificate_names_a_known_authority(
    url: str, organisation: str
) -> None:
    evidence = seen(by_nobody(url), sources=source(owner(organisation)))
    assert cause(evidence) == "missing-intermediate"


@pytest.mark.parametrize(
    "url", ["", "http://pki.corp.example/issuing.crt", "http://[broken/", "http://trust.example/a"]
)
def test_without_a_sign_of_either_both_are_said(url: str) -> None:
    first = diagnose(seen(by_nobody(url), sources=source(owner("Trust Corp Example Limited"))))[0]
    assert (first.cause, first.variant) == ("unknown-authority", "alone")
    assert "a root that has to be trusted here, or a certificate in between" in first.sentence
    assert "send the full chain" in first.next
    assert "trust add FILE" in first.next


def test_what_is_called_a_root_or_comes_with_its_chain_is_no_such_question() -> None:
    root = Authority()
    for sent in ([root.issue().der], [(i := root.intermediate()).issue().der, i.der]):
        first = diagnose(seen(*sent))[0]
        assert (first.cause, first.variant) == ("unknown-authority", "")


def test_a_root_of_the_same_organisation_does_not_make_another_root_one_in_between() -> None:
    leaf = Authority("Example Root CA 2").issue(flaws=[Flaw.NO_AUTHORITY_KEY_IDENTIFIER]).der
    assert cause(seen(leaf, sources=source(Authority().der))) == "unknown-authority"


def test_files_that_do_not_count_are_read_for_it(tmp_path: Path) -> None:
    refused, node = Authority("Refused Root"), Authority("Node Root")
    held = RefusedFile(str(refused.write(tmp_path)), "others can write to it", "chmod", "writable")
    environ = {"HOME": str(tmp_path), "NODE_EXTRA_CA_CERTS": str(node.write(tmp_path))}
    found = unused_roots.unused_certificates("linux", environ, source(refused_files=(held,)))
    assert found >= {refused.der, node.der}


def test_adding_an_intermediate_says_what_helps_instead(tmp_path: Path) -> None:
    root = Authority()
    file = str(root.intermediate().write(tmp_path))
    unknown = candidates.in_file(file, frozenset())
    assert not unknown.roots
    assert "Example Root CA" in unknown.refused[0]
    assert unknown.instead.startswith("add the root instead")
    assert "Example Root CA" in unknown.instead
    known = candidates.in_file(file, frozenset({root.der}))
    assert not known.roots
    assert "is trusted already" in known.refused[0]
    assert 'send "Example Intermediate CA"' in known.instead


@pytest.mark.skipif(sys.platform == "win32", reason="these folders are Linux distributions'")
@pytest.mark.parametrize(("ending", "variant"), [("der.cer", "der"), ("pem", "named"), ("crt", "")])
def test_a_root_that_the_update_command_cannot_read_gets_a_step_that_helps(
    ending: str, variant: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = Authority()
    file = tmp_path / f"company root.{ending}"
    file.write_bytes(root.der if variant == "der" else root.pem)
    monkeypatch.setattr(unused_roots, "_CHOOSY", str(tmp_path))
    monkeypatch.setitem(root_locations.ANCHORS, "linux", ((str(tmp_path), "update-command"),))
    leaf = root.issue().der
    top = chain.readable([leaf])[0][0]
    found = [
        each for each in unused_roots.candidates(top, "linux", {}, bytes) if each.kind == "anchor"
    ]
    assert [each.path for each in found] == [str(file)]
    first = diagnose(seen(leaf, candidate=found[0], update="update-command"))[0]
    assert (first.cause, first.variant) == ("root-in-unused-place", variant)
    assert first.next.endswith("update-command")
    if not variant:
        return
    if variant == "der" and not shutil.which("openssl"):
        lacking("no openssl")  # which comes with Debian's update-ca-certificates
    pasted = first.next.replace("sudo ", "").replace("update-command", "true")
    subprocess.run(["sh", "-c", pasted], check=True)
    taken = [each for each in tmp_path.iterdir() if each.suffix == ".crt"]
    assert [certificates_at(str(each)) for each in taken] == [{root.der}]
