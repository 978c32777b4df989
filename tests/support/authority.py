"""Certificates of every kind that a test needs: sound, expired, wrongly named, defective."""

from __future__ import annotations

import enum
import hashlib
import ipaddress
import subprocess
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from support.der import as_version_1

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

LOOPBACK_NAMES = ("localhost", "127.0.0.1", "index.corp.example")


class Flaw(enum.Enum):
    """What companies' own authorities get wrong; Python 3.13's strict mode refuses most of it."""

    BASIC_CONSTRAINTS_NOT_CRITICAL = enum.auto()
    NO_BASIC_CONSTRAINTS = enum.auto()
    NO_KEY_USAGE = enum.auto()
    NO_SUBJECT_KEY_IDENTIFIER = enum.auto()
    NO_AUTHORITY_KEY_IDENTIFIER = enum.auto()
    VERSION_1 = enum.auto()  # no extensions at all, as before 1996


class Sent(enum.Enum):
    """How much of the chain a server sends after its leaf."""

    LEAF = enum.auto()  # the intermediate is forgotten, the classic of misconfiguration
    CHAIN = enum.auto()
    CHAIN_AND_ROOT = enum.auto()


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
EXPIRED = Validity(-30, -1)
NOT_YET_VALID = Validity(1, 30)


@dataclass(frozen=True)
class Identity:
    """A certificate with its key and whatever else its owner sends in a handshake."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey
    sent: tuple[x509.Certificate, ...] = ()

    @property
    def pem(self) -> bytes:
        """The leaf alone."""
        return pem_of(self.certificate)

    @property
    def der(self) -> bytes:
        """The leaf alone."""
        return self.certificate.public_bytes(serialization.Encoding.DER)

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the leaf, 64 lower-case hexadecimal digits."""
        return hashlib.sha256(self.der).hexdigest()

    @property
    def chain_pem(self) -> bytes:
        """All that is sent, leaf first."""
        return b"".join(map(pem_of, (self.certificate, *self.sent)))

    @property
    def key_pem(self) -> bytes:
        """The private key, not encrypted."""
        return self.key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )

    def write(self, folder: Path) -> Path:
        """Key and chain in one file, as `--client-cert` and `load_cert_chain` take it."""
        file = folder / f"{self.fingerprint[:16]}.pem"
        file.write_bytes(self.key_pem + self.chain_pem)
        return file


