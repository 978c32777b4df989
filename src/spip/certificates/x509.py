"""Certificates, read with a library into values that the rest of spip can look at."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import datetime, timezone
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from pyasn1.codec.der.decoder import decode
from pyasn1.error import PyAsn1Error
from pyasn1_modules import rfc5280

from spip.certificates import extensions as algorithms
from spip.certificates.der import outline
from spip.certificates.extensions import UNREADABLE, Extensions, extensions
from spip.text import printable

if TYPE_CHECKING:
    from collections.abc import Iterable

# X.520 attribute types, RFC 5280 section 4.1.2.4; the ones that people know an issuer by.
_COMMON_NAME, _ORGANIZATION, _UNIT = "2.5.4.3", "2.5.4.10", "2.5.4.11"
_SHORT = {_COMMON_NAME: "CN", _ORGANIZATION: "O", _UNIT: "OU", "2.5.4.6": "C", "2.5.4.7": "L"}


@dataclass(frozen=True)
class Name:
    """A distinguished name. Every text is printable; `der` is how it stands in the certificate."""

    common: str
    organization: str
    unit: str
    text: str  # "CN=..., O=..."
    der: bytes = field(repr=False)

    @property
    def shown(self) -> str:
        """The one part that a person would call it by."""
        return self.common or self.organization or self.unit or self.text or "(no name)"


@dataclass(frozen=True)
class Certificate:
    """One certificate. `first` and `last` are the ends of its validity, in UTC."""

    subject: Name
    issuer: Name
    first: datetime
    last: datetime
    serial: str  # hexadecimal
    version: int
    key: algorithms.Key
    digest: str  # of its signature, as hashlib names it
    extensions: Extensions
    fingerprint: str  # SHA-256, 64 lower-case hexadecimal digits
    der: bytes = field(repr=False)

    @property
    def is_self_issued(self) -> bool:
        """Whether subject and issuer are one, as in a root."""
        return self.subject.der == self.issuer.der

    @property
    def is_authority(self) -> bool:
        """Whether it may sign others. Without the extension: what version 1 and a name suggest."""
        if self.extensions.authority is not None:
            return self.extensions.authority
        return self.version < 3 and self.is_self_issued

    @property
    def names(self) -> tuple[str, ...]:
        """The hosts it is for: names and addresses; pip goes by nothing else."""
        return self.extensions.names

    def issued(self, other: Certificate) -> bool:
        """Whether this one is named as the issuer of `other`, and its key fits."""
        if other.issuer.der != self.subject.der:
            return False
        wanted, own = other.extensions.authority_key, self.extensions.subject_key
        return not wanted or not own or wanted == own


class UnreadableError(ValueError):
    """The bytes are no certificate, or one that can't be read."""


@lru_cache(maxsize=256)
def read(der: bytes) -> Certificate:
    """Return the certificate in `der`. Raises UnreadableError."""
    try:
        return _read(der)
    except UNREADABLE as error:
        raise UnreadableError(printable(str(error)) or type(error).__name__) from None


def readable(ders: Iterable[bytes]) -> tuple[tuple[Certificate, ...], str]:
    """Return those that can be read, and why the last of the others can't ("" if all can)."""
    found: list[Certificate] = []
    problem = ""
    for der in ders:
        try:
            found.append(read(der))
        except UnreadableError as error:  # noqa: PERF203 - one that is broken costs only itself
            problem = str(error)
    return tuple(found), problem


def ordered(certificates: tuple[Certificate, ...]) -> tuple[Certificate, ...]:
    """Return the way from the leaf (the first) up, as far as the certificates lead.

    Servers send them in any order, some twice, some that belong to nothing.
    """
    if not certificates:
        return ()
    way, rest = [certificates[0]], list(certificates[1:])
    while not way[-1].is_self_issued:
        above = next((each for each in rest if each.issued(way[-1])), None)
        if above is None:
            break
        way.append(above)
        rest.remove(above)
    return tuple(way)


def _read(der: bytes) -> Certificate:
    whole, _ = decode(der, asn1Spec=rfc5280.Certificate())
    body, cut = whole["tbsCertificate"], outline(der)
    if cut is None:
        raise UnreadableError("it has not the outline of a certificate")
    return Certificate(
        subject=_name(body["subject"], cut.subject),
        issuer=_name(body["issuer"], cut.issuer),
        first=_moment(body["validity"]["notBefore"]),
        last=_moment(body["validity"]["notAfter"]),
        serial=f"{int(body['serialNumber']):x}",
        version=int(body["version"]) + 1,
        key=algorithms.key(body["subjectPublicKeyInfo"]),
        digest=algorithms.digest(whole["signatureAlgorithm"]),
        extensions=extensions(body["extensions"]),
        fingerprint=hashlib.sha256(der).hexdigest(),
        der=der,
    )


def _moment(time: Any) -> datetime:
    """UTCTime or GeneralizedTime, which carries its zone."""
    moment: datetime = time.getComponent().asDateTime
    return moment.astimezone(timezone.utc)


def _name(name: Any, der: bytes) -> Name:
    parts = [
        (str(pair["type"]), _text(pair["value"])) for part in name.getComponent() for pair in part
    ]
    first = dict(reversed(parts))
    shown = ", ".join(f"{_SHORT.get(number, number)}={text}" for number, text in parts)
    return Name(
        common=first.get(_COMMON_NAME, ""),
        organization=first.get(_ORGANIZATION, ""),
        unit=first.get(_UNIT, ""),
        text=printable(shown, 400),
        der=der,
    )


def _text(value: Any) -> str:
    """A name's value: some string type in DER, whose own encoding tells how to read it."""
    string, _ = decode(value.asOctets())
    try:
        return printable(str(string))
    except (PyAsn1Error, UnicodeError):
        return printable(bytes(string).decode("latin-1"))
