"""Names of keys and signatures, by the numbers that stand in certificates."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pyasn1.codec.der.decoder import decode

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
