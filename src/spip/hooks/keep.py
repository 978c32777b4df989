"""What a hook consists of, how it gets there, and the record by which it goes again."""

from __future__ import annotations

import contextlib
import glob
import hashlib
import json
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from spip.errors import SpipError
from spip.hooks import block
from spip.hooks.files import (
    Change,
    apply,
    locked,
    make_folders,
    read,
    refusal,
    remove_folders,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence


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
        why = refusal(self.path)
        if why:
            line = self.body.strip() if self.body.count("\n") < 3 else "the code of `spip hook`"
            raise SpipError(f"{self.path} {why}", f"put this there yourself:  {line}")
        old = read(self.path)
        new = block.with_block(
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
    """All that one `hook install` leaves. `folder` holds the record of it."""

    folder: str
    own: tuple[Own, ...] = ()
    edits: tuple[Edit, ...] = ()
    after: tuple[str, ...] = field(default=())  # what else the user is to know


def install(hook: Hook) -> list[Change]:
    """Put everything in place; what was changed. Raises SpipError before anything is touched."""
    for edit in hook.edits:
        edit.change()  # what must be left alone is said before a folder is made
    made = make_folders(hook.folder)
    with locked(os.path.join(hook.folder, "lock"), made):
        record = _Record.read(hook.folder)
        changes = planned(hook, record)
        record.add_folders(made)
        record.write()
        for change in changes:
            record.add_folders(make_folders(os.path.dirname(os.path.realpath(change.path))))
            record.write()
            apply(change)
        return changes


def planned(hook: Hook, record: _Record | None = None) -> list[Change]:
    """What is still to be done, spip's own files first; notes down what the others were before."""
    record = record or _Record.read(hook.folder)
    changes = []
    for own in hook.own:
        change = own.change()
        if change.old is not None and own.path not in record.own and change.is_needed:
            raise SpipError(f"{own.path} is there and is not spip's", "move it out of the way")
        record.own[own.path] = own.owner
        changes.append(change)
    for edit in hook.edits:
        change = edit.change()
        if change.old is None or not block.has_block(change.old):
            record.edits[edit.path] = {"owner": edit.owner, **_origin(edit.path, change.old)}
        changes.append(change)
    return [change for change in changes if change.is_needed]


def remove(
    folder: str, is_meant: Callable[[str], bool], others: Sequence[tuple[str, str]] = ()
) -> list[Change]:
    """Take out what is recorded in `folder`, and blocks in `others` (path, owner); the changes."""
    if not os.path.isdir(folder) and not any(_holds_block(path) for path, _ in others):
        return []
    made = make_folders(folder)
    try:
        with locked(os.path.join(folder, "lock"), made):
            record = _Record.read(folder)
            record.add_folders(made)
            return _remove(record, is_meant, others)
    finally:
        remove_folders(sorted(set(made), key=len))


def to_remove(
    folder: str, is_meant: Callable[[str], bool], others: Sequence[tuple[str, str]] = ()
) -> list[Change]:
    """What `remove` would do."""
    return list(_removals(_Record.read(folder), is_meant, others))


def _remove(
    record: _Record, is_meant: Callable[[str], bool], others: Sequence[tuple[str, str]]
) -> list[Change]:
    changes = list(_removals(record, is_meant, others))
    for change in changes:
        why = refusal(change.path)
        if why:
            raise SpipError(f"{change.path} {why}", "take the block out by hand")
    for change in changes:
        apply(change)
        _forget_compiled(change)
    record.edits = {p: each for p, each in record.edits.items() if not is_meant(each["owner"])}
    record.own = {p: owner for p, owner in record.own.items() if not is_meant(owner)}
    record.finish()
    return changes


def _forget_compiled(change: Change) -> None:
    """What Python made of a module that is gone."""
    folder, name = os.path.split(change.path)
    if change.new is not None or not name.endswith(".py"):
        return
    compiled = os.path.join(folder, "__pycache__")
    for each in glob.glob(os.path.join(glob.escape(compiled), f"{name[:-3]}.*.pyc")):
        apply(Change(each, b"", None))
    remove_folders([compiled])


def _removals(
    record: _Record, is_meant: Callable[[str], bool], others: Sequence[tuple[str, str]]
) -> Iterator[Change]:
    known = {path: each for path, each in record.edits.items() if is_meant(each["owner"])}
    for path, owner in others:
        if is_meant(owner):
            known.setdefault(path, {})
    for path, origin in known.items():
        old = read(path)
        if old is not None and block.has_block(old):
            yield _restored(path, old, origin)
    for path, owner in record.own.items():
        if is_meant(owner) and (old := read(path)) is not None:
            yield Change(path, old, None)


def _restored(path: str, old: bytes, origin: dict[str, Any]) -> Change:
    new = block.without_block(old)
    if not new and origin.get("existed") is False:
        return Change(path, old, None)
    same = origin.get("sha256") == hashlib.sha256(new).hexdigest()
    return Change(path, old, new, times=tuple(origin["times"]) if same else None)


def _origin(path: str, old: bytes | None) -> dict[str, Any]:
    if old is None:
        return {"existed": False}
    seen = os.stat(path)
    digest = hashlib.sha256(old).hexdigest()
    return {"existed": True, "times": [seen.st_atime_ns, seen.st_mtime_ns], "sha256": digest}


def _holds_block(path: str) -> bool:
    content = read(path) if os.path.isfile(path) else None
    return content is not None and block.has_block(content)


class _Record:
    """What was there before: `edits` by path, spip's `own` files with their owner, `folders`."""

    def __init__(self, path: str, known: dict[str, Any]) -> None:
        self.path = path
        self.edits: dict[str, dict[str, Any]] = dict(known.get("edits", {}))
        self.own: dict[str, str] = dict(known.get("own", {}))
        self.folders: list[str] = list(known.get("folders", []))

    @classmethod
    def read(cls, folder: str) -> _Record:
        path = os.path.join(folder, "record.json")
        try:
            return cls(path, json.loads(read(path) or b"{}"))
        except ValueError as error:
            raise SpipError(f"{path} is damaged: {error}", f'remove it:  rm "{path}"') from error

    def add_folders(self, made: Sequence[str]) -> None:
        self.folders += [folder for folder in made if folder not in self.folders]

    def write(self) -> None:
        known = {"edits": self.edits, "own": self.own, "folders": self.folders}
        new = json.dumps(known, indent=1).encode()
        if (old := read(self.path)) != new:
            apply(Change(self.path, old, new))

    def finish(self) -> None:
        """Write it, or, where nothing is left, remove it with the folders that were made."""
        if self.edits or self.own:
            self.write()
            return
        folder = os.path.dirname(self.path)
        apply(Change(self.path, read(self.path), None))
        with contextlib.suppress(OSError):  # Windows: it is open; the next run takes it
            Path(folder, "lock").unlink()
        # These two are spip's, also where a run that was killed made them.
        own = [os.path.dirname(folder)] if os.path.basename(folder) == "hook" else []
        remove_folders(sorted({*self.folders, *own, folder}, key=len))
