"""`spip doctor --fix`: make verification work, then remove what switched it off.

First come the roots that are here and unused, then the relaxations one by one, then pip's cache,
which a run without verification may have filled, and last the hook that makes `pip` mean spip.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from spip import data
from spip.console import progress
from spip.doctor.setting_commands import unset_variable
from spip.environment import system
from spip.errors import SpipError
from spip.invocation import command_line, names_python
from spip.relaxations.relaxation import ADDED, HTTP, OFF
from spip.repair import preconditions
from spip.repair.messages import safe_line

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from spip.doctor.collect import Request
    from spip.environment.target_facts import Pip
    from spip.relaxations.relaxation import Relaxation
    from spip.repair.backup import Backup, HookCommand
    from spip.repair.messages import Prompt
    from spip.repair.preconditions import Preconditions, Remedy


def fix(hook: HookCommand, *, yes: bool, dry_run: bool) -> int:
    """Offer all that can be mended; 0 if nothing is left, else 1. Raises SpipError.

    `hook` is the command `spip hook`.
    """
    from spip.relaxations import search
    from spip.repair import messages, preconditions
    from spip.repair.messages import make_prompt

    environ = dict(os.environ)
    # An index that is asked over https:// from now on no longer needs its trusted-host.
    relaxations = sorted(
        search.find_relaxations(_pip(environ), environ), key=lambda each: each.kind != HTTP
    )
    ready = _check_preconditions(relaxations, environ)
    first = preconditions.find_remedies(ready, relaxations)
    if not relaxations and not first:
        return _print_nothing_to_do(ready, environ)
    how = make_prompt(yes=yes, dry_run=dry_run)
    if how.listed:
        return _print_plan(relaxations, first, ready, how)
    try:
        code = _repair(relaxations, ready, environ, how, hook)
    except SpipError as error:
        print(f"{messages.safe_line(error.message)}; what was done stays done")
        return 1
    print_set_variables(environ)
    return code


def _request() -> Request:
    from spip.doctor.collect import Request

    return Request(by_module=names_python(), spip=command_line())


def _pip(environ: Mapping[str, str]) -> Pip | None:
    from spip.doctor.collect import collect_local_state

    return collect_local_state(_request(), environ).facts.pip


def _check_preconditions(
    relaxations: Sequence[Relaxation], environ: Mapping[str, str]
) -> Preconditions:
    from spip.repair.preconditions import check_preconditions

    with progress(sys.stderr) as tell:
        return check_preconditions(relaxations, environ, _request(), tell)


def _print_nothing_to_do(ready: Preconditions, environ: Mapping[str, str]) -> int:

    left = print_set_variables(environ)
    if _print_first_problem(ready, "nothing that can be mended from here"):
        return 1
    if not left:
        print("nothing to mend: verification works, and no file switches it off")
    return 1 if left else 0


def _print_first_problem(ready: Preconditions, what: str) -> bool:
    """Whether pip doesn't work; the first problem is said, with its next step."""
    for problem in ready.found.problems[:1]:
        print(f"{what}; {problem.sentence}")
        print(f"  next: {problem.next_for(ready.found.spip)}")
    return bool(ready.found.problems)


def _print_plan(
    relaxations: Sequence[Relaxation], first: Sequence[Remedy], ready: Preconditions, how: Prompt
) -> int:
    """Say what would be done. Nothing is changed."""
    from spip.repair import removal

    for mend in first:
        print(f"first:  {command_line(*mend.words)}  ({mend.why})")
    wanted = removal.choose_relaxations(
        relaxations,
        lambda relaxation, going: ready.against(relaxation, going, mended=bool(first)),
        how,
    )
    for words in follow_up_commands(wanted):
        print(f"then:  {command_line(*words)}")
    if how.dry_run:
        print()
        removal.print_patches(wanted)
        return 0
    print(
        "\nnothing was changed, since nobody is here to be asked:  "
        + command_line("doctor", "--fix")
    )
    print(f"without being asked:  {command_line('doctor', '--fix', '--yes')}")
    return 1


