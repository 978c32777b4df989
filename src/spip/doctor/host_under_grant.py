"""A host that is refused, seen by the way that a grant opens to pip: its pages say where files lie.

The grant is for one leaf; whoever shows another one is refused as without it. What is read over
that connection decides what is said, and nothing else; no login is sent.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from spip.bridge.verify_codes import is_untrusted
from spip.probe.look import pinned

if TYPE_CHECKING:
    from spip.diagnosis.evidence import Evidence
    from spip.doctor.host_check import Known
    from spip.policy.grants import Grant
    from spip.probe.connection import Deadline
    from spip.probe.endpoint import Endpoint


def seen(evidence: Evidence, known: Known, deadline: Deadline | None = None) -> Evidence:
    """Return what pip gets by a grant, the same evidence where none opens a way."""
    failed, shown = evidence.observed.failure, evidence.presented[:1]
    if failed is None or failed.kind != "certificate" or not is_untrusted(failed.code):
        return evidence
    where = evidence.observed.place
    if (
        failed.step != "handshake"
        or not shown
        or not _is_granted(where, shown[0].fingerprint, known)
    ):
        return evidence
    observed = pinned(where, evidence.observed.proxy, known.looker(deadline), shown[0].der)
    if observed.answer is None and observed.failure is None:  # another leaf was shown this time
        return evidence
    seconds = evidence.observed.seconds + observed.seconds
    sent = evidence.observed.presented
    observed = replace(observed, place=where, presented=sent, seconds=seconds)
    return replace(evidence, observed=observed, candidate=None, relaxed=True)


def _is_granted(where: Endpoint, fingerprint: str, known: Known) -> bool:
    return any(_is_for(each, where) and each.sha256 == fingerprint for each in known.grants)


def _is_for(grant: Grant, where: Endpoint) -> bool:
    return (grant.host.lower(), grant.port) == (where.host.lower(), where.port)
