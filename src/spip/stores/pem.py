"""Certificates out of PEM text, each on its own, whatever else stands around them."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

MARK = b"-----BEGIN CERTIFICATE-----"


def certificates(text: bytes) -> Iterator[bytes]:
    """Yield the DER of each plain certificate block in `text`; a broken one costs only itself.

    Blocks called TRUSTED CERTIFICATE are not plain roots (OpenSSL's own format, with purposes
    that may say no) and don't match.
    """
    import binascii
    import re

    # Base64 holds no "-", so a block without an end can't swallow the one after it.
    block = re.compile(MARK + b"([^-]*)-----END CERTIFICATE-----")
    for found in block.finditer(text):
        try:
            der = binascii.a2b_base64(found[1])
        except binascii.Error:
            continue
        if is_certificate(der):
            yield der


def is_certificate(der: bytes) -> bool:
    """Tell whether `der` has the outline of a certificate (RFC 5280, section 4.1).

    A sequence of exactly: a sequence, a sequence, a bit string. OpenSSL refuses a whole file for
    one block without it.
    """
    outer = _element(der, 0)
    if outer is None or outer[0] != 0x30 or outer[2] != len(der):
        return False
    tags, at = [], outer[1]
    while at < len(der):
        inner = _element(der, at)
        if inner is None or inner[2] > len(der):
            return False
        tags.append(inner[0])
        at = inner[2]
    return tags == [0x30, 0x30, 0x03]


def _element(der: bytes, at: int) -> tuple[int, int, int] | None:
    """Return tag, start of the content and end of the DER element at `at`; None if cut short."""
    if at + 2 > len(der):
        return None
    tag, length, start = der[at], der[at + 1], at + 2
    if length >= 0x80:
        octets = length & 0x7F
        length = int.from_bytes(der[start : start + octets], "big")
        start += octets
    return tag, start, start + length