class Authority:
    """A certificate authority: a root, or an intermediate below one."""

    def __init__(
        self,
        name: str = "Example Root CA",
        *,
        issuer: Authority | None = None,
        flaws: Iterable[Flaw] = (),
        validity: Validity = Validity(-30, 3650),
    ) -> None:
        self.name = name
        self.issuer = issuer
        self.flaws = frozenset(flaws)
        self.key = ec.generate_private_key(ec.SECP256R1())
        builder = _builder(_name(name), self.key, issuer or self, validity)
        for extension, critical in _authority_extensions(self):
            builder = builder.add_extension(extension, critical)
        signer = (issuer or self).key
        certificate = builder.sign(signer, hashes.SHA256())
        if Flaw.VERSION_1 in self.flaws:
            certificate = as_version_1(certificate, signer)
        self.certificate = certificate

    @property
    def pem(self) -> bytes:
        """The authority's own certificate."""
        return pem_of(self.certificate)

    @property
    def der(self) -> bytes:
        """The authority's own certificate."""
        return self.certificate.public_bytes(serialization.Encoding.DER)

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the certificate, 64 lower-case hexadecimal digits."""
        return hashlib.sha256(self.der).hexdigest()

    def write(self, folder: Path) -> Path:
        """Write the certificate as a PEM bundle of one; returns the file."""
        file = folder / f"{self.name.replace(' ', '_')}-{self.fingerprint[:8]}.pem"
        file.write_bytes(self.pem)
        return file

    def intermediate(
        self, name: str = "Example Intermediate CA", *, flaws: Iterable[Flaw] = ()
    ) -> Authority:
        """Certify an authority below this one."""
        return Authority(name, issuer=self, flaws=flaws, validity=Validity(-20, 1800))

    def issue(
        self,
        *hosts: str,
        validity: Validity = VALID,
        sent: Sent = Sent.CHAIN,
        flaws: Iterable[Flaw] = (),
    ) -> Identity:
        """Certify a server for these hosts, by default for every name of the loopback tests."""
        names = hosts or LOOPBACK_NAMES
        key = ec.generate_private_key(ec.SECP256R1())
        builder = _builder(_name(names[0]), key, self, validity).add_extension(
            x509.SubjectAlternativeName([_general_name(host) for host in names]), critical=False
        )
        return self._sign(builder, key, ExtendedKeyUsageOID.SERVER_AUTH, sent, frozenset(flaws))

    def issue_client(self, name: str = "ann") -> Identity:
        """Certify a client, for mutual TLS."""
        key = ec.generate_private_key(ec.SECP256R1())
        builder = _builder(_name(name), key, self, VALID)
        usage = ExtendedKeyUsageOID.CLIENT_AUTH
        return self._sign(builder, key, usage, Sent.CHAIN, frozenset())

    def _sign(
        self,
        builder: x509.CertificateBuilder,
        key: ec.EllipticCurvePrivateKey,
        usage: x509.ObjectIdentifier,
        sent: Sent,
        flaws: frozenset[Flaw],
    ) -> Identity:
        builder = builder.add_extension(
            x509.BasicConstraints(ca=False, path_length=None), critical=True
        ).add_extension(x509.ExtendedKeyUsage([usage]), critical=False)
        if Flaw.NO_AUTHORITY_KEY_IDENTIFIER not in flaws:
            builder = builder.add_extension(_authority_key(self.key), critical=False)
        certificate = builder.sign(self.key, hashes.SHA256())
        return Identity(certificate, key, tuple(self._path(sent)))

    def _path(self, sent: Sent) -> list[x509.Certificate]:
        if sent is Sent.LEAF:
            return []
        if self.issuer is None:
            return [self.certificate] if sent is Sent.CHAIN_AND_ROOT else []
        return [self.certificate, *self.issuer._path(sent)]


def self_signed(*hosts: str, validity: Validity = VALID) -> Identity:
    """Make a leaf that is its own issuer, as a device makes one for itself."""
    names = hosts or LOOPBACK_NAMES
    alone = Authority(names[0])  # lends its key, so that issuer and subject are one
    builder = (
        _builder(_name(names[0]), alone.key, alone, validity)
        .add_extension(
            x509.SubjectAlternativeName([_general_name(host) for host in names]), critical=False
        )
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
    )
    return Identity(builder.sign(alone.key, hashes.SHA256()), alone.key)


def pem_of(certificate: x509.Certificate) -> bytes:
    """One PEM block."""
    return certificate.public_bytes(serialization.Encoding.PEM)


def bundle(folder: Path, *authorities: Authority, name: str = "bundle.pem") -> Path:
    """Write one PEM file with these authorities; returns it."""
    file = folder / name
    file.write_bytes(b"".join(authority.pem for authority in authorities))
    return file


def hashed_folder(folder: Path, *authorities: Authority) -> Path:
    """Fill a folder as OpenSSL's `rehash` leaves it (SSL_CERT_DIR); returns it."""
    folder.mkdir(parents=True, exist_ok=True)
    for authority in authorities:
        stem = subject_hash(authority)
        number = sum(1 for _ in folder.glob(f"{stem}.*"))
        (folder / f"{stem}.{number}").write_bytes(authority.pem)
    return folder


def subject_hash(authority: Authority) -> str:
    """OpenSSL's name hash, eight hexadecimal digits, asked from the openssl command."""
    argv = ["openssl", "x509", "-noout", "-subject_hash"]
    done = subprocess.run(argv, input=authority.pem, capture_output=True, check=True)
    return done.stdout.decode().strip()


def _authority_extensions(authority: Authority) -> list[tuple[x509.ExtensionType, bool]]:
    """List what a sound authority carries (RFC 5280, 4.2.1), less flaws; with "is critical"."""
    flaws = authority.flaws
    found: list[tuple[x509.ExtensionType, bool]] = []
    if Flaw.VERSION_1 in flaws:
        return found
    if Flaw.NO_BASIC_CONSTRAINTS not in flaws:
        critical = Flaw.BASIC_CONSTRAINTS_NOT_CRITICAL not in flaws
        found.append((x509.BasicConstraints(ca=True, path_length=None), critical))
    if Flaw.NO_KEY_USAGE not in flaws:
        found.append((_signing(), True))
    if Flaw.NO_SUBJECT_KEY_IDENTIFIER not in flaws:
        public = authority.key.public_key()
        found.append((x509.SubjectKeyIdentifier.from_public_key(public), False))
    if authority.issuer and Flaw.NO_AUTHORITY_KEY_IDENTIFIER not in flaws:
        found.append((_authority_key(authority.issuer.key), False))
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


def _authority_key(key: ec.EllipticCurvePrivateKey) -> x509.AuthorityKeyIdentifier:
    return x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key())


def _name(common_name: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Example Corporation"),
            x509.NameAttribute(NameOID.COMMON_NAME, common_name),
        ]
    )


def _general_name(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def _builder(
    subject: x509.Name, key: ec.EllipticCurvePrivateKey, issuer: Authority, validity: Validity
) -> x509.CertificateBuilder:
    first, last = validity.moments()
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(_name(issuer.name))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(first)
        .not_valid_after(last)
    )
