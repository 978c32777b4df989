"""The grants that are alive: each switches verification off for one host, for a while."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spip.diagnosis.findings import SPIP, finding
from spip.errors import SpipError
from spip.policy import clock, session_rules

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from spip.diagnosis.findings import Finding
    from spip.policy.grants import Grant
    from spip.policy.policy_file import Policy


def alive(environ: Mapping[str, str], rules: Policy) -> Iterator[tuple[Grant, int]]:
    """Yield each grant that counts, and its seconds; those that can't be read count for nothing."""
    try:
        found = list(session_rules.live(environ, rules, clock.now()))
    except SpipError:
        return
    for grant, left in found:
        if not rules.broken and rules.allows(grant.host, grant.port):
            yield grant, left


def of_every_process(environ: Mapping[str, str], rules: Policy) -> tuple[Grant, ...]:
    """Return those that count for whatever pip is run next."""
    return tuple(grant for grant, _ in alive(environ, rules) if grant.process is None)


def findings(environ: Mapping[str, str], rules: Policy) -> Iterator[Finding]:
    """Yield one finding for each grant that counts."""
    for grant, left in alive(environ, rules):
        host = f"[{grant.host}]" if ":" in grant.host else grant.host
        yield finding(
            "verification-off",
            variant="hosts",
            tool="pip",
            hosts=f"{host}:{grant.port}",
            setting=f'a grant until {session_rules.until(left)} ("{grant.reason}")',
            remedy=f"{SPIP} allow-insecure --revoke {host}:{grant.port}",
        )
