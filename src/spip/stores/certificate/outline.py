"""Where an element of DER begins and ends, and whether it has the outline of a certificate."""

from __future__ import annotations


def is_certificate(data: bytes, at: int, stop: int) -> bool:
    """Tell whether data[at:stop] has a certificate's outline (RFC 5280, section 4.1).

    A sequence of exactly: a sequence, a sequence, a bit string. OpenSSL refuses a whole file for
    one block without it.
    """
    if data[at : at + 1] != b"\x30" or end(data, at) != stop:
        return False
    inner = start(data, at)
    for tag in (b"\x30", b"\x30", b"\x03"):
        following = end(data, inner)
        if data[inner : inner + 1] != tag or not inner < following <= stop:
            return False
        inner = following
    return inner == stop


def start(data: bytes, at: int) -> int:
    """Return where the content of the DER element at `at` begins."""
    long = data[at + 1] if at + 1 < len(data) else 0
    return at + 2 + (long & 0x7F if long & 0x80 else 0)


def end(data: bytes, at: int) -> int:
    """Return where the DER element at `at` ends; 0 if none begins there.

    BER without a length, which only PKCS#7 may have, takes all that is left.
    """
    content = start(data, at)
    if len(data) < at + 2:
        return 0
    long = data[at + 1]
    if long < 0x80:
        return content + long
    if long == 0x80:
        return len(data)
    return content + int.from_bytes(data[at + 2 : content], "big") if long <= 0x84 else 0
