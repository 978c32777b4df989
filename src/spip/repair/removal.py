"""Remove relaxations from their files: offer each, keep a backup, write each file once."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from spip.errors import SpipError
from spip.files import apply, decoded, locked, make_folders, refusal, remove_folders
from spip.invocation import command_line
from spip.relaxations.relaxation import digest, plan_change
from spip.repair.backup import discard_backup
from spip.repair.messages import headline, patch_lines, safe_line

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from spip.relaxations.relaxation import Relaxation
    from spip.repair.backup import Backup
    from spip.repair.messages import Prompt


def choose_relaxations(
    relaxations: Sequence[Relaxation],
    against: Callable[[Relaxation, Sequence[Relaxation]], str],
    answers: Prompt,
) -> list[Relaxation]:
    """Offer one after the other; those that are to go. What has to stay is said with its reason."""
    wanted: list[Relaxation] = []
    for relaxation in relaxations:
        print(headline(relaxation))
        why = _why_not_writable(relaxation) or against(relaxation, wanted)
        if why:
            print(f"  stays: {why}")
            continue
        try:
            lines = list(patch_lines(plan_change(relaxation.path, [relaxation])))[2:]
        except SpipError as error:
            print(f"  stays: {safe_line(error.message)}")
            continue
        for line in () if answers.dry_run else lines:  # the patch of the whole file comes below
            print(f"  {line}")
        if answers.listed or answers.to(
            "change it?" if relaxation.kind == "http" else "remove it?"
        ):
            wanted.append(relaxation)
    return wanted


def _why_not_writable(relaxation: Relaxation) -> str:
    """Why spip may not write the file: it is another's, and who may is told."""
    why = refusal(relaxation.path)
    if not why and not os.access(os.path.dirname(os.path.realpath(relaxation.path)), os.W_OK):
        why = "is in a folder that you may not write to"
    if why in {"belongs to another user", "is in a folder that you may not write to"}:
        return f"the file {why}; who may change it runs there:  {command_line('doctor', '--fix')}"
    return f"the file {why}" if why else ""


def group_by_file(relaxations: Sequence[Relaxation]) -> dict[str, list[Relaxation]]:
    """Group them: a file is written once."""
    found: dict[str, list[Relaxation]] = {}
    for relaxation in relaxations:
        found.setdefault(os.path.realpath(relaxation.path), []).append(relaxation)
    return found


def print_patches(relaxations: Sequence[Relaxation]) -> None:
    """Print the exact change of each file, as a patch."""
    for path, its in group_by_file(relaxations).items():
        try:
            for line in patch_lines(plan_change(path, its), most=0):
                print(line)
        except SpipError as error:  # noqa: PERF203 - each file has its own reason
            print(f"{safe_line(path)}: {safe_line(error.message)}")


def remove_relaxations(
    relaxations: Sequence[Relaxation], kept: Backup, lock: str
) -> list[Relaxation]:
    """Change the files; return what is gone now. A file that somebody else changed is left."""
    gone: list[Relaxation] = []
    if relaxations:
        kept.make()
    for path, its in group_by_file(relaxations).items():
        try:
            _change(path, its, kept, lock)
        except SpipError as error:
            print(f"not changed: {safe_line(error.message)}")
            continue
        gone += its
    if not gone:
        discard_backup(kept)
    return gone


def _change(path: str, relaxations: list[Relaxation], kept: Backup, lock: str) -> None:
    """With the lock of the hooks, who change the same files."""
    made = make_folders(os.path.dirname(lock))
    try:
        with locked(lock, made):
            wanted = plan_change(path, relaxations)
            now = digest(decoded(wanted.old or b"")[0])
            if any(relaxation.seen != now for relaxation in relaxations):
                raise SpipError(f"{path} was changed by somebody else just now")
            backup = kept.keep(path, wanted.old or b"", wanted.new or b"")
            apply(wanted)
    finally:
        remove_folders(sorted(set(made), key=len))
    print(f"changed  {safe_line(path)}")
    print(f"  as it was:  {safe_line(backup)}")
