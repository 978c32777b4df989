"""What the system distrusts is a root in no source, by whichever name the system has for it."""

from __future__ import annotations

import hashlib
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from spip import paths, sources
from spip.certificates import openssl_facts, purposes, root_rules
from spip.certificates.formats import Block
from spip.sources import Source, SourceRejected
from spip.stores import distrust, folder_scan, gather, platform
from spip.stores.contents import Part
from spip.trust import resolve, root_locations, sources_in_force
from support.authority import Authority, self_signed

NAMES: dict[str, Callable[[bytes], bytes]] = {
    "itself": lambda der: der,
    "SHA-256": lambda der: hashlib.sha256(der).digest(),
    "SHA-1": lambda der: hashlib.sha1(der, usedforsecurity=False).digest(),
}


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("as_it_is", [True, False])
def test_every_name_counts_against_every_source(
    authority: Authority, stranger: Authority, name: str, *, as_it_is: bool
) -> None:
    """macOS files its settings under SHA-1: without it, its distrust would be gone silently."""
    judged = openssl_facts.judge([authority.der, stranger.der])
    distrusted = frozenset({NAMES[name](authority.der)})
    rules = root_rules.Rules(judged, frozenset({authority.der}), distrusted, int(time.time()))
    against = rules.against(Part(Block(authority.der, 0), ""), as_it_is=as_it_is)
    assert against is not None
    assert against[0] == sources.DISTRUSTED
    assert against[1].startswith("is distrusted by this system: CN=Example Root CA")
    assert rules.against(Part(Block(stranger.der, 0), ""), as_it_is=as_it_is) is None


@pytest.mark.parametrize("name", NAMES)
def test_one_certificate_is_looked_for_by_every_name(
    monkeypatch: pytest.MonkeyPatch, authority: Authority, stranger: Authority, name: str
) -> None:
    told = [NAMES[name](authority.der)]
    monkeypatch.setattr(platform, "distrusted", lambda: told, raising=False)
    assert distrust.is_distrusted(authority.der, distrust.distrusted())
    assert not distrust.is_distrusted(stranger.der, distrust.distrusted())


def test_it_is_taken_from_what_counts_as_it_is_too(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, authority: Authority, stranger: Authority
) -> None:
    file = tmp_path / "cacert.pem"
    file.write_bytes(authority.pem + stranger.pem)
    monkeypatch.setattr(platform, "distrusted", lambda: [authority.der], raising=False)
    (given,) = gather.gather([Source("certifi", "certifi", str(file))], int(time.time()))
    assert [root.der for root in given.roots] == [stranger.der]
    (refusal,) = given.refused
    assert "is distrusted by this system" in refusal.reason


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the places are Linux's")
def test_certifi_is_reduced_where_there_is_no_other_source(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, authority: Authority, stranger: Authority
) -> None:
    """The answer is a bundle of this run's own then, not certifi's file as it is."""
    file = tmp_path / "certifi" / "cacert.pem"
    file.parent.mkdir()
    file.write_bytes(authority.pem + stranger.pem)
    none = dict.fromkeys(("linux", "macos", "windows"), ())
    for name in ("ANCHORS", "VENDORS"):
        monkeypatch.setattr(root_locations, name, none)
    monkeypatch.setattr(root_locations, "ADMIN", dict.fromkeys(none, str(tmp_path / "ca.d")))
    monkeypatch.setattr(sources_in_force, "own_certifi", lambda: str(file))
    monkeypatch.setattr(distrust, "DESELECTED", str(tmp_path / "none"))
    monkeypatch.setattr(distrust, "BLOCKED", (str(tmp_path / "blocklist"),))
    environ = {"HOME": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path / "cache")}
    (tmp_path / "cache").mkdir()
    monkeypatch.setattr(paths, "cache", lambda _: str(tmp_path / "cache"))
    asked: resolve.Question = {"cert": None, "whole": False, "pip_certifi": None}
    assert resolve.resolve_bundle(environ, asked)["path"] == str(file)
    (tmp_path / "blocklist").mkdir()
    (tmp_path / "blocklist" / "gone.pem").write_bytes(authority.pem)
    assert root_locations.may_count(environ, None)
    said = resolve.resolve_bundle(environ, asked)
    assert said["merged"]
    assert said["path"] != str(file)
    bundle = Path(said["path"]).read_bytes()
    body = b"".join(authority.pem.splitlines()[1:-1])
    assert body not in bundle.replace(b"\n", b"")
    assert b"".join(stranger.pem.splitlines()[1:-1]) in bundle.replace(b"\n", b"")


# --- where a system keeps it

P11 = "/usr/share/pki/ca-trust-source"


