"""What holds for one pip command: the policy, and the grants that are alive for it."""

from __future__ import annotations

import time

from spip.errors import SpipError
from spip.policy import clock, grants, locations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

    from spip.policy.clock import Now
    from spip.policy.grants import Grant
    from spip.policy.policy_file import Policy


def for_session(environ: Mapping[str, str], rules: Policy) -> dict[str, Any]:
    """Return what `in_force.for_session` does where there is a policy or a file of grants."""
    refused = ""
    notices: list[str] = []
    alive: list[dict[str, Any]] = []
    if rules.broken:
        notices.append(
            f"the policy {rules.path} {rules.broken}: until that is mended, nothing runs without "
            "verification"
        )
    if locations.may_exist(locations.grants_file(environ)):
        try:
            now = clock.now()
            alive, told = _alive(environ, rules, now)
            notices += told
        except SpipError as error:
            refused = error.message
            notices.append(error.message)
    return {
        "policy": rules.path,
        "policy_seen": rules.digest,
        "broken": rules.broken,
        "own_ways": rules.own_ways,
        "log_demanded": rules.demands_log(),
        "certifi": rules.certifi,
        "grants": alive,
        "grants_file": locations.grants_file(environ),
        "refused_grants": refused,
        "notices": notices,
    }


def live(environ: Mapping[str, str], rules: Policy, now: Now) -> Iterator[tuple[Grant, int]]:
    """Yield each grant that counts now, for whatever process, and the seconds that it has left.

    Raises SpipError where the grants can't be relied on.
    """
    for grant in grants.read_or_none(environ):
        left = grant.left(now, rules.longest)
        if left and (not grant.process or grant.has_process()):
            yield grant, left


def _alive(
    environ: Mapping[str, str], rules: Policy, now: Now
) -> tuple[list[dict[str, Any]], list[str]]:
    """The grants for this process, and what is to be said of those that don't count."""
    kept = grants.read(environ)
    if any(grant.is_over(now) for grant in kept):
        _sweep(environ, now)
    alive: list[dict[str, Any]] = []
    told: list[str] = []
    this = clock.this()
    for grant, left in live(environ, rules, now):
        if grant.process and grant.process != this:
            continue
        if rules.allows(grant.host, grant.port):
            alive.append(_told(grant, left, now))
        elif not rules.broken:
            told.append(f"the grant for {grant.host} doesn't count: {rules.path} forbids it")
    return alive, told


def _sweep(environ: Mapping[str, str], now: Now) -> None:
    import contextlib

    with contextlib.suppress(SpipError):  # a home that can't be written: they don't count anyway
        grants.change(environ, now, lambda kept: kept)


def _told(grant: Grant, left: int, now: Now) -> dict[str, Any]:
    return {
        "host": grant.host,
        "port": grant.port,
        "sha256": grant.sha256,
        "until": until(left),
        "ends": now.elapsed + left,  # by `spip.uptime`
        "by": grant.by,
        "reason": grant.reason,
    }


def until(left: float) -> str:
    """Return the local time in so many seconds: "14:32", with its date where that isn't today."""
    now = time.time()
    end = time.localtime(now + left)
    same_day = time.strftime("%Y-%m-%d", end) == time.strftime("%Y-%m-%d", time.localtime(now))
    return time.strftime("%H:%M" if same_day else "%Y-%m-%d %H:%M", end)
