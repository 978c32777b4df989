"""Authorities and the identities that they issue: sound, expired, wrongly named, defective."""

from __future__ import annotations

import enum
import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID

from support.certificates import (
    LONG_VALID,
    VALID,
    Flaw,
    Validity,
    alternative_names,
    authority_extensions,
    authority_key,
    builder_for,
    name_of,
    pem_of,
)
from support.der import as_version_1

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

LOOPBACK_NAMES = ("localhost", "127.0.0.1", "index.corp.example")


class Sent(enum.Enum):
    """How much of the chain a server sends after its leaf."""

    LEAF = enum.auto()  # the intermediate is forgotten, the classic of misconfiguration
    CHAIN = enum.auto()
    CHAIN_AND_ROOT = enum.auto()


class Certified:
    """Whoever a certificate is about."""

    certificate: x509.Certificate

    @property
    def pem(self) -> bytes:
        """The certificate itself, without those above it."""
        return pem_of(self.certificate)

    @property
    def der(self) -> bytes:
        """The certificate itself, without those above it."""
        return self.certificate.public_bytes(serialization.Encoding.DER)

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the certificate, 64 lower-case hexadecimal digits."""
        return hashlib.sha256(self.der).hexdigest()


@dataclass(frozen=True)
class Identity(Certified):
    """A certificate with its key and whatever else its owner sends in a handshake."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey
    sent: tuple[x509.Certificate, ...] = ()

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


class Authority(Certified):
    """A certificate authority: a root, or an intermediate below one."""

    def __init__(
        self,
        name: str = "Example Root CA",
        *,
        issuer: Authority | None = None,
        flaws: Iterable[Flaw] = (),
        validity: Validity = LONG_VALID,
        key: ec.EllipticCurvePrivateKey | None = None,
    ) -> None:
        self.name = name
        self.issuer = issuer
        self.flaws = frozenset(flaws)
        self.key = key or ec.generate_private_key(ec.SECP256R1())
        builder = builder_for(name_of(name), self.key, name_of((issuer or self).name), validity)
        for extension, critical in authority_extensions(
            self.key, issuer.key if issuer else None, self.flaws
        ):
            builder = builder.add_extension(extension, critical)
        signer = (issuer or self).key
        certificate = builder.sign(signer, hashes.SHA256())
        if Flaw.VERSION_1 in self.flaws:
            certificate = as_version_1(certificate, signer)
        self.certificate = certificate

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
        builder = builder_for(name_of(names[0]), key, name_of(self.name), validity).add_extension(
            alternative_names(names), critical=False
        )
        return self._sign(builder, key, ExtendedKeyUsageOID.SERVER_AUTH, sent, frozenset(flaws))

    def issue_client(self, name: str = "ann") -> Identity:
        """Certify a client, for mutual TLS."""
        key = ec.generate_private_key(ec.SECP256R1())
        builder = builder_for(name_of(name), key, name_of(self.name), VALID)
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
            builder = builder.add_extension(authority_key(self.key), critical=False)
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
        builder_for(name_of(names[0]), alone.key, name_of(names[0]), validity)
        .add_extension(alternative_names(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
    )
    return Identity(builder.sign(alone.key, hashes.SHA256()), alone.key)


def bundle(folder: Path, *authorities: Authority, name: str = "bundle.pem") -> Path:
    """Write one PEM file with these authorities; returns it."""
    file = folder / name
    file.write_bytes(b"".join(authority.pem for authority in authorities))
    return file
