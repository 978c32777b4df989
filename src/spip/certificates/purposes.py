"""What Python's ssl module can't tell of a certificate: purposes, trust attributes, PKCS#7.

Only few certificates need it; pyasn1 is imported when one does. The schemas name what is asked for
and leave the rest as bytes, which keeps each certificate as it is signed.
"""

from __future__ import annotations

import contextlib
import functools

from spip.sources import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
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
    with _readable():
        body = _decode(der, "certificate")["body"]
        purposes = None
        if body["extensions"].hasValue():
            for extension in body["extensions"]:
                if str(extension["id"]) == _PURPOSES:
                    purposes = _numbers(_decode(bytes(extension["value"]), "numbers"))
        return Details(_seconds(body["validity"]["end"]), purposes)


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
    with _readable():
        attributes = _decode(aux, "attributes")
        for name in ("reject", "trust"):
            if attributes[name].hasValue():
                listed = serves(_numbers(attributes[name]))
                if listed is (name == "reject"):
                    return False
    return True


def of_pkcs7(der: bytes) -> list[bytes]:
    """Return the certificates that a PKCS#7 file holds (RFC 2315). Raises ValueError."""
    with _readable():
        outer = _decode(der, "content")
        if str(outer["type"]) != _SIGNED_DATA:
            raise ValueError("no signed data")
        signed = _decode(bytes(outer["data"]), "signed")
        if not signed["certificates"].hasValue():
            return []
        return [bytes(certificate) for certificate in signed["certificates"]]


def _seconds(time: Any) -> int:
    """Return epoch seconds; a two-digit year from 50 on is one of the 20th century (RFC 5280)."""
    moment = time.getComponent().asDateTime
    if time.getName() == "utc" and moment.year >= 2050:
        moment = moment.replace(year=moment.year - 100)
    return int(moment.timestamp())


def _numbers(listed: Any) -> tuple[str, ...]:
    return tuple(str(number) for number in listed)


def _decode(data: bytes, schema: str) -> Any:
    from pyasn1.codec.ber import decoder

    return decoder.decode(data, asn1Spec=_schemas()[schema])[0]


@contextlib.contextmanager
def _readable() -> Iterator[None]:
    """Turn whatever garbled bytes do to pyasn1, also late, into a ValueError."""
    try:
        yield
    except Exception as error:  # besides its own kind, AttributeError and others
        raise ValueError("not readable") from error


@functools.cache
def _schemas() -> dict[str, Any]:
    from spip.certificates import asn1_schemas

    return asn1_schemas.SCHEMAS
