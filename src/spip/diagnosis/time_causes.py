"""Find causes that have to do with dates: expired certificates, and a wrong clock."""

from __future__ import annotations

import contextlib
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING

from spip.bridge import verify_codes
from spip.diagnosis.evidence import Clock
from spip.diagnosis.findings import make_finding

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from spip.certificates.x509 import Certificate
    from spip.diagnosis.evidence import Evidence
    from spip.diagnosis.findings import Finding

_DAY = timedelta(days=1)


def time_findings(evidence: Evidence) -> Iterator[Finding]:
    """Yield what is out of date on a way that was refused; behind an untrusted root too."""
    failed = evidence.observed.failure
    if failed is None or failed.kind != "certificate" or failed.step != "handshake":
        return
    outside = [each for each in evidence.chain if not _valid(each, evidence.clock.now)]
    clock = _wrong_clock(evidence, outside)
    if clock:
        yield clock
    for certificate in outside:
        if not (clock and _explained(certificate, evidence)):
            yield _out_of_date(certificate, evidence)
    if not outside:
        yield from _by_code(evidence, verify_codes.meaning(failed.code, failed.text))


def format_span(span: timedelta) -> str:
    """Return a span as a person says it: days, months, years."""
    days = abs(span).days
    for size, word in ((365, "year"), (30, "month"), (1, "day")):
        count = days // size
        if count >= (1 if size == 1 else 2):
            return f"{count} {word}{'s' if count > 1 else ''}"
    return "less than a day"


def _wrong_clock(evidence: Evidence, outside: list[Certificate]) -> Finding | None:
    """The clock is wrong if a witness says so, and if that explains what was refused."""
    if not outside:
        return None
    true_time, witness = _true_time(evidence)
    if true_time is None or not any(_explained(each, evidence) for each in outside):
        return None
    behind = evidence.clock.now < true_time
    return make_finding(
        "wrong-clock",
        next_variant=evidence.platform,
        evidence=[f"this machine: {evidence.clock.now:%Y-%m-%d %H:%M} UTC", witness],
        amount=format_span(true_time - evidence.clock.now),
        direction="behind" if behind else "ahead",
        witness=witness,
        look="not yet valid" if behind else "expired",
    )


def _true_time(evidence: Evidence) -> tuple[datetime | None, str]:
    """Return another time than the clock's, and who says so; none where nobody disagrees."""
    clock, server = evidence.clock, evidence.observed.server_time
    if server and abs(server - clock.now) > _DAY:
        return server, f"the server's says {server:%Y-%m-%d}"
    if clock.built and clock.built - clock.now > _DAY:
        return clock.built, f"{clock.built_what} was made on {clock.built:%Y-%m-%d}"
    return None, ""


def _explained(certificate: Certificate, evidence: Evidence) -> bool:
    """Whether a certificate would be in order if the witness is right."""
    true_time, _ = _true_time(evidence)
    if true_time is None:
        return False
    if evidence.observed.server_time is None:  # then it is only known to be later than this
        return certificate.first > evidence.clock.now
    return _valid(certificate, true_time)


def _valid(certificate: Certificate, moment: datetime) -> bool:
    return certificate.first <= moment <= certificate.last


def _out_of_date(certificate: Certificate, evidence: Evidence) -> Finding:
    is_leaf = certificate is evidence.chain[0]
    facts = {"host": evidence.host, "name": certificate.subject.shown}
    if certificate.last < evidence.clock.now:
        variant = "" if is_leaf else "root" if certificate.is_self_issued else "intermediate"
        date = certificate.last
        return make_finding(
            "expired", variant=variant, about=evidence.host, date=_day(date), **facts
        )
    variant = "" if is_leaf else "authority"
    date = certificate.first
    return make_finding(
        "not-yet-valid", variant=variant, about=evidence.host, date=_day(date), **facts
    )


def _by_code(evidence: Evidence, meaning: str) -> Iterator[Finding]:
    """What the verifier says, where the certificate that it means wasn't sent (an old root)."""
    if meaning == verify_codes.EXPIRED:
        name = evidence.chain[-1].issuer.shown if evidence.chain else "(not sent)"
        facts = {"host": evidence.host, "name": name, "date": "an unknown day"}
        yield make_finding("expired", variant="root", about=evidence.host, **facts)


def _day(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d}"


def make_clock(now: datetime, witnesses: Iterable[tuple[str, datetime | None]]) -> Clock:
    """Return the clock with the latest of the witnesses: what was made, and when."""
    known = [(moment, what) for what, moment in witnesses if moment]
    if not known:
        return Clock(now)
    moment, what = max(known)
    return Clock(now, moment, what)


def certifi_date(version: str) -> datetime | None:
    """Return the day of a certifi, whose version is one: 2026.10.18."""
    parts = version.split(".")
    with contextlib.suppress(ValueError, TypeError):
        year, month, day = (int(part) for part in parts[:3])
        return datetime(year, month, day, tzinfo=timezone.utc)
    return None


def build_date(text: str) -> datetime | None:
    """Return the day of a Python's build, as `platform.python_build` says it: May  9 2026 07:36."""
    with contextlib.suppress(ValueError):
        day = " ".join([*text.split()[:3], "+0000"])
        return datetime.strptime(day, "%b %d %Y %z")
    return None


def clock_witnesses(
    certifi_versions: Iterable[str], python_built: str
) -> Iterator[tuple[str, datetime | None]]:
    """Yield what was made when, as far as it says so."""
    yield "this Python", build_date(python_built)
    for version in certifi_versions:
        yield f"certifi {version}", certifi_date(version)
