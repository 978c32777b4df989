"""Certificates, read as `cryptography` reads them, whatever the bytes are."""

from __future__ import annotations

import contextlib
import subprocess
import time
from pathlib import Path

import certifi
import pytest
from cryptography import x509
from hypothesis import given, settings
from hypothesis import strategies as st

from spip.certificates import x509 as chain
from spip.certificates.der import outline
from spip.certificates.names import covers
from spip.certificates.pem import certificates
from support.authority import Authority, Sent
from support.certificates import Flaw

PUBLIC = sorted(certificates(Path(certifi.where()).read_bytes()))
OWN = [
    Authority().der,
    Authority().intermediate().issue("localhost", "::1", "127.0.0.1").der,
    *(Authority(flaws=[flaw]).der for flaw in Flaw),
]


@pytest.mark.filterwarnings("ignore::cryptography.utils.CryptographyDeprecationWarning")
@pytest.mark.parametrize("der", [*PUBLIC, *OWN], ids=range(len(PUBLIC) + len(OWN)))
def test_a_certificate_says_what_it_says_elsewhere(der: bytes) -> None:
    ours, theirs = chain.read(der), x509.load_der_x509_certificate(der)
    assert ours.first == theirs.not_valid_before_utc
    assert ours.last == theirs.not_valid_after_utc
    assert int(ours.serial, 16) == theirs.serial_number
    assert ours.version == theirs.version.value + 1
    digest = theirs.signature_hash_algorithm
    assert ours.digest == (digest.name if digest else "")
    assert ours.key.bits == theirs.public_key().key_size  # type: ignore[union-attr]
    assert ours.subject.der == theirs.subject.public_bytes()
    assert ours.issuer.der == theirs.issuer.public_bytes()
    assert ours.is_self_issued == (theirs.subject == theirs.issuer)
    _same_extensions(ours, theirs)


def _same_extensions(ours: chain.Certificate, theirs: x509.Certificate) -> None:
    has = theirs.extensions
    with contextlib.suppress(x509.ExtensionNotFound):
        constraints = has.get_extension_for_class(x509.BasicConstraints)
        assert ours.extensions.authority == constraints.value.ca
        assert ours.extensions.constraints_critical == constraints.critical
        assert ours.extensions.path_length == constraints.value.path_length
    with contextlib.suppress(x509.ExtensionNotFound):
        usage = has.get_extension_for_class(x509.KeyUsage).value
        assert usage.key_cert_sign == ("keyCertSign" in (ours.extensions.usage or ()))
    with contextlib.suppress(x509.ExtensionNotFound):
        own = has.get_extension_for_class(x509.SubjectKeyIdentifier).value.digest
        assert ours.extensions.subject_key == own
        cut = outline(ours.der)
        assert cut
        assert cut.subject_key == own
    with contextlib.suppress(x509.ExtensionNotFound):
        issuer = has.get_extension_for_class(x509.AuthorityKeyIdentifier).value.key_identifier
        assert ours.extensions.authority_key == issuer


def test_names_and_addresses_are_read() -> None:
    leaf = chain.read(Authority().issue("localhost", "127.0.0.1", "::1").der)
    assert leaf.names == ("localhost", "127.0.0.1", "::1")


@pytest.mark.parametrize("kind", ["ed25519", "ed448", "RSA-PSS"])
def test_other_keys_are_named(kind: str, tmp_path: Path) -> None:
    argv = ["openssl", "req", "-x509", "-newkey", kind, "-nodes", "-subj", "/CN=x", "-outform",
            "DER", "-keyout", str(tmp_path / "key"), "-out", str(tmp_path / "crt")]  # fmt: skip
    subprocess.run(argv, check=True, capture_output=True)
    found = chain.read((tmp_path / "crt").read_bytes())
    assert found.key.name.lower().startswith(kind.lower()[:3])
    assert found.digest == ("sha256" if kind == "RSA-PSS" else "")


@given(st.data())
@settings(max_examples=400)
def test_damaged_bytes_are_read_or_refused(data: st.DataObject) -> None:
    damaged = bytearray(data.draw(st.sampled_from(OWN)))
    for _ in range(data.draw(st.integers(1, 6))):
        damaged[data.draw(st.integers(0, len(damaged) - 1))] = data.draw(st.integers(0, 255))
    cut = bytes(damaged[: data.draw(st.integers(1, len(damaged)))])
    with contextlib.suppress(chain.UnreadableError):
        assert chain.read(cut).subject.text.isprintable()
    outline(cut)


def test_bytes_that_nest_without_end_are_refused() -> None:
    with pytest.raises(chain.UnreadableError):
        chain.read(b"0\x80" * 50_000)


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    with contextlib.suppress(chain.UnreadableError):
        chain.read(data)
    outline(data)


def test_a_long_list_of_roots_is_searched_quickly() -> None:
    started = time.process_time()
    for der in PUBLIC * 10:
        outline(der)
    assert time.process_time() - started < 0.5


def test_a_chain_is_put_in_order_whatever_else_is_sent() -> None:
    root = Authority()
    leaf = root.intermediate("Example Second CA").intermediate().issue(sent=Sent.CHAIN_AND_ROOT)
    other = chain.read(Authority("Another Root CA").der)
    first, *above = map(chain.read, [leaf.der, *map(_der, leaf.sent)])
    shuffled = (first, other, *reversed(above), other)
    assert chain.ordered(shuffled) == (first, *above)
    assert chain.ordered((first, first)) == (first,)
    assert chain.ordered(()) == ()


def _der(certificate: x509.Certificate) -> bytes:
    from cryptography.hazmat.primitives.serialization import Encoding

    return certificate.public_bytes(Encoding.DER)


@pytest.mark.parametrize(
    ("names", "host", "covered"),
    [
        (["index.corp.example"], "index.corp.example", True),
        (["INDEX.corp.example."], "index.corp.example", True),
        (["*.corp.example"], "index.corp.example", True),
        (["*.corp.example"], "a.index.corp.example", False),
        (["*.corp.example"], "corp.example", False),
        (["*.example"], "corp.example", False),
        (["i*.corp.example"], "index.corp.example", False),
        (["10.0.0.5"], "10.0.0.5", True),
        (["*.0.0.5"], "10.0.0.5", False),
        (["::1"], "0:0:0:0:0:0:0:1", True),
        ([], "index.corp.example", False),
    ],
)
def test_names_cover_hosts_as_the_rules_say(names: list[str], host: str, *, covered: bool) -> None:
    assert covers(names, host) is covered
