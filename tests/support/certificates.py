"""What stands in a certificate: names, validity, extensions, and what may be wrong with them."""

from __future__ import annotations

import enum
import ipaddress
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.x509.oid import NameOID

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cryptography.hazmat.primitives.asymmetric import ec


class Flaw(enum.Enum):
    """What companies' own authorities get wrong; Python 3.13's strict mode refuses most of it."""

    BASIC_CONSTRAINTS_NOT_CRITICAL = enum.auto()
    NO_BASIC_CONSTRAINTS = enum.auto()
    NO_KEY_USAGE = enum.auto()
    NO_SUBJECT_KEY_IDENTIFIER = enum.auto()
    NO_AUTHORITY_KEY_IDENTIFIER = enum.auto()
    VERSION_1 = enum.auto()  # no extensions at all, as before 1996


@dataclass(frozen=True)
class Validity:
    """From when until when, in days from now."""

    first_day: float
    last_day: float

    def moments(self) -> tuple[datetime, datetime]:
        """Both ends as points in time, UTC."""
        now = datetime.now(timezone.utc)
        return now + timedelta(days=self.first_day), now + timedelta(days=self.last_day)


VALID = Validity(-2, 300)
LONG_VALID = Validity(-30, 3650)  # as roots are
EXPIRED = Validity(-30, -1)
NOT_YET_VALID = Validity(1, 30)


def pem_of(certificate: x509.Certificate) -> bytes:
    """One PEM block."""
    return certificate.public_bytes(serialization.Encoding.PEM)


def authority_extensions(
    key: ec.EllipticCurvePrivateKey,
    issuer: ec.EllipticCurvePrivateKey | None,
    flaws: frozenset[Flaw],
) -> list[tuple[x509.ExtensionType, bool]]:
    """List what a sound authority carries (RFC 5280, 4.2.1), less flaws; with "is critical"."""
    found: list[tuple[x509.ExtensionType, bool]] = []
    if Flaw.VERSION_1 in flaws:
        return found
    if Flaw.NO_BASIC_CONSTRAINTS not in flaws:
        critical = Flaw.BASIC_CONSTRAINTS_NOT_CRITICAL not in flaws
        found.append((x509.BasicConstraints(ca=True, path_length=None), critical))
    if Flaw.NO_KEY_USAGE not in flaws:
        found.append((_signing(), True))
    if Flaw.NO_SUBJECT_KEY_IDENTIFIER not in flaws:
        public = key.public_key()
        found.append((x509.SubjectKeyIdentifier.from_public_key(public), False))
    if issuer and Flaw.NO_AUTHORITY_KEY_IDENTIFIER not in flaws:
        found.append((authority_key(issuer), False))
    return found


def _signing() -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        key_cert_sign=True,
        crl_sign=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def authority_key(key: ec.EllipticCurvePrivateKey) -> x509.AuthorityKeyIdentifier:
    """Name the issuer by its key."""
    return x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key())


def name_of(common_name: str) -> x509.Name:
    """Name someone of the example company."""
    return x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Example Corporation"),
            x509.NameAttribute(NameOID.COMMON_NAME, common_name),
        ]
    )


def alternative_names(hosts: Sequence[str]) -> x509.SubjectAlternativeName:
    """Say which hosts, by name or by address, a certificate is for."""
    return x509.SubjectAlternativeName([_general_name(host) for host in hosts])


def _general_name(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def builder_for(
    subject: x509.Name, key: ec.EllipticCurvePrivateKey, issuer: x509.Name, validity: Validity
) -> x509.CertificateBuilder:
    """Begin a certificate with all but its extensions."""
    first, last = validity.moments()
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(first)
        .not_valid_after(last)
    )
