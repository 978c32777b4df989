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

# Digest by signature algorithm: RFC 8017, appendix A.2; RFC 5758; RFC 3279. "" where the
# signature has none of its own (EdDSA, RFC 8410).
_DIGESTS = {
    "1.2.840.113549.1.1.2": "md2",
    "1.2.840.113549.1.1.4": "md5",
    "1.2.840.113549.1.1.5": "sha1",
    "1.2.840.113549.1.1.11": "sha256",
    "1.2.840.113549.1.1.12": "sha384",
    "1.2.840.113549.1.1.13": "sha512",
    "1.2.840.113549.1.1.14": "sha224",
    "1.2.840.10040.4.3": "sha1",
    "1.2.840.10045.4.1": "sha1",
    "1.2.840.10045.4.3.1": "sha224",
    "1.2.840.10045.4.3.2": "sha256",
    "1.2.840.10045.4.3.3": "sha384",
    "1.2.840.10045.4.3.4": "sha512",
    "1.3.101.112": "",
    "1.3.101.113": "",
}
# Name and bits of the curves in use: RFC 5480, section 2.1.1.1; RFC 5639; SEC 2.
_CURVES = {
    "1.2.840.10045.3.1.1": ("P-192", 192),
    "1.2.840.10045.3.1.7": ("P-256", 256),
    "1.3.132.0.10": ("secp256k1", 256),
    "1.3.132.0.33": ("P-224", 224),
    "1.3.132.0.34": ("P-384", 384),
    "1.3.132.0.35": ("P-521", 521),
    "1.3.36.3.3.2.8.1.1.7": ("brainpoolP256r1", 256),
    "1.3.36.3.3.2.8.1.1.11": ("brainpoolP384r1", 384),
    "1.3.36.3.3.2.8.1.1.13": ("brainpoolP512r1", 512),
}
_RSA = ("1.2.840.113549.1.1.1", "1.2.840.113549.1.1.10")
_PSS = "1.2.840.113549.1.1.10"
_EC = "1.2.840.10045.2.1"
_OTHERS = {
    "1.3.101.112": ("Ed25519", 256),
    "1.3.101.113": ("Ed448", 456),
    "1.2.840.10040.4.1": ("DSA", 0),
}
# id-sha224 and its kin are 2.16.840.1.101.3.4.2.N (RFC 4055, section 2.1).
_SHA_2 = bytes.fromhex("06096086480165030402")
_SHA_2_BY_LAST = {4: "sha224", 1: "sha256", 2: "sha384", 3: "sha512"}


@dataclass(frozen=True)
class Key:
    """A public key's kind and size in bits; 0 where the size is not known."""

    kind: str  # "RSA", "EC", "Ed25519", "DSA", or the number of an unknown one
    bits: int
    name: str  # as a person reads it: "RSA 2048", "EC P-256"


def key(info: Any) -> Key:
    """Return the key in a SubjectPublicKeyInfo (a value of pyasn1's)."""
    number = str(info["algorithm"]["algorithm"])
    if number in _RSA:
        # RSAPublicKey, RFC 8017 appendix A.1.1: modulus, exponent.
        public, _ = decode(info["subjectPublicKey"].asOctets())
        bits = int(public[0]).bit_length()
        return Key("RSA", bits, f"RSA {bits}")
    if number == _EC:
        curve, _ = decode(info["algorithm"]["parameters"].asOctets())
        name, bits = _CURVES.get(str(curve), ("of another curve", 0))
        return Key("EC", bits, f"EC {name}")
    name, bits = _OTHERS.get(number, (number, 0))
    return Key(name, bits, name)


def digest(algorithm: Any) -> str:
    """Return the digest of an AlgorithmIdentifier (a value of pyasn1's), as hashlib names it."""
    number = str(algorithm["algorithm"])
    if number == _PSS:
        return _pss_digest(algorithm)
    return _DIGESTS.get(number, number)


def _pss_digest(algorithm: Any) -> str:
    """Return what RSASSA-PSS names in its parameters; SHA-1 where it names none (RFC 4055, 3.1)."""
    parameters = algorithm["parameters"]
    _, _, rest = (parameters.asOctets() if parameters.isValue else b"").partition(_SHA_2)
    return _SHA_2_BY_LAST.get(rest[0], "sha1") if rest else "sha1"
