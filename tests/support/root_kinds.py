"""Certificates that may or may not be roots, and files that people keep them in."""

from __future__ import annotations

import base64
import re
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import pkcs7
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

if TYPE_CHECKING:
    from collections.abc import Sequence

SERVERS = ExtendedKeyUsageOID.SERVER_AUTH
MAIL = ExtendedKeyUsageOID.EMAIL_PROTECTION
CLIENTS = ExtendedKeyUsageOID.CLIENT_AUTH
ANY = ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE
_KEY = ec.generate_private_key(ec.SECP256R1())  # one for all: they differ in what they say


def certificate(
    name: str = "Example Root CA",
    *,
    ca: bool | None = True,
    purposes: Sequence[x509.ObjectIdentifier] = (),
    days: float = 3650,
    serial: int = 1,
    organisation: str = "",
) -> x509.Certificate:
    """Make a self-signed certificate; `ca` None: without basicConstraints."""
    names = [x509.NameAttribute(NameOID.COMMON_NAME, name)]
    if organisation:
        names.insert(0, x509.NameAttribute(NameOID.ORGANIZATION_NAME, organisation))
    subject = x509.Name(names)
    now = datetime.now(timezone.utc)
    builder = (
        x509.CertificateBuilder(subject, subject, _KEY.public_key(), serial)
        .not_valid_before(now - timedelta(days=max(1, -days + 1)))
        .not_valid_after(now + timedelta(days=days))
    )
    if ca is not None:
        builder = builder.add_extension(x509.BasicConstraints(ca, None), critical=True)
    if purposes:
        builder = builder.add_extension(x509.ExtendedKeyUsage(list(purposes)), critical=False)
    return builder.sign(_KEY, hashes.SHA256())


def der(made: x509.Certificate) -> bytes:
    """Return the certificate's own bytes."""
    return made.public_bytes(serialization.Encoding.DER)


def pem(*made: x509.Certificate) -> bytes:
    """Return PEM blocks."""
    return b"".join(one.public_bytes(serialization.Encoding.PEM) for one in made)


def key_pem() -> bytes:
    """Return the private key, as people leave it in the same file."""
    return _KEY.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


def key_der() -> bytes:
    """Return the private key as PKCS#8."""
    return _KEY.private_bytes(
        serialization.Encoding.DER,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


def bag(*made: x509.Certificate, as_text: bool = False) -> bytes:
    """Return a PKCS#7 file, as Windows exports one (.p7b)."""
    form = serialization.Encoding.PEM if as_text else serialization.Encoding.DER
    return pkcs7.serialize_certificates(list(made), form)


def trusted(
    made: x509.Certificate,
    trust: Sequence[x509.ObjectIdentifier] | None = None,
    reject: Sequence[x509.ObjectIdentifier] | None = None,
) -> bytes:
    """Return a TRUSTED CERTIFICATE block, as `openssl x509 -trustout` writes it."""
    attributes = b""
    if trust is not None:
        attributes += _element(0x30, b"".join(map(_number, trust)))
    if reject is not None:
        attributes += _element(0xA0, b"".join(map(_number, reject)))
    return block("TRUSTED CERTIFICATE", der(made) + _element(0x30, attributes))


def block(label: str, content: bytes) -> bytes:
    """Return one PEM block."""
    body = base64.encodebytes(content).decode()
    lines = re.sub(r"(.{76})\n", r"\1", body)
    wrapped = "\n".join(lines[at : at + 64] for at in range(0, len(lines), 64)).strip()
    return f"-----BEGIN {label}-----\n{wrapped}\n-----END {label}-----\n".encode()


def _number(number: x509.ObjectIdentifier) -> bytes:
    first, second, *rest = (int(part) for part in number.dotted_string.split("."))
    content = bytes([40 * first + second]) + b"".join(map(_base_128, rest))
    return _element(0x06, content)


def _base_128(number: int) -> bytes:
    digits = [number & 0x7F]
    while number := number >> 7:
        digits.insert(0, 0x80 | number & 0x7F)
    return bytes(digits)


def _element(tag: int, content: bytes) -> bytes:
    assert len(content) < 128
    return bytes([tag, len(content)]) + content
