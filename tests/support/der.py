"""Just enough DER to make what `cryptography` refuses to: a version 1 certificate."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

if TYPE_CHECKING:
    from collections.abc import Iterator

_SEQUENCE = 0x30
_BIT_STRING = 0x03
_VERSION = 0xA0  # the context tag [0] of TBSCertificate, absent in version 1 (RFC 5280, 4.1)


def as_version_1(
    certificate: x509.Certificate, signer: ec.EllipticCurvePrivateKey
) -> x509.Certificate:
    """Return the certificate without its version field, signed anew; it must have no extensions."""
    inner = _content(certificate.tbs_certificate_bytes)
    kept = b"".join(element for element in _elements(inner) if element[0] != _VERSION)
    body = _encode(_SEQUENCE, kept)
    whole = certificate.public_bytes(serialization.Encoding.DER)
    algorithm = list(_elements(_content(whole)))[1]
    signature = signer.sign(body, ec.ECDSA(hashes.SHA256()))
    signed = body + algorithm + _encode(_BIT_STRING, b"\0" + signature)
    return x509.load_der_x509_certificate(_encode(_SEQUENCE, signed))


def _encode(tag: int, content: bytes) -> bytes:
    size = len(content)
    if size < 0x80:
        return bytes([tag, size]) + content
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(length)]) + length + content


def _extent(element: bytes) -> tuple[int, int]:
    """Where the content of the first element starts and ends."""
    size = element[1]
    if size < 0x80:
        return 2, 2 + size
    start = 2 + (size & 0x7F)
    return start, start + int.from_bytes(element[2:start], "big")


def _content(element: bytes) -> bytes:
    start, end = _extent(element)
    return element[start:end]


def _elements(content: bytes) -> Iterator[bytes]:
    while content:
        _, end = _extent(content)
        yield content[:end]
        content = content[end:]
