"""The grants that are alive: shown, or ended."""

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
        alone = f", for process {grant.process[0]} alone" if grant.process else ""
        print(
            f"{shown(grant)} until {session_rules.until(left)} "
            f"({text.format_duration(left)}){alone}"
        )
        print(f'  granted by {grant.by} for "{grant.reason}"')
        print(f"  certificate {grant.subject}, sha256 {grant.sha256}")
        if not rules.broken and not rules.allows(grant.host, grant.port):
            print(f"  it doesn't count: {rules.path} forbids it")
    if not alive:
        print("no grant is alive: everything is verified")
    return 0


def revoke(wanted: Options, environ: Mapping[str, str]) -> int:
    """End the grants for a host, or for one port of it; 0. Raises SpipError if there is none."""
    host = wanted.place
    ended: list[Grant] = []

    def without(kept: tuple[Grant, ...]) -> list[Grant]:
        ended.extend(each for each in kept if _is_meant(each, wanted))
        return [each for each in kept if each not in ended]

    if grants.read_or_none(environ):
        grants.change(environ, clock.now(), without)
    if not ended:
        raise SpipError(
            f"there is no grant for {host.shown if host else 'that host'}",
            command_line("allow-insecure", "--list"),
        )
    for each in ended:
        print(f"ended: {shown(each)} is verified again")
        _note(each, environ)
    return 0


def _note(grant: Grant, environ: Mapping[str, str]) -> None:
    entry = {"event": "revoke", "host": grant.host, "port": grant.port}
    try:
        audit_server.note(entry, in_force.policy(), environ)
    except SpipError as error:  # it is ended all the same
        print(f"spip: {error.message}", file=sys.stderr)


def shown(grant: Grant) -> str:
    """Return host and port as they can be typed."""
    host = f"[{grant.host}]" if ":" in grant.host else grant.host
    return f"{host}:{grant.port}"


def _is_meant(grant: Grant, wanted: Options) -> bool:
    host = wanted.place
    if host is None or grant.host != host.host:
        return False
    return wanted.any_port or grant.port == host.port
