"""How a hook gets in place: whole, in an order that leaves nothing half done."""

from __future__ import annotations

import hashlib
import os
from typing import TYPE_CHECKING, Any

from spip.errors import SpipError
from spip.files import Change, apply, each_once, locked, make_folders
from spip.hooks import block, bounds
from spip.hooks.record import Record

if TYPE_CHECKING:
    from spip.hooks.parts import Hook


def install(hook: Hook) -> list[Change]:
    """Put everything in place; what was changed. Raises SpipError before anything is touched."""
    see_to(hook)  # what must be left alone is said before a folder is made
    made = make_folders(hook.folder)
    with locked(os.path.join(hook.folder, "lock"), made):
        record = Record.read(hook.folder, hook.bounds)
        changes = planned(hook, record)
        record.add_folders(made)
        record.write()
        for change in changes:
            record.add_folders(make_folders(os.path.dirname(os.path.realpath(change.path))))
            record.write()
            apply(change)
        return changes


def see_to(hook: Hook) -> None:
    """SpipError where a link, or a file that is not the user's, stands where this would write."""
    hook.bounds.see_to_record(os.path.join(hook.folder, "record.json"))
    for path in (os.path.join(hook.folder, "lock"), *(own.path for own in hook.own)):
        hook.bounds.see_to(path)
    for edit in hook.edits:
        if hook.bounds.edits is not None:
            hook.bounds.see_to(edit.path)
        edit.change()


def planned(hook: Hook, record: Record | None = None) -> list[Change]:
    """What is still to be done, spip's own files first; notes down what the others were before."""
    if record is None:
        see_to(hook)
        record = Record.read(hook.folder, hook.bounds)
    changes = []
    for own in hook.own:
        change = own.change()
        known = own.path in record.own and bounds.is_spips(change.old or b"")
        if change.old is not None and not known and change.is_needed:
            raise SpipError(f"{own.path} is there and is not spip's", "move it out of the way")
        record.own[own.path] = own.owner
        changes.append(change)
    edits = {edit.path: edit for edit in hook.edits}
    for path in each_once(edits):
        edit = edits[path]
        change = edit.change()
        if change.old is None or not block.has_block(change.old):
            record.edits[edit.path] = {"owner": edit.owner, **_origin(edit.path, change.old)}
        changes.append(change)
    return [change for change in changes if change.is_needed]


def _origin(path: str, old: bytes | None) -> dict[str, Any]:
    if old is None:
        return {"existed": False}
    seen = os.stat(path)
    digest = hashlib.sha256(old).hexdigest()
    return {"existed": True, "times": [seen.st_atime_ns, seen.st_mtime_ns], "sha256": digest}
