"""A host with several addresses, behind which different servers answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spip.tls.causes.saying import say

if TYPE_CHECKING:
    from collections.abc import Sequence

    from spip.tls.evidence import Evidence
    from spip.tls.words import Finding


def finding(evidence: Evidence, found: Sequence[Finding]) -> Finding | None:
    """Return it where another address of the host is in order; `found` is what is wrong with this.

    pip takes the first address that a connection comes about with, so it never gets to the others.
    """
    seen = evidence.observed
    good = [each.address for each in seen.others if each.failure is None]
    problems = [each.sentence for each in found if each.weight == "problem"]
    if not good or not problems:
        return None
    bad = shown(seen.address)
    good_ones = " and ".join(shown(each) for each in good)
    return say("addresses-differ", evidence, bad=bad, good=good_ones, what=problems[0])


def shown(address: str) -> str:
    """Return an address with its family, by which people tell the two apart."""
    return f"{'IPv6' if ':' in address else 'IPv4'} {address}"
