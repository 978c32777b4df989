"""Reading certificates out of PEM text."""

from __future__ import annotations

import base64
import ssl

import pytest
import trustme
from hypothesis import given
from hypothesis import strategies as st

from spip.certificates.der import is_certificate
from spip.certificates.pem import certificates

PEM = trustme.CA().cert_pem.bytes()
DER = ssl.PEM_cert_to_DER_cert(PEM.decode())
OTHER_PEM = trustme.CA().cert_pem.bytes()
OTHER_DER = ssl.PEM_cert_to_DER_cert(OTHER_PEM.decode())


def block(content: bytes) -> bytes:
    return b"-----BEGIN CERTIFICATE-----\n" + content + b"\n-----END CERTIFICATE-----\n"


def test_finds_each_certificate_with_text_around_it() -> None:
    text = b"\xef\xbb\xbf# a comment \xe9\n" + PEM + b"words\n" + OTHER_PEM + b"end"
    assert list(certificates(text)) == [DER, OTHER_DER]


def test_reads_windows_line_ends() -> None:
    assert list(certificates(PEM.replace(b"\n", b"\r\n"))) == [DER]


@pytest.mark.parametrize(
    "broken",
    [
        b"-----BEGIN CERTIFICATE-----\nMIIB",
        block(b"MII"),
        block(b""),
        block(base64.b64encode(b"no certificate")),
        block(base64.b64encode(DER[:-1])),
        block(base64.b64encode(DER + b"x")),
        b"-----BEGIN CERTIFICATE-----\n",
    ],
)
def test_a_broken_block_costs_only_itself(broken: bytes) -> None:
    assert list(certificates(broken + PEM)) == [DER]


def test_a_trusted_certificate_is_no_plain_root() -> None:
    trusted = PEM.replace(b" CERTIFICATE", b" TRUSTED CERTIFICATE")
    assert list(certificates(trusted + OTHER_PEM)) == [OTHER_DER]


@given(st.binary(max_size=200))
def test_no_bytes_make_it_fail(content: bytes) -> None:
    assert is_certificate(content, 0, len(content)) in {True, False}
    assert list(certificates(block(content))) == []


@given(st.integers(0, len(DER) - 1), st.integers(0, 255))
def test_a_changed_byte_never_makes_it_fail(at: int, value: int) -> None:
    changed = DER[:at] + bytes([value]) + DER[at + 1 :]
    assert is_certificate(changed, 0, len(changed)) in {True, False}
