"""Which certificates are a CA's, whose they are, and until when: by OpenSSL, as a TLS client would.

OpenSSL's own reader and its own idea of a CA decide; it reads a few hundred in the time in which
a parser in Python reads ten.
"""

from __future__ import annotations

from spip.certificates import pem, purposes
from spip.sources import Value
from spip.text import in_ascii

TYPE_CHECKING = False
if TYPE_CHECKING:
    import ssl
    from collections.abc import Collection, Iterator
    from typing import Any

# OpenSSL sorts a store again for each certificate that it takes; in a large one that adds up
# (10,000 in one store: 4.8 s; in stores of 128: 1.2 s).
_AT_ONCE = 128
_SHORT = {
    "commonName": "CN",
    "countryName": "C",
    "domainComponent": "DC",
    "localityName": "L",
    "organizationName": "O",
    "organizationalUnitName": "OU",
    "stateOrProvinceName": "ST",
}
_MONTHS = "JanFebMarAprMayJunJulAugSepOctNovDec"


class Facts(Value):
    """A CA certificate's subject (printable ASCII) and its end of validity (epoch seconds)."""

    __slots__ = ("expires", "subject")
    expires: int
    subject: str

    def __init__(self, subject: str, expires: int) -> None:
        super().__init__(expires, subject)


class Judged(Value):
    """`authorities`: each CA certificate, by its DER; `unreadable`: what OpenSSL refuses."""

    __slots__ = ("authorities", "unreadable")
    authorities: dict[bytes, Facts]
    unreadable: frozenset[bytes]

    def __init__(self, authorities: dict[bytes, Facts], unreadable: frozenset[bytes]) -> None:
        super().__init__(authorities, unreadable)


def judge(certificates: Collection[bytes]) -> Judged:
    """Judge each certificate (DER). Raises ImportError where Python has no ssl module."""
    authorities: dict[bytes, Facts] = {}
    unreadable: set[bytes] = set()
    for some in _in_parts(list(certificates)):
        context = _context()
        unreadable.update(_load(context, some))
        authorities.update(_authorities(context))
    return Judged(authorities, frozenset(unreadable))


def _in_parts(certificates: list[bytes]) -> Iterator[list[bytes]]:
    for at in range(0, len(certificates), _AT_ONCE):
        yield certificates[at : at + _AT_ONCE]


def _context() -> ssl.SSLContext:
    """Make a context of Python's own, also where something injected another class into ssl.

    truststore's refuses to tell which certificates it holds.
    """
    import ssl

    own = next(kind for kind in ssl.SSLContext.__mro__ if kind.__module__ == "ssl")
    context: ssl.SSLContext = own(ssl.PROTOCOL_TLS_CLIENT)
    return context


def _load(context: ssl.SSLContext, certificates: list[bytes]) -> list[bytes]:
    """Load them all; return those that OpenSSL refuses."""
    if _takes(context, certificates):
        return []
    # It stopped at the first bad one. To load one twice does no harm.
    return [certificate for certificate in certificates if not _takes(context, [certificate])]


def _takes(context: ssl.SSLContext, certificates: list[bytes]) -> bool:
    import ssl

    try:
        context.load_verify_locations(cadata=pem.text(certificates))
    except ssl.SSLError:
        return False
    return True


def _authorities(context: ssl.SSLContext) -> Iterator[tuple[bytes, Facts]]:
    ders = context.get_ca_certs(binary_form=True)
    try:
        texts: list[Any] = list(context.get_ca_certs())
    except (ValueError, OSError):
        texts = [None] * len(ders)  # one of them has a field that ssl can't put into words
    for der, text in zip(ders, texts, strict=True):
        yield der, _facts(der, text)


def _facts(der: bytes, text: Any) -> Facts:
    try:
        return Facts(_subject(text["subject"]), _seconds(text["notAfter"]))
    except (TypeError, KeyError, ValueError):
        return _closer(der)


def _closer(der: bytes) -> Facts:
    """Return at least until when it is valid; 0, long ago, if not even that can be read."""
    try:
        return Facts("(a subject that can't be shown)", purposes.details(der).expires)
    except ValueError:
        return Facts("(a subject that can't be shown)", 0)


def _subject(names: tuple[tuple[tuple[str, str], ...], ...]) -> str:
    """Return a subject with its most particular part first, as people look for it."""
    parts = [f"{_SHORT.get(name, name)}={value}" for part in names for name, value in part]
    return in_ascii(", ".join(reversed(parts)) or "(no subject)")


def _seconds(said: str) -> int:
    """Return the epoch seconds of "Jun  4 11:04:38 2035 GMT". Raises ValueError.

    ssl.cert_time_to_seconds needs strptime, whose import alone takes 5 ms.
    """
    from datetime import datetime, timezone

    month, day, clock, year, _ = said.split()
    hour, minute, second = (int(part) for part in clock.split(":"))
    number = _MONTHS.index(month) // 3 + 1
    moment = datetime(int(year), number, int(day), hour, minute, second, tzinfo=timezone.utc)
    return int(moment.timestamp())
