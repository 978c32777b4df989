"""What Python's ssl module can't tell of a certificate: purposes, trust attributes, PKCS#7.

Only few certificates need it; pyasn1 is imported when one does. The schemas name what is asked for
and leave the rest as bytes, which keeps each certificate as it is signed.
"""

from __future__ import annotations

import functools

from spip.stores.source import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

SERVER_AUTH = "1.3.6.1.5.5.7.3.1"
ANY_PURPOSE = "2.5.29.37.0"
_PURPOSES = "2.5.29.37"
_SIGNED_DATA = "1.2.840.113549.1.7.2"
# What a DER certificate with extended key usage must hold: the number of that extension.
_PURPOSES_DER = b"\x55\x1d\x25"


class Details(Value):
    """The end of validity (epoch seconds), and the purposes; None: not limited to any."""

    __slots__ = ("expires", "purposes")
    expires: int
    purposes: tuple[str, ...] | None

    def __init__(self, expires: int, purposes: tuple[str, ...] | None) -> None:
        super().__init__(expires, purposes)


def may_limit_purposes(der: bytes) -> bool:
    """Tell, without parsing, whether a certificate needs a look at its purposes."""
    return _PURPOSES_DER in der


def details(der: bytes) -> Details:
    """Read a certificate (RFC 5280). Raises ValueError."""
    body = _decode(der, _schemas()["certificate"])["body"]
    purposes = None
    if body["extensions"].hasValue():
        for extension in body["extensions"]:
            if str(extension["id"]) == _PURPOSES:
                listed = _decode(bytes(extension["value"]), _schemas()["numbers"])
                purposes = tuple(str(number) for number in listed)
    return Details(int(_end(body["validity"]).timestamp()), purposes)


def serves(purposes: tuple[str, ...] | None) -> bool:
    """Tell whether extended key usage allows servers (RFC 5280, section 4.2.1.12)."""
    return purposes is None or SERVER_AUTH in purposes or ANY_PURPOSE in purposes


def trusted_for_servers(aux: bytes) -> bool:
    """Tell what the attributes of a TRUSTED CERTIFICATE say (openssl-x509(1), "Trust settings").

    A list of trusted purposes without servers is a no, and so is a list of rejected ones with them.
    Raises ValueError.
    """
    if not aux:
        return True
    attributes = _decode(aux, _schemas()["attributes"])
    for name in ("reject", "trust"):
        if attributes[name].hasValue():
            listed = serves(tuple(str(number) for number in attributes[name]))
            if listed is (name == "reject"):
                return False
    return True


def of_pkcs7(der: bytes) -> list[bytes]:
    """Return the certificates that a PKCS#7 file holds (RFC 2315). Raises ValueError."""
    outer = _decode(der, _schemas()["content"])
    if str(outer["type"]) != _SIGNED_DATA:
        raise ValueError("no signed data")
    signed = _decode(bytes(outer["data"]), _schemas()["signed"])
    if not signed["certificates"].hasValue():
        return []
    return [bytes(certificate) for certificate in signed["certificates"]]


def _end(validity: Any) -> Any:
    return validity["end"].getComponent().asDateTime


def _decode(data: bytes, schema: Any) -> Any:
    from pyasn1.codec.ber import decoder
    from pyasn1.error import PyAsn1Error

    try:
        return decoder.decode(data, asn1Spec=schema)[0]
    except (PyAsn1Error, RecursionError, LookupError, TypeError, ArithmeticError) as error:
        raise ValueError("not readable") from error


@functools.cache
def _schemas() -> dict[str, Any]:
    from spip.stores.certificate import schemas

    return schemas.SCHEMAS
