"""The grants that are alive: each switches verification off for one host, for a while."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spip.consent import boot, session
from spip.errors import SpipError
from spip.tls.words import SPIP, finding

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from spip.consent.policy import Policy
    from spip.tls.words import Finding


def findings(environ: Mapping[str, str], rules: Policy) -> Iterator[Finding]:
    """Yield one finding for each grant that counts; those that can't be read count for nothing."""
    try:
        alive = list(session.live(environ, rules, boot.now()))
    except SpipError:
        return
    for grant, left in alive:
        if rules.broken or not rules.allows(grant.host, grant.port):
            continue
        host = f"[{grant.host}]" if ":" in grant.host else grant.host
        yield finding(
            "verification-off",
            variant="hosts",
            tool="pip",
            hosts=f"{host}:{grant.port}",
            setting=f'a grant until {session.until(left)} ("{grant.reason}")',
            remedy=f"{SPIP} allow-insecure --revoke {host}:{grant.port}",
        )
