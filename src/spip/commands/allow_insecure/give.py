"""Give a grant: check whether one may be given, show what is presented, ask, log it, keep it."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any

from spip import redact, terminal, text
from spip.commands.allow_insecure import active_grants, file_hosts
from spip.commands.presented_chain import describe, look_refused
from spip.console import progress
from spip.doctor.collect import Request, collect_local_state, make_host_context
from spip.errors import SpipError
from spip.invocation import beginning, command_line, joined, names_python, started
from spip.policy import audit_server, clock, grants, in_force, session_rules, state_folder
from spip.policy.grants import Grant
from spip.text import printable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from spip.commands.allow_insecure import Options
    from spip.commands.presented_chain import Refused
    from spip.policy.policy_file import Policy
    from spip.probe.endpoint import Endpoint

_USUAL_LENGTH = 3600  # seconds, of a grant that names no time
_LONGEST_REASON = 300
# What the variable CI says where this is no pipeline.
_NO_PIPELINE = frozenset({"", "0", "false"})
# Below, pip runs without truststore, and its connections can't be watched.
_OLDEST_WATCHED = (3, 10)


def main(options: Options, environ: Mapping[str, str]) -> int:
    """Give the grant that is asked for; 0, or pip's exit code. Raises SpipError."""
    host, rules = options.host, in_force.policy()
    if host is None:
        raise SpipError("name a host", exit_code=2)
    _check_conditions(options, host, rules, environ)
    state_folder.folder(environ)  # where no log can be kept, nothing else needs to be asked
    refused = _show(host, options, environ)
    if refused is None:
        _say(f"{host.shown} is verified here: no grant is needed, and none was given")
    else:
        length = options.length or min(_USUAL_LENGTH, rules.longest)
        _ask(host, length, options)
        _keep(_grant(refused, host, length, options), rules, environ)
    return 0 if options.pip is None else run_pip(options.pip)


def _check_conditions(
    options: Options, host: Endpoint, rules: Policy, environ: Mapping[str, str]
) -> None:
    """Raise SpipError where no grant may be given: the policy, a pipeline, nobody to confirm it."""
    if rules.broken or not rules.allows(host.host, host.port):
        raise rules.against(f"a grant for {host.shown}")
    if options.length > rules.longest:
        longest = text.format_duration(rules.longest)
        raise rules.against(f"a grant for longer than {longest}")
    if environ.get("CI", "").strip().lower() not in _NO_PIPELINE and not rules.in_ci:
        raise SpipError(
            "this is a pipeline (CI is set), where nobody sees what is switched off",
            "give it the root:  SPIP_CA_BUNDLE=FILE; or have an administrator allow it "
            "(docs/policy.md, in-ci)",
        )
    if not (options.yes or terminal.can_answer()):
        raise SpipError("nobody is there to confirm it", _with_yes(options, host))


def _with_yes(options: Options, host: Endpoint) -> str:
    words = ["allow-insecure", host.shown, "--reason", options.reason, "--yes"]
    words += ["--for", text.duration_word(options.length)] if options.length else []
    return joined([*started(), *words, *(("--", *options.pip) if options.pip else ())])


def _show(host: Endpoint, options: Options, environ: Mapping[str, str]) -> Refused | None:
    """Show what the host presents, and what else a grant would ignore; None if it is verified."""
    request = Request((host,), by_module=names_python(), spip=command_line())
    with progress(sys.stderr) as tell:
        tell("asking pip for its settings")
        setup = collect_local_state(request, environ)
        context = make_host_context(request, setup, environ)
        tell(f"asking {host.shown}")
        refused = look_refused(host, context)
        if refused is None:
            return None
        hosts = file_hosts.find(refused, setup, options.pip or (), context)
    _say_refused(host, refused, hosts)
    if setup.facts.version[:2] < _OLDEST_WATCHED:
        _say(
            f"the target is Python {setup.facts.shown_version}, whose connections can't be "
            "watched: there nothing is relaxed"
        )
    return refused


def _say_refused(host: Endpoint, refused: Refused, hosts: file_hosts.FileHosts) -> None:
    proxy = refused.evidence.observed.proxy
    _say(f"{host.shown} presents{f' through {proxy.shown}' if proxy else ''}:")
    print("\n".join(describe(refused.sent)), file=sys.stderr)
    _say(f"refused: {refused.error}")
    for finding in refused.beside:
        _say(f"and beside that: {finding.sentence}")
    if refused.mending:
        _say(f"instead of a grant: {refused.mending.next_for(command_line())}")
    for other in hosts.refused:
        again = command_line("allow-insecure", other.shown, "--reason", "TEXT")
        _say(f"its files lie on {other.shown}, which needs a grant of its own:  {again}")
    for other in hosts.plain:
        _say(f"its files lie on {other.shown}, over plain HTTP, which no grant is about")


def _ask(host: Endpoint, length: int, options: Options) -> None:
    """Raise SpipError unless it is confirmed."""
    what = "this command" if options.pip else f"pip until {session_rules.until(length)}"
    question = (
        f"Anyone on the way can change what is installed from it. Let {what} talk to {host.shown} "
        "without verification?"
    )
    if not terminal.confirm(
        question, yes=options.yes, otherwise=command_line("allow-insecure", "--help")
    ):
        raise SpipError("no grant was given")


def _grant(refused: Refused, host: Endpoint, length: int, options: Options) -> Grant:
    now = clock.now()
    return Grant(
        host=host.host,
        port=host.port,
        sha256=refused.leaf.fingerprint,
        subject=refused.leaf.subject.text,
        issuer=refused.leaf.issuer.text,
        by=state_folder.user_name(),
        reason=printable(redact.text(options.reason), _LONGEST_REASON),
        boot=now.boot,
        given=now.elapsed,
        ends=now.elapsed + length,
        given_on=now.date,
        ends_on=now.date + length,
        process=clock.this() if options.pip else None,
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
        lambda before: (*(g for g in before if (g.host, g.port, g.process) != same), grant),
    )
    _print_granted(grant, left)


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


def _print_granted(grant: Grant, left: int) -> None:
    shown = active_grants.format_host(grant)
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


def run_pip(arguments: Sequence[str]) -> int:
    """Run pip. POSIX: never returns, since this process becomes that command.

    What `allow-insecure` has imported and put in reach must not be there while pip runs. Windows
    has no such way; there pip runs in this process, or in a child of it.
    """
    sys.stdout.flush()
    sys.stderr.flush()
    if os.name != "nt":
        again = [
            sys.executable,
            *_without_current_folder(beginning(sys.orig_argv)[1:]),
            "pip",
            *arguments,
        ]
        os.execv(again[0], again)
    from spip import run

    code = run.pip(list(arguments), by_module=names_python(), words=())
    return code or 0


def _without_current_folder(words: list[str]) -> list[str]:
    """The same start; with -m, Python would look for modules in the current folder first."""
    is_module = bool(words[1:]) and words[-2].startswith("-") and words[-2].endswith("m")
    return ["-P", *words] if is_module and sys.version_info >= (3, 11) else words
