"""Install a hook's files and blocks, or remove them, in an order that leaves nothing half done."""

from __future__ import annotations

import glob
import hashlib
import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from spip.errors import SpipError
from spip.files import Change, apply, each_once, locked, make_folders, read, refusal, remove_folders
from spip.hooks import marked_block
from spip.hooks.record import Record, is_spips, read_own

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from spip.hooks.record import Bounds


@dataclass(frozen=True)
class Edit:
    """A block in a file that belongs to the user. `owner`: the shell, or what else it is for."""

    path: str
    body: str
    owner: str
    comment: str = "#"
    crlf: bool = False
    above: str = ""

    def change(self) -> Change:
        """What it does to the file as it is now. SpipError where it must be left alone."""
        reason = refusal(self.path)
        if reason:
            line = self.body.strip() if self.body.count("\n") < 3 else "the code of `spip hook`"
            raise SpipError(f"{self.path} {reason}", f"put this there yourself:  {line}")
        old = read(self.path)
        with marked_block.named(self.path):
            new = marked_block.with_block(
                old or b"", self.body, comment=self.comment, crlf=self.crlf, above=self.above
            )
        return Change(self.path, old, new)


@dataclass(frozen=True)
class Own:
    """A file of spip's own."""

    path: str
    text: str
    owner: str
    executable: bool = False

    def change(self) -> Change:
        """What it takes to have it."""
        new = self.text.encode("utf-8", "surrogateescape")
        return Change(self.path, read(self.path), new, executable=self.executable)


@dataclass(frozen=True)
class Hook:
    """All that one `hook install` leaves. `folder` holds the record of it, within `bounds`.

    `advice`: lines for the user, about what else there is to do.
    """

    folder: str
    bounds: Bounds
    own: tuple[Own, ...] = ()
    edits: tuple[Edit, ...] = ()
    advice: tuple[str, ...] = field(default=())


@dataclass(frozen=True)
class Removal:
    """Which hooks are removed: the folder of the record, what that may name, whose parts count.

    `others`: (path, owner) of files where a block may stand that no record knows of.
    """

    folder: str
    bounds: Bounds
    is_meant: Callable[[str], bool]
    others: Sequence[tuple[str, str]] = ()


def install(hook: Hook) -> list[Change]:
    """Put everything in place; the changes. Raises SpipError before anything is touched."""
    _check_paths(hook)  # what must be left alone is said before a folder is made
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


def _check_paths(hook: Hook) -> None:
    """SpipError where a link, or a file that is not the user's, stands where this would write."""
    hook.bounds.check_record(os.path.join(hook.folder, "record.json"))
    for path in (os.path.join(hook.folder, "lock"), *(own.path for own in hook.own)):
        hook.bounds.check(path)
    for edit in hook.edits:
        if hook.bounds.edits is not None:
            hook.bounds.check(edit.path)
        edit.change()


def planned(hook: Hook, record: Record | None = None) -> list[Change]:
    """The changes that are still to be made, spip's own files first.

    `record` gets what the other files were before.
    """
    if record is None:
        _check_paths(hook)
        record = Record.read(hook.folder, hook.bounds)
    changes = []
    for own in hook.own:
        change = own.change()
        known = own.path in record.own and is_spips(change.old or b"")
        if change.old is not None and not known and change.is_needed:
            raise SpipError(f"{own.path} is there and is not spip's", "move it out of the way")
        record.own[own.path] = own.owner
        changes.append(change)
    edits = {edit.path: edit for edit in hook.edits}
    for path in each_once(edits):
        edit = edits[path]
        change = edit.change()
        if change.old is None or not marked_block.has_block(change.old):
            record.edits[edit.path] = {"owner": edit.owner, **_before(edit.path, change.old)}
        changes.append(change)
    return [change for change in changes if change.is_needed]


def _before(path: str, old: bytes | None) -> dict[str, Any]:
    if old is None:
        return {"existed": False}
    status = os.stat(path)
    digest = hashlib.sha256(old).hexdigest()
    return {"existed": True, "times": [status.st_atime_ns, status.st_mtime_ns], "sha256": digest}


def remove(removal: Removal) -> list[Change]:
    """Remove what is recorded, and the blocks that no record knows of; the changes."""
    folder = removal.folder
    if not os.path.isdir(folder) and not any(_has_block(path) for path, _ in removal.others):
        return []
    for name in ("record.json", "lock"):
        removal.bounds.check(os.path.join(folder, name))
    made = make_folders(folder)
    try:
        with locked(os.path.join(folder, "lock"), made):
            record = Record.read(folder, removal.bounds)
            record.add_folders(made)
            return _remove(record, removal)
    finally:
        remove_folders(sorted(set(made), key=len))


def planned_removal(removal: Removal) -> list[Change]:
    """The changes that `remove` would make."""
    return list(_removals(Record.read(removal.folder, removal.bounds), removal))


def _remove(record: Record, removal: Removal) -> list[Change]:
    changes = list(_removals(record, removal))
    for change in changes:
        reason = refusal(change.path)
        if reason:
            raise SpipError(f"{change.path} {reason}", "take the block out by hand")
    for change in changes:
        apply(change)
        _remove_bytecode(change)
    is_meant = removal.is_meant
    record.edits = {p: edit for p, edit in record.edits.items() if not is_meant(edit["owner"])}
    record.own = {p: owner for p, owner in record.own.items() if not is_meant(owner)}
    record.finish()
    return changes


def _remove_bytecode(change: Change) -> None:
    """Remove what Python compiled of a module that is removed."""
    folder, name = os.path.split(change.path)
    if change.new is not None or not name.endswith(".py"):
        return
    compiled = os.path.join(folder, "__pycache__")
    for path in glob.glob(os.path.join(glob.escape(compiled), f"{name[:-3]}.*.pyc")):
        apply(Change(path, b"", None))
    remove_folders([compiled])


def _removals(record: Record, removal: Removal) -> Iterator[Change]:
    is_meant = removal.is_meant
    known = {path: edit for path, edit in record.edits.items() if is_meant(edit["owner"])}
    for path, owner in removal.others:
        if is_meant(owner):
            known.setdefault(path, {})
    for path in each_once(known):
        old = read(path)
        with marked_block.named(path):
            if old is not None and marked_block.has_block(old):
                yield _restored(path, old, known[path])
    for path, owner in record.own.items():
        old = read_own(path) if is_meant(owner) else None
        if old is not None and is_spips(old):
            yield Change(path, old, None)


def _restored(path: str, old: bytes, origin: dict[str, Any]) -> Change:
    new = marked_block.without_block(old)
    if not new and origin.get("existed") is False:
        return Change(path, old, None)
    same = origin.get("sha256") == hashlib.sha256(new).hexdigest()
    return Change(path, old, new, times=tuple(origin["times"]) if same else None)


def _has_block(path: str) -> bool:
    content = (read(path) if os.path.isfile(path) else None) or b""
    with marked_block.named(path):
        return marked_block.has_block(content)
