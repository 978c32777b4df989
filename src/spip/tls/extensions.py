"""What a certificate's extensions say (RFC 5280, section 4.2.1)."""

from __future__ import annotations

import contextlib
import ipaddress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pyasn1.codec.der.decoder import decode
from pyasn1.error import PyAsn1Error
from pyasn1_modules import rfc5280

from spip.text import printable

if TYPE_CHECKING:
    from collections.abc import Callable

_SUBJECT_KEY, _KEY_USAGE, _NAMES = "2.5.29.14", "2.5.29.15", "2.5.29.17"
_CONSTRAINTS, _AUTHORITY_KEY, _PURPOSES = "2.5.29.19", "2.5.29.35", "2.5.29.37"
_ACCESS = "1.3.6.1.5.5.7.1.1"
_ISSUERS_URL = "1.3.6.1.5.5.7.48.2"  # id-ad-caIssuers
# Bits of keyUsage, in their order.
_USAGES = (
    "digitalSignature", "nonRepudiation", "keyEncipherment", "dataEncipherment", "keyAgreement",
    "keyCertSign", "cRLSign", "encipherOnly", "decipherOnly",
)  # fmt: skip
# What pyasn1 lets through from bytes that are not what they say.
UNREADABLE = (
    PyAsn1Error, ValueError, TypeError, KeyError, IndexError, AttributeError, OverflowError,
    RecursionError,
)  # fmt: skip
# More names than any reader wants; a certificate may carry thousands.
_MOST_NAMES = 500


@dataclass(frozen=True)
class Extensions:
    """What the extensions say; None where a certificate lacks one."""

    authority: bool | None = None  # basicConstraints: may sign others
    constraints_critical: bool = False
    path_length: int | None = None
    usage: frozenset[str] | None = None
    purposes: tuple[str, ...] | None = None
    names: tuple[str, ...] = ()
    has_names: bool = False
    subject_key: bytes | None = field(default=None, repr=False)
    authority_key: bytes | None = field(default=None, repr=False)
    issuer_urls: tuple[str, ...] = ()  # where browsers fetch a missing intermediate


def extensions(listed: Any) -> Extensions:
    """Return what an Extensions value of pyasn1's says; one that is broken counts as missing."""
    found: dict[str, Any] = {}
    for each in listed if listed.isValue else ():
        number = str(each["extnID"])
        with contextlib.suppress(*UNREADABLE):
            found.update(_read(number, each["extnValue"].asOctets()))
            if number == _CONSTRAINTS:
                found["constraints_critical"] = bool(each["critical"])
    return Extensions(**found)


def _read(number: str, content: bytes) -> dict[str, Any]:
    if number not in _READERS:
        return {}
    specification, reader = _READERS[number]
    value, _ = decode(content, asn1Spec=specification())
    return reader(value)


def _constraints(value: Any) -> dict[str, Any]:
    length = value["pathLenConstraint"]
    return {
        "authority": bool(value["cA"]),
        "path_length": int(length) if length.isValue else None,
    }


def _usage(value: Any) -> dict[str, Any]:
    return {"usage": frozenset(name for name, bit in zip(_USAGES, value, strict=False) if bit)}


def _purposes(value: Any) -> dict[str, Any]:
    return {"purposes": tuple(str(each) for each in value)}


def _names(value: Any) -> dict[str, Any]:
    shown = (_general_name(each) for each in list(value)[:_MOST_NAMES])
    return {"names": tuple(name for name in shown if name), "has_names": True}


def _general_name(name: Any) -> str:
    if name.getName() == "dNSName":
        return printable(str(name.getComponent()), 260)
    if name.getName() == "iPAddress":
        return str(ipaddress.ip_address(bytes(name.getComponent())))
    return ""


def _subject_key(value: Any) -> dict[str, Any]:
    return {"subject_key": bytes(value)}


def _authority_key(value: Any) -> dict[str, Any]:
    identifier = value["keyIdentifier"]
    return {"authority_key": bytes(identifier) if identifier.isValue else None}


def _access(value: Any) -> dict[str, Any]:
    urls = [
        str(each["accessLocation"].getComponent())
        for each in value
        if str(each["accessMethod"]) == _ISSUERS_URL
        and each["accessLocation"].getName() == "uniformResourceIdentifier"
    ]
    return {"issuer_urls": tuple(printable(url, 200) for url in urls)}


_READERS: dict[str, tuple[Any, Callable[[Any], dict[str, Any]]]] = {
    _SUBJECT_KEY: (rfc5280.SubjectKeyIdentifier, _subject_key),
    _KEY_USAGE: (rfc5280.KeyUsage, _usage),
    _NAMES: (rfc5280.SubjectAltName, _names),
    _CONSTRAINTS: (rfc5280.BasicConstraints, _constraints),
    _AUTHORITY_KEY: (rfc5280.AuthorityKeyIdentifier, _authority_key),
    _PURPOSES: (rfc5280.ExtKeyUsageSyntax, _purposes),
    _ACCESS: (rfc5280.AuthorityInfoAccessSyntax, _access),
}
