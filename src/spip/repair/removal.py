"""Taking hacks out of their files: each offered, each file kept as it was and written once."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from spip.errors import SpipError
from spip.files import apply, decoded, locked, make_folders, refusal, remove_folders
from spip.invocation import command_line
from spip.relaxations.relaxation import change, digest
from spip.repair.backup import forget
from spip.repair.messages import differences, headline, shown

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from spip.relaxations.relaxation import Relaxation
    from spip.repair.backup import Kept
    from spip.repair.messages import Answers


def chosen(
    hacks: Sequence[Relaxation],
    against: Callable[[Relaxation, Sequence[Relaxation]], str],
    answers: Answers,
) -> list[Relaxation]:
    """Offer one after the other; those that are to go. What has to stay is said with its reason."""
    wanted: list[Relaxation] = []
    for hack in hacks:
        print(headline(hack))
        why = _left_alone(hack) or against(hack, wanted)
        if why:
            print(f"  stays: {why}")
            continue
        try:
            lines = list(differences(change(hack.path, [hack])))[2:]
        except SpipError as error:
            print(f"  stays: {shown(error.message)}")
            continue
        for line in () if answers.dry_run else lines:  # the patch of the whole file comes below
            print(f"  {line}")
        if answers.listed or answers.to("change it?" if hack.kind == "http" else "remove it?"):
            wanted.append(hack)
    return wanted


def _left_alone(hack: Relaxation) -> str:
    """Why spip may not write the file: it is another's, and who may is told."""
    why = refusal(hack.path)
    if not why and not os.access(os.path.dirname(os.path.realpath(hack.path)), os.W_OK):
        why = "is in a folder that you may not write to"
    if why in {"belongs to another user", "is in a folder that you may not write to"}:
        return f"the file {why}; who may change it runs there:  {command_line('doctor', '--fix')}"
    return f"the file {why}" if why else ""


def by_file(hacks: Sequence[Relaxation]) -> dict[str, list[Relaxation]]:
    """Group them: a file is written once."""
    found: dict[str, list[Relaxation]] = {}
    for hack in hacks:
        found.setdefault(os.path.realpath(hack.path), []).append(hack)
    return found


def show(hacks: Sequence[Relaxation]) -> None:
    """Print the exact change of each file, as a patch."""
    for path, its in by_file(hacks).items():
        try:
            for line in differences(change(path, its), most=0):
                print(line)
        except SpipError as error:  # noqa: PERF203 - each file has its own reason
            print(f"{shown(path)}: {shown(error.message)}")


def take_out(hacks: Sequence[Relaxation], kept: Kept, lock: str) -> list[Relaxation]:
    """Change the files; those hacks that are gone now. A file that another changed is left."""
    gone: list[Relaxation] = []
    if hacks:
        kept.make()
    for path, its in by_file(hacks).items():
        try:
            _change(path, its, kept, lock)
        except SpipError as error:
            print(f"not changed: {shown(error.message)}")
            continue
        gone += its
    if not gone:
        forget(kept)
    return gone


def _change(path: str, hacks: list[Relaxation], kept: Kept, lock: str) -> None:
    """With the lock of the hooks, who change the same files."""
    made = make_folders(os.path.dirname(lock))
    try:
        with locked(lock, made):
            wanted = change(path, hacks)
            now = digest(decoded(wanted.old or b"")[0])
            if any(hack.seen != now for hack in hacks):
                raise SpipError(f"{path} was changed by somebody else just now")
            backup = kept.keep(path, wanted.old or b"", wanted.new or b"")
            apply(wanted)
    finally:
        remove_folders(sorted(set(made), key=len))
    print(f"changed  {shown(path)}")
    print(f"  as it was:  {shown(backup)}")
