"""The outline of a certificate, cut out of its bytes: the one place that walks DER by hand.

To read one whole costs a millisecond; this costs a hundredth of that.
"""

from __future__ import annotations

from itertools import islice

from spip.sources import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

_SEQUENCE, _BITS, _VERSION = 0x30, 0x03, 0xA0
# How a certificate's extension list would hold a subjectKeyIdentifier (2.5.29.14).
_SUBJECT_KEY = bytes.fromhex("0603551d0e")


class Outline(Value):
    """Issuer and subject as they stand in the certificate (DER), and its own key's identifier."""

    __slots__ = ("issuer", "subject", "subject_key")
    issuer: bytes
    subject: bytes
    subject_key: bytes | None

    def __init__(self, issuer: bytes, subject: bytes, subject_key: bytes | None) -> None:
        super().__init__(issuer, subject, subject_key)


def outline(der: bytes) -> Outline | None:
    """Return the outline of a certificate (RFC 5280, section 4.1); None where it has none."""
    for _, inside, stop in elements(der, 0, len(der)):
        for _, begin, body_stop in elements(der, inside, stop):
            fields = [each for each in elements(der, begin, body_stop) if der[each[0]] != _VERSION]
            # serial number, signature algorithm, issuer, validity, subject
            if len(fields) < 5 or der[fields[2][0]] != _SEQUENCE or der[fields[4][0]] != _SEQUENCE:
                return None
            issuer, subject = (der[fields[n][0] : fields[n][2]] for n in (2, 4))
            return Outline(issuer, subject, _subject_key(der[begin:body_stop]))
    return None


def is_self_issued(der: bytes) -> bool:
    """Whether subject and issuer are one, as in a root, or in what a server made for itself."""
    found = outline(der)
    return found is not None and found.subject == found.issuer


def is_certificate(data: bytes, at: int, stop: int) -> bool:
    """Tell whether data[at:stop] has a certificate's outline (RFC 5280, section 4.1).

    A sequence of exactly: a sequence, a sequence, a bit string. OpenSSL refuses a whole file for
    one block without it.
    """
    if data[at : at + 1] != b"\x30" or end(data, at) != stop:
        return False
    inside = list(islice(elements(data, start(data, at), stop), 4))
    tags = [data[each[0]] for each in inside]
    return tags == [_SEQUENCE, _SEQUENCE, _BITS] and inside[-1][2] == stop


def elements(data: bytes, at: int, stop: int) -> Iterator[tuple[int, int, int]]:
    """Yield where each element of DER in data[at:stop] begins, its content begins, and it ends.

    It stops where something is cut short.
    """
    while at < (following := end(data, at)) <= stop:
        yield at, start(data, at), following
        at = following


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


def _subject_key(body: bytes) -> bytes | None:
    _, mark, rest = body.rpartition(_SUBJECT_KEY)
    if not mark:
        return None
    # An octet string that holds an octet string; "critical" would stand between them, and is
    # forbidden for this extension.
    for _, inside, stop in elements(rest, 0, len(rest)):
        for _, begin, inner_stop in elements(rest, inside, stop):
            return rest[begin:inner_stop]
    return None
