"""Findings about one host, with the facts that name it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from spip.tls.words import finding

if TYPE_CHECKING:
    from spip.tls.evidence import Evidence
    from spip.tls.words import Finding


def say(cause: str, evidence: Evidence, variant: str = "", **facts: Any) -> Finding:
    """Return the finding; `host` and `place` (its port in words) are among its facts."""
    where = evidence.observed.place
    place = f"{where.host} port {where.port}"
    about = where.shown
    return finding(cause, variant=variant, about=about, host=about, place=place, **facts)


def default(evidence: Evidence) -> str:
    """Return the variant of a next step that tells of `index-url`, where no index is configured."""
    return "default" if evidence.only_default else ""