def _repair(
    relaxations: Sequence[Relaxation],
    ready: Preconditions,
    environ: Mapping[str, str],
    how: Prompt,
    hook: HookCommand,
) -> int:
    from spip.repair import backup, preconditions, removal

    lock = _lock()
    mended = []
    for mend in preconditions.find_remedies(ready, relaxations):
        print(f"first: {mend.why}", flush=True)
        mended.append(preconditions.run_spip(mend.words, yes=how.yes))
        if mended[-1]:
            ready = _check_preconditions(relaxations, environ)
    run = backup.new_backup()
    going = removal.choose_relaxations(
        relaxations, lambda relaxation, some: _why_it_stays(relaxation, some, ready), how
    )
    gone = removal.remove_relaxations(going, run, lock)
    try:
        offer_follow_up(gone, how, run, hook)
    finally:
        if gone:
            print(f"\nundo:  {command_line('doctor', '--undo')}")
    if ready.found.problems and gone:
        ready = _check_preconditions(
            (), environ
        )  # a bundle or an address that was wrong may have been why
    is_left = _print_first_problem(ready, "\npip doesn't work here yet")
    return 0 if all(mended) and len(gone) == len(relaxations) and not is_left else 1


def _why_it_stays(relaxation: Relaxation, going: Sequence[Relaxation], ready: Preconditions) -> str:
    """Why it has to stay; certificates in a certifi, until something else trusts them."""
    from spip.repair.preconditions import unknown_certificates

    names = unknown_certificates(relaxation, ready) if relaxation.kind == ADDED else ()
    if names:
        add = command_line("trust", "add", relaxation.path)
        return f"nothing else trusts {', '.join(names)}:  {add}"
    return ready.against(relaxation, going)


def _lock() -> str:
    from spip.hooks import shell_hooks

    return os.path.join(shell_hooks.this_user().folder, "lock")


def offer_follow_up(
    gone: Sequence[Relaxation], answers: Prompt, kept: Backup, hook: HookCommand
) -> None:
    """Offer what follows from what was taken out."""
    if _pip_did_not_verify(gone):
        print(
            "\npip's cache: what came over an unverified connection may lie in it, and pip would\n"
            "install that from there however well it verifies from now on"
        )
        if answers.to(f"empty it ({command_line('cache', 'purge')})?"):
            preconditions.run_spip(("cache", "purge"), yes=answers.yes)
    for shell in _shells_with_wrappers(gone):
        print(f"\n`pip` in {shell} can be spip from now on: it verifies without any option")
        if answers.to(f"{command_line('hook', 'install', shell)}?"):
            _install_hook(shell, kept, hook)
    if any(
        relaxation.tool == "pip" and relaxation.kind == OFF for relaxation in gone
    ) and not _shells_with_wrappers(gone):
        print(
            "\nspip asks the system's store, also where a pip (below 24.2) doesn't."
            " To let `pip` mean it:"
        )
        print(f"  {command_line('hook', 'install')}")


def print_set_variables(environ: Mapping[str, str]) -> list[str]:
    """Say which variables of this very shell go on switching verification off; their names.

    One that a new shell has too comes from where nobody looked: a desktop's or a job's settings.
    """
    names = []
    known = ({"name": "PIP_TRUSTED_HOST"}, *data.table("relaxations")["variable"])
    for entry in known:
        value = environ.get(entry["name"], "").lower()
        if entry["name"] in environ and value in entry.get("off", [value or "?"]):
            names.append(entry["name"])
            unset = unset_variable(entry["name"], system.platform())
            print(f"this shell has {entry['name']} set:  {unset}")
    return names


def follow_up_commands(gone: Sequence[Relaxation]) -> list[tuple[str, ...]]:
    """Return spip's words for all that would be offered."""
    purge = [("cache", "purge")] if _pip_did_not_verify(gone) else []
    return [*purge, *(("hook", "install", shell) for shell in _shells_with_wrappers(gone))]


def _pip_did_not_verify(gone: Sequence[Relaxation]) -> bool:
    return any(relaxation.tool == "pip" and relaxation.kind in {OFF, HTTP} for relaxation in gone)


def _shells_with_wrappers(gone: Sequence[Relaxation]) -> list[str]:
    """Return the shells in which an option of pip's was taken out of an alias or a function."""
    said = [h.shell for h in gone if h.tool == "pip" and h.setting == "--trusted-host" and h.shell]
    return list(dict.fromkeys(said))


def _install_hook(shell: str, kept: Backup, hook: HookCommand) -> None:
    from spip.hooks import shell_hooks
    from spip.hooks.record import Record

    try:
        world = shell_hooks.this_user()
        record = Record.read(world.folder, world.bounds)
        owners = {*record.own.values(), *(each["owner"] for each in record.edits.values())}
        hook(["install", shell])
    except SpipError as error:
        print(f"  not done: {safe_line(error.message)}")
        if error.hint:
            print(f"  next: {safe_line(error.hint)}")
        return
    if shell not in owners:
        kept.hooks.append(shell)
        kept.write()