def test_each_distributions_places_are_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    """update-ca-trust(8), p11-kit's older name, SUSE's and Arch's, and FreeBSD's certctl(8)."""
    of_linux = {
        f"{root}/{name}"
        for root in (
            "/etc/pki/ca-trust/source",
            P11,
            "/etc/pki/trust",
            "/usr/share/pki/trust",
            "/etc/ca-certificates/trust-source",
            "/usr/share/ca-certificates/trust-source",
        )
        for name in ("blocklist", "blacklist")
    }
    of_freebsd = {"/usr/share/certs/untrusted", "/usr/local/etc/ssl/untrusted"}
    monkeypatch.delattr(platform, "distrusted", raising=False)
    assert set(distrust.inputs()) >= of_linux | of_freebsd
    assert set(distrust.BLOCKED) == of_linux | of_freebsd
    objects = {f"{P11}/ca-bundle.trust.p11-kit", "/usr/share/pki/trust/ca-bundle.trust.p11-kit"}
    assert set(distrust.OBJECTS) == objects
    assert distrust.DESELECTED == "/etc/ca-certificates.conf"


def test_a_change_of_each_is_noticed_unless_the_system_is_asked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delattr(platform, "distrusted", raising=False)
    every = [distrust.DESELECTED, *distrust.BLOCKED, *distrust.OBJECTS]
    assert distrust.inputs() == every
    monkeypatch.setattr(platform, "distrusted", list, raising=False)
    assert distrust.inputs() == []


def test_each_place_takes_its_roots_away_and_one_that_fails_costs_only_itself(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delattr(platform, "distrusted", raising=False)
    off, blocked, object_, kept = (Authority() for _ in range(4))
    offered, blocklist = tmp_path / "offered", tmp_path / "blocked"
    for each in (offered, blocklist):
        each.mkdir()
    (offered / "off.crt").write_bytes(off.pem)
    for name in ("kept.crt", "ept.crt"):
        (offered / name).write_bytes(kept.pem)
    (tmp_path / "conf").write_text("# one\n!off.crt \nkept.crt\n!missing.crt\n")
    (blocklist / "a.pem").write_bytes(blocked.pem)
    said = b"[p11-kit-object-v1]\n%s\nx-distrusted: %s\n"
    objects = said % (object_.pem, b"true") + said % (kept.pem, b"false")
    (tmp_path / "objects").write_bytes(objects)
    monkeypatch.setattr(distrust, "DESELECTED", str(tmp_path / "conf"))
    monkeypatch.setattr(distrust, "OFFERED", str(offered))
    monkeypatch.setattr(distrust, "BLOCKED", (str(tmp_path / "missing"), "odd", str(blocklist)))
    monkeypatch.setattr(distrust, "OBJECTS", (str(tmp_path / "none"), str(tmp_path / "objects")))
    look = folder_scan.files

    def files(path: str) -> object:
        if path == "odd":
            raise SourceRejected(sources.LARGE)
        return look(path)

    monkeypatch.setattr(folder_scan, "files", files)
    assert distrust.distrusted() == {off.der, blocked.der, object_.der}


# --- what else speaks against a root


def test_a_root_ends_in_the_second_that_it_names(authority: Authority) -> None:
    judged = openssl_facts.judge([authority.der])
    end = judged.authorities[authority.der].expires
    part = Part(Block(authority.der, 0), "")
    for now, expected in ((end - 1, None), (end, sources.EXPIRED), (end + 1, sources.EXPIRED)):
        found = root_rules.Rules(judged, frozenset(), frozenset(), now).against(
            part, as_it_is=False
        )
        assert (found and found[0]) == expected


def test_what_is_no_authority_is_told_apart_and_has_no_name_to_tell(authority: Authority) -> None:
    leaf, alone = authority.issue(), self_signed()
    judged = openssl_facts.judge([leaf.der, alone.der])
    now = int(time.time())
    said = []
    for der, known in ((leaf.der, ()), (alone.der, ()), (leaf.der, (leaf.der,))):
        rules = root_rules.Rules(judged, frozenset(), frozenset(known), now)
        found = rules.against(Part(Block(der, 0), ""), as_it_is=False)
        assert found
        said.append(found[1])
    assert said == [
        "holds a certificate that is no CA's",
        "holds a certificate that signed itself and is no CA's",
        "is distrusted by this system",
    ]


# --- PKCS#7

SIGNED = b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02"


def test_a_file_of_certificates_says_what_it_is(authority: Authority) -> None:
    """Another kind of file may have the same inside."""
    from cryptography import x509
    from cryptography.hazmat.primitives.serialization import Encoding, pkcs7

    one = x509.load_der_x509_certificate(authority.der)
    der = pkcs7.serialize_certificates([one], Encoding.DER)
    assert purposes.of_pkcs7(der) == [authority.der]
    assert SIGNED in der
    with pytest.raises(ValueError, match="not readable"):
        purposes.of_pkcs7(der.replace(SIGNED, SIGNED[:-1] + b"\x01", 1))


def test_one_without_certificates_has_none() -> None:
    data = b"\x30\x0b" + SIGNED[:-1] + b"\x01"
    inner = b"\x02\x01\x01\x31\x00" + data + b"\x31\x00"
    signed = b"\x30" + bytes([len(inner)]) + inner
    outer = SIGNED + b"\xa0" + bytes([len(signed)]) + signed
    assert purposes.of_pkcs7(b"\x30" + bytes([len(outer)]) + outer) == []
