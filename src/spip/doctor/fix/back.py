"""`spip doctor --undo`: the last `--fix` taken back, to the byte."""

from __future__ import annotations

from spip.doctor.fix import kept
from spip.doctor.fix.told import shown, survive
from spip.errors import SpipError
from spip.hooks import where
from spip.hooks.files import apply, refusal


def undo() -> int:
    """Take the hooks out that it installed, and bring its files back; 0 done, 1 nothing to undo.

    Raises SpipError where a file was changed since; then that one and those before it stay. And in
    another user's home, as root may have it under sudo: what is kept there is that user's.
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
    changes = list(kept.restored(run))
    for change in changes:
        why = refusal(change.path)
        if why:
            raise SpipError(f"{change.path} {why}", f"as it was, it lies in {run.folder}")
    for change in changes:
        apply(change)
        print(f"restored  {shown(change.path)}")
    kept.forget(run)
    return 0
