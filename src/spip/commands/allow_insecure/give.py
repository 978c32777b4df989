"""Give a grant: show what is presented, ask, write it into the log, keep it."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any

from spip import redact, text
from spip.commands import confirm
from spip.commands.allow_insecure import conditions, file_hosts, listing, usual
from spip.commands.presented_chain import drawn, refused
from spip.console import progress
from spip.doctor.collect import Request, collect_local_state, make_host_context
from spip.errors import SpipError
from spip.invocation import beginning, command_line, names_python
from spip.policy import audit_server, clock, grants, in_force, session_rules, state_folder
from spip.policy.grants import Grant
from spip.text import printable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from spip.commands.allow_insecure import Options
    from spip.commands.presented_chain import Refused
    from spip.policy.policy_file import Policy
    from spip.probe.endpoint import Endpoint

_LONGEST_REASON = 300
# Below, pip runs without truststore, and its connections can't be watched.
_OLDEST_WATCHED = (3, 10)


def main(wanted: Options, environ: Mapping[str, str]) -> int:
    """Give the grant that is wanted; 0, or pip's exit code. Raises SpipError."""
    host, rules = wanted.place, in_force.policy()
    if host is None:
        raise SpipError("name a host", exit_code=2)
    conditions.see_to(wanted, host, rules, environ, terminal=confirm.is_terminal())
    state_folder.folder(environ)  # where no log can be kept, nothing else needs to be asked
    found = _shown(host, wanted, environ)
    if found is None:
        _say(f"{host.shown} is verified here: no grant is needed, and none was given")
    else:
        length = wanted.length or usual(rules.longest)
        _ask(host, length, wanted)
        _keep(_grant(found, host, length, wanted), rules, environ)
    if wanted.pip is None:
        return 0

    return run(wanted.pip)


def _shown(host: Endpoint, wanted: Options, environ: Mapping[str, str]) -> Refused | None:
    """Show what the host presents, and what else a grant would pass over."""
    order = Request((host,), by_module=names_python(), spip=command_line())
    with progress(sys.stderr) as tell:
        tell("asking pip for its settings")
        setup = collect_local_state(order, environ)
        everything = make_host_context(order, setup, environ)
        tell(f"asking {host.shown}")
        found = refused(host, everything)
        if found is None:
            return None
        hosts = file_hosts.of(found, setup, wanted.pip or (), everything)
    _tell(host, found, hosts)
    if setup.facts.version[:2] < _OLDEST_WATCHED:
        _say(
            f"the target is Python {setup.facts.shown_version}, whose connections can't be "
            "watched: there nothing is relaxed"
        )
    return found


def _tell(host: Endpoint, found: Refused, hosts: file_hosts.FileHosts) -> None:
    proxy = found.evidence.observed.proxy
    _say(f"{host.shown} presents{f' through {proxy.shown}' if proxy else ''}:")
    print("\n".join(drawn(found.sent)), file=sys.stderr)
    _say(f"refused: {found.error}")
    for each in found.beside:
        _say(f"and beside that: {each.sentence}")
    if found.mending:
        _say(f"instead of a grant: {found.mending.next_for(command_line())}")
    for other in hosts.refused:
        again = command_line("allow-insecure", other.shown, "--reason", "TEXT")
        _say(f"its files lie on {other.shown}, which needs a grant of its own:  {again}")
    for other in hosts.plain:
        _say(f"its files lie on {other.shown}, over plain HTTP, which no grant is about")


def _ask(host: Endpoint, length: int, wanted: Options) -> None:
    """Raise SpipError unless it is confirmed."""
    what = "this command" if wanted.pip else f"pip until {session_rules.until(length)}"
    question = (
        f"Anyone on the way can change what is installed from it. Let {what} talk to {host.shown} "
        "without verification?"
    )
    if not confirm.confirmed(
        question, yes=wanted.yes, otherwise=command_line("allow-insecure", "--help")
    ):
        raise SpipError("no grant was given")


def _grant(found: Refused, host: Endpoint, length: int, wanted: Options) -> Grant:
    now = clock.now()
    return Grant(
        host=host.host,
        port=host.port,
        sha256=found.leaf.fingerprint,
        subject=found.leaf.subject.text,
        issuer=found.leaf.issuer.text,
        by=state_folder.user_name(),
        reason=printable(redact.text(wanted.reason), _LONGEST_REASON),
        boot=now.boot,
        given=now.elapsed,
        ends=now.elapsed + length,
        given_on=now.date,
        ends_on=now.date + length,
        process=clock.this() if wanted.pip else None,
    )


def _keep(grant: Grant, rules: Policy, environ: Mapping[str, str]) -> None:
    """Write it into the log first: what can't be logged isn't given."""
    now = clock.now()
    left = grant.left(now)
    grants.read_or_none(environ)  # a damaged file is refused before anything is logged
    audit_server.note(_entry(grant, session_rules.until(left)), rules, environ)
    same = (grant.host, grant.port, grant.process)
    grants.change(
        environ,
        now,
        lambda before: (*(e for e in before if (e.host, e.port, e.process) != same), grant),
    )
    _told(grant, left)


def _entry(grant: Grant, until: str) -> dict[str, Any]:
    return {
        "event": "grant",
        "host": grant.host,
        "port": grant.port,
        "reason": grant.reason,
        "by": grant.by,
        "until": until,
        "seconds": round(grant.ends - grant.given),
        "process": bool(grant.process),
        "certificate": {
            "subject": grant.subject,
            "issuer": grant.issuer,
            "sha256": grant.sha256,
        },
    }


def _told(grant: Grant, left: int) -> None:
    shown = listing.shown(grant)
    if grant.process:
        _say(f"granted for this command: {shown}, with this one certificate")
        return
    print(
        f"granted: {shown} without verification, with this one certificate, until "
        f"{session_rules.until(left)} ({text.format_duration(left)})"
    )
    print(f"to end it:  {command_line('allow-insecure', '--revoke', shown)}")


def _say(text: str) -> None:
    print(f"spip: {text}", file=sys.stderr)


def run(arguments: Sequence[str]) -> int:
    """Run pip. POSIX: never returns, since this process becomes that command.

    What `allow-insecure` has imported and put in reach must not be there while pip runs. Windows
    has no such way; there pip runs in this process, or in a child of it.
    """
    sys.stdout.flush()
    sys.stderr.flush()
    if os.name != "nt":
        again = [sys.executable, *_safely(beginning(sys.orig_argv)[1:]), "pip", *arguments]
        os.execv(again[0], again)
    from spip import run as running

    code = running.pip(list(arguments), by_module=names_python(), words=())
    return code or 0


def _safely(words: list[str]) -> list[str]:
    """The same start, where -m would look for modules in the current folder first."""
    is_module = bool(words[1:]) and words[-2].startswith("-") and words[-2].endswith("m")
    return ["-P", *words] if is_module and sys.version_info >= (3, 11) else words
