"""Whether a certificate may be a root here."""

from __future__ import annotations

from spip import sources
from spip.certificates import purposes
from spip.certificates.der import is_self_issued

TYPE_CHECKING = False
if TYPE_CHECKING:
    from spip.certificates.openssl_facts import Facts, Judged
    from spip.stores.contents import Part


class Rules:
    """The conditions for a root, one line each.

    `known` are the certificates that the OS or certifi have, which other sources need not prove
    again; `distrusted` (DER, SHA-256 or SHA-1) counts against every source. `now`: epoch seconds.
    """

    def __init__(
        self, judged: Judged, known: frozenset[bytes], distrusted: frozenset[bytes], now: int
    ) -> None:
        self._judged = judged
        self._known = known
        self._distrusted = distrusted
        self._now = now

    def facts(self, der: bytes) -> Facts:
        """Return who and until when, of a CA certificate."""
        return self._judged.authorities[der]

    def against(self, part: Part, *, as_it_is: bool) -> tuple[str, str] | None:
        """Return what speaks against `part` as a root: a value of `why`, and words after "it"."""
        facts = self._judged.authorities.get(part.der)
        if self._is_distrusted(part.der):
            return sources.DISTRUSTED, f"is distrusted by this system{self._name(facts)}"
        if part.der in self._judged.unreadable:
            return sources.BROKEN, "holds a broken certificate"
        if facts is None:
            return sources.NO_AUTHORITY, f"holds a certificate that {_no_authority(part.der)}"
        if as_it_is or part.der in self._known:
            return None
        if facts.expires <= self._now:
            return sources.EXPIRED, f"expired on {_day(facts.expires)}{self._name(facts)}"
        purpose = self._purpose(part.der, part.aux, facts)
        return (sources.PURPOSE, purpose) if purpose else None

    def _is_distrusted(self, der: bytes) -> bool:
        from hashlib import sha1, sha256

        return bool(self._distrusted) and (
            der in self._distrusted
            or sha256(der).digest() in self._distrusted
            # What macOS files its settings under; an attacker gains nothing by being distrusted.
            or sha1(der, usedforsecurity=False).digest() in self._distrusted
        )

    def _purpose(self, der: bytes, aux: bytes, facts: Facts) -> str:
        try:
            if not purposes.trusted_for_servers(aux):
                return f"is not trusted for servers, by its own attributes{self._name(facts)}"
            if purposes.may_limit_purposes(der) and not purposes.serves(
                purposes.details(der).purposes
            ):
                return f"is not for servers{self._name(facts)}"
        except ValueError:
            return f"has purposes that can't be read{self._name(facts)}"
        return ""

    def _name(self, facts: Facts | None) -> str:
        return f": {facts.subject}" if facts else ""


def _no_authority(der: bytes) -> str:
    return "signed itself and is no CA's" if is_self_issued(der) else "is no CA's"


def _day(moment: int) -> str:
    from datetime import datetime, timezone

    return datetime.fromtimestamp(moment, tz=timezone.utc).strftime("%Y-%m-%d")
