"""`spip allow-insecure --list` and `--revoke`: print the grants that are alive, or end one."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from spip import text
from spip.errors import SpipError
from spip.invocation import command_line
from spip.policy import audit_server, clock, grants, in_force, session_rules

if TYPE_CHECKING:
    from collections.abc import Mapping

    from spip.commands.allow_insecure import Options
    from spip.policy.grants import Grant


def show(environ: Mapping[str, str]) -> int:
    """Print each grant that is alive; 0. Raises SpipError where they can't be relied on."""
    rules = in_force.policy()
    if rules.broken:
        print(f"spip: the policy {rules.path} {rules.broken}: no grant counts", file=sys.stderr)
    alive = list(session_rules.live(environ, rules, clock.now()))
    for grant, left in alive:
        only = f", for process {grant.process[0]} alone" if grant.process else ""
        print(
            f"{format_host(grant)} until {session_rules.until(left)} "
            f"({text.format_duration(left)}){only}"
        )
        print(f'  granted by {grant.by} for "{grant.reason}"')
        print(f"  certificate {grant.subject}, sha256 {grant.sha256}")
        if not rules.broken and not rules.allows(grant.host, grant.port):
            print(f"  it doesn't count: {rules.path} forbids it")
    if not alive:
        print("no grant is alive: everything is verified")
    return 0


def revoke(options: Options, environ: Mapping[str, str]) -> int:
    """End the grants for a host, or for one port of it; 0. Raises SpipError if there is none."""
    host = options.host
    ended: list[Grant] = []

    def without_ended(before: tuple[Grant, ...]) -> list[Grant]:
        ended.extend(grant for grant in before if _is_meant(grant, options))
        return [grant for grant in before if grant not in ended]

    if grants.read_or_none(environ):
        grants.change(environ, clock.now(), without_ended)
    if not ended:
        raise SpipError(
            f"there is no grant for {host.shown if host else 'that host'}",
            command_line("allow-insecure", "--list"),
        )
    for grant in ended:
        print(f"ended: {format_host(grant)} is verified again")
        _log(grant, environ)
    return 0


def _log(grant: Grant, environ: Mapping[str, str]) -> None:
    entry = {"event": "revoke", "host": grant.host, "port": grant.port}
    try:
        audit_server.note(entry, in_force.policy(), environ)
    except SpipError as error:  # it is ended all the same
        print(f"spip: {error.message}", file=sys.stderr)


def format_host(grant: Grant) -> str:
    """Host and port as they can be typed."""
    host = f"[{grant.host}]" if ":" in grant.host else grant.host
    return f"{host}:{grant.port}"


def _is_meant(grant: Grant, options: Options) -> bool:
    host = options.host
    if host is None or grant.host != host.host:
        return False
    return options.any_port or grant.port == host.port
