"""Turn evidence about hosts into findings, from the evidence alone."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from spip.diagnosis import (
    certificate_causes,
    connection_causes,
    proxy_causes,
    time_causes,
    trust_causes,
)
from spip.diagnosis.findings import in_rank_order

if TYPE_CHECKING:
    from collections.abc import Sequence

    from spip.diagnosis.evidence import Evidence
    from spip.diagnosis.findings import Finding

# What a cause explains is no cause beside it.
_UNREACHABLE = {"dns", "timeout", "refused", "unreachable", "handshake-cut"}
_EXPLAINED_BY = {
    "proxy-script": _UNREACHABLE,
    "captive-portal": _UNREACHABLE
    | {"wrong-host-name", "self-signed", "another-key", "unknown-authority", "plain-http"},
}


def diagnose(evidence: Evidence) -> tuple[Finding, ...]:
    """Return every cause that the evidence establishes, the one that explains most first."""
    found = [
        *proxy_causes.proxy_findings(evidence),
        *connection_causes.connection_findings(evidence),
        *trust_causes.trust_findings(evidence),
        *time_causes.time_findings(evidence),
        *certificate_causes.certificate_findings(evidence),
    ]
    if evidence.observed.failure and not any(each.severity == "problem" for each in found):
        found.append(connection_causes.unexplained_finding(evidence))
    if differ := certificate_causes.address_finding(evidence, in_rank_order(found)):
        found = [differ, *(each for each in found if each.severity != "problem")]
    explained = {
        cause for each in found for cause in _EXPLAINED_BY.get(each.cause, frozenset[str]())
    }
    return in_rank_order(each for each in found if each.cause not in explained)


def diagnose_hosts(hosts: Sequence[Evidence]) -> tuple[Finding, ...]:
    """Return the causes of several hosts; what one of them proves helps to advise on another.

    A root that signs for pip's built-in index signs for others too, and is asked for only once.
    """
    proven = {
        evidence.chain[-1].issuer.der: evidence.host
        for evidence in reversed(hosts)
        if evidence.observed.failure and trust_causes.find_interceptor(evidence)
    }
    found = []
    for evidence in hosts:
        signer = evidence.chain[-1].issuer.der if evidence.chain else b""
        for each in diagnose(evidence):
            if each.cause == "unknown-authority" and signer in proven:
                found.append(replace(each, next=trust_causes.same_root_step(proven[signer])))
            else:
                found.append(each)
    return in_rank_order(found)
