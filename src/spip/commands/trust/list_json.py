"""`spip trust list --json`: schema 1, described in docs/trust.md."""

from __future__ import annotations

import json
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from spip import __version__

if TYPE_CHECKING:
    from spip.certificates.x509 import Certificate
    from spip.commands.trust.survey import Extra, Survey
    from spip.stores.gather import Given

# Raised when a reader of the one before would be misled; new keys alone don't.
SCHEMA = 1


def text(found: Survey) -> str:
    """Return the survey as one JSON object, in ASCII."""
    facts = found.here.facts
    now = datetime.now(timezone.utc)
    said = {
        "schema": SCHEMA,
        "spip": __version__,
        "target": {
            "python": facts.python,
            "version": facts.shown_version,
            "pip": facts.pip.version if facts.pip else None,
            "rule": facts.rule,
        },
        "sources": [_source(one, found) for one in found.given],
        "extra_roots": [_extra(each, now) for each in found.extra],
        "strict": [_extra(each, now) for each in found.strict],
        "edited_certifi": [
            {
                "path": each.path,
                "package": each.package,
                "certificates": [_certificate(c, now) for c in each.certificates],
            }
            for each in found.edited
        ],
        "elsewhere": [
            {
                "tool": each.tool,
                "setting": each.setting,
                "path": each.path,
                "roots": [_certificate(c, now) for c in each.roots],
            }
            for each in found.elsewhere
        ],
    }
    return json.dumps(said, indent=2)


def _source(one: Given, found: Survey) -> dict[str, Any]:
    return {
        "kind": one.source.kind,
        "label": one.source.label,
        "path": one.source.path,
        "roots": len(one.roots),
        "extra": found.count_extra(one.source),
        "passed_over": [
            {"reason": each.reason, "whole": each.whole, "line": each.line or None}
            for each in one.refused
        ],
    }


def _extra(each: Extra, now: datetime) -> dict[str, Any]:
    return {
        **_certificate(each.certificate, now),
        "sources": [source.label for source in each.sources],
        "product": each.product or None,
        "strict": list(each.strict),
    }


def _certificate(each: Certificate, now: datetime) -> dict[str, Any]:
    return {
        "fingerprint": each.fingerprint,
        "subject": each.subject.text,
        "expires": each.last.isoformat().replace("+00:00", "Z"),
        "days_left": (each.last - now).days,
    }
