"""From evidence to findings: pure, so that every cause can be tested from what was seen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spip.tls.causes import certificate, connection, proxy, time, trust
from spip.tls.words import in_order

if TYPE_CHECKING:
    from spip.tls.evidence import Evidence
    from spip.tls.words import Finding


def findings(evidence: Evidence) -> tuple[Finding, ...]:
    """Return every cause that the evidence establishes, the one that explains most first."""
    found = [
        *proxy.findings(evidence),
        *connection.findings(evidence),
        *trust.findings(evidence),
        *time.findings(evidence),
        *certificate.findings(evidence),
    ]
    if evidence.observed.failure and not any(each.weight == "problem" for each in found):
        found.append(connection.unexplained(evidence))
    return in_order(found)
