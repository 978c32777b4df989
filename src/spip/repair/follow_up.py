"""What is offered once hacks are gone: pip's cache, the hook; and what this shell still has."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spip import data
from spip.doctor.unset_command import unset_variable
from spip.environment import system
from spip.errors import SpipError
from spip.invocation import command_line
from spip.repair import preconditions
from spip.repair.messages import shown
from spip.repair.relaxation import HTTP, OFF

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from spip.repair.backup import Kept
    from spip.repair.messages import Answers
    from spip.repair.relaxation import Relaxation


def offer(gone: Sequence[Relaxation], answers: Answers, kept: Kept) -> None:
    """Offer what follows from what was taken out."""
    if _was_off(gone):
        print(
            "\npip's cache: what came over an unverified connection may lie in it, and pip would\n"
            "install that from there however well it verifies from now on"
        )
        if answers.to(f"empty it ({command_line('cache', 'purge')})?"):
            preconditions.run(("cache", "purge"), yes=answers.yes)
    for shell in _shells(gone):
        print(f"\n`pip` in {shell} can be spip from now on: it verifies without any option")
        if answers.to(f"{command_line('hook', 'install', shell)}?"):
            _hook(shell, kept)
    if any(hack.tool == "pip" and hack.kind == OFF for hack in gone) and not _shells(gone):
        print(
            "\npip below 24.2 doesn't ask the system's store, and spip does. To let `pip` mean it:"
        )
        print(f"  {command_line('hook', 'install')}")


def still_set(environ: Mapping[str, str]) -> list[str]:
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


def commands(gone: Sequence[Relaxation]) -> list[tuple[str, ...]]:
    """Return spip's words for all that would be offered."""
    purge = [("cache", "purge")] if _was_off(gone) else []
    return [*purge, *(("hook", "install", shell) for shell in _shells(gone))]


def _was_off(gone: Sequence[Relaxation]) -> bool:
    return any(hack.tool == "pip" and hack.kind in {OFF, HTTP} for hack in gone)


def _shells(gone: Sequence[Relaxation]) -> list[str]:
    """Return the shells in which an option of pip's was taken out of an alias or a function."""
    said = [h.shell for h in gone if h.tool == "pip" and h.setting == "--trusted-host" and h.shell]
    return list(dict.fromkeys(said))


def _hook(shell: str, kept: Kept) -> None:
    from spip.commands import hook
    from spip.hooks import startup_files
    from spip.hooks.install import Record

    try:
        world = startup_files.this_user()
        record = Record.read(world.folder, world.bounds)
        owners = {*record.own.values(), *(each["owner"] for each in record.edits.values())}
        hook.main(["install", shell])
    except SpipError as error:
        print(f"  not done: {shown(error.message)}")
        if error.hint:
            print(f"  next: {shown(error.hint)}")
        return
    if shell not in owners:
        kept.hooks.append(shell)
        kept.write()
