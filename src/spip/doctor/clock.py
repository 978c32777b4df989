"""What on this machine knows a date that its clock can't be before."""

from __future__ import annotations

import contextlib
from datetime import datetime, timezone
from typing import TYPE_CHECKING

from spip.diagnosis.evidence import Clock

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


def clock(now: datetime, witnesses: Iterable[tuple[str, datetime | None]]) -> Clock:
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


def witnesses(
    certifi_versions: Iterable[str], python_built: str
) -> Iterator[tuple[str, datetime | None]]:
    """Yield what was made when, as far as it says so."""
    yield "this Python", build_date(python_built)
    for version in certifi_versions:
        yield f"certifi {version}", certifi_date(version)
