"""`spip doctor --undo`: the last `--fix` taken back, to the byte."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from spip.doctor.fix import kept
from spip.doctor.fix.told import shown, survive
from spip.errors import SpipError
from spip.files import apply, refusal
from spip.hooks import where
from spip.invocation import command_line

if TYPE_CHECKING:
    from collections.abc import Mapping

    from spip.files import Change


def undo() -> int:
    """Take the hooks out that it installed, and bring its files back; 0 done, 1 not all of it.

    A file that was changed since stays as it is, is named, and is kept for another try; all others
    come back. Raises SpipError in another user's home, as root may have it under sudo: what is kept
    there is that user's.
    """
    survive()
    where.this_user()
    run = kept.latest()
    if run is None:
        print("nothing to undo: `--fix` has changed nothing, or all of it was undone")
        return 1
    from spip import hooks

    while run.hooks:
        hooks.main(["remove", run.hooks[-1]])
        run.hooks.pop()
        run.write()
    left = [each for each in reversed(run.files) if not _restore(run.folder, each)]
    if not left:
        kept.forget(run)
        return 0
    run.files = left[::-1]
    run.write()
    print(f"what was left can be undone once it is settled:  {command_line('doctor', '--undo')}")
    return 1


def _restore(folder: str, each: Mapping[str, Any]) -> bool:
    """Bring one file back, or say why not."""
    path = shown(each["path"])
    try:
        change = kept.restored(folder, each)
        if change:
            _apply(change, each["backup"])
            print(f"restored  {path}")
    except SpipError as error:
        print(f"not restored  {path}: {shown(error.message)}")
        if error.hint:
            print(f"  look at it:  {shown(error.hint)}")
        return False
    return True


def _apply(change: Change, backup: str) -> None:
    why = refusal(change.path)
    if why:
        raise SpipError(f"it {why}", f"as it was, it lies in {backup}")
    apply(change)
