"""How a hook gets in place: whole, in an order that leaves nothing half done."""

from __future__ import annotations

import contextlib
import glob
import hashlib
import json
import os
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from spip.errors import SpipError
from spip.files import Change, apply, each_once, locked, make_folders, read, refusal, remove_folders
from spip.hooks import marked_block, record_checks
from spip.hooks.record_checks import is_spips, read_own
from spip.text import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from spip.hooks.record_checks import Bounds


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
    """All that one `hook install` leaves. `folder` holds the record of it, within `bounds`."""

    folder: str
    bounds: Bounds
    own: tuple[Own, ...] = ()
    edits: tuple[Edit, ...] = ()
    after: tuple[str, ...] = field(default=())  # what else the user is to know


_LONGEST = 300
_MOST_NAMED = 3


class Record:
    """What was there before: `edits` by path, spip's `own` files with their owner, `folders`."""

    def __init__(self, path: str, known: dict[str, Any]) -> None:
        self.path = path
        self.edits: dict[str, dict[str, Any]] = dict(known.get("edits", {}))
        self.own: dict[str, str] = dict(known.get("own", {}))
        self.folders: list[str] = list(known.get("folders", []))

    @classmethod
    def read(cls, folder: str, bounds: Bounds) -> Record:
        """The one in a folder, an empty one where there is none. SpipError if it is damaged.

        What it names outside of `bounds` is said, and left alone.
        """
        path = os.path.join(folder, "record.json")
        bounds.see_to_record(path)
        try:
            record = cls(path, _checked(json.loads(read_own(path) or b"{}")))
        except (ValueError, RecursionError) as error:
            raise SpipError(f"{path} is damaged: {error}", f'remove it:  rm "{path}"') from error
        record.keep_within(bounds)
        return record

    def keep_within(self, bounds: Bounds) -> None:
        """Forget, and name on stderr, what no hook makes."""
        alien = [each for each in self.edits if not bounds.has_edit(each)]
        alien += [each for each in self.own if not bounds.has_own(each)]
        self.edits = {path: self.edits[path] for path in self.edits if path not in alien}
        self.own = {path: self.own[path] for path in self.own if path not in alien}
        self.folders = [each for each in self.folders if bounds.has_folder(each)]
        for each in alien[:_MOST_NAMED]:
            said = f"{self.path} names {printable(each, _LONGEST)}, which no hook makes there"
            print(f"spip: {said}: left alone", file=sys.stderr)

    def add_folders(self, made: Sequence[str]) -> None:
        """Note folders that have to go with the rest."""
        self.folders += [folder for folder in made if folder not in self.folders]

    def write(self) -> None:
        """Put it on the disk, if anything in it is new."""
        known = {"edits": self.edits, "own": self.own, "folders": self.folders}
        new = json.dumps(known, indent=1).encode()
        if (old := read_own(self.path)) != new:
            apply(Change(self.path, old, new))

    def finish(self) -> None:
        """Write it, or, where nothing is left, remove it with the folders that were made."""
        if self.edits or self.own:
            self.write()
            return
        folder = os.path.dirname(self.path)
        apply(Change(self.path, read_own(self.path), None))
        with contextlib.suppress(OSError):  # Windows: it is open; the next run takes it
            Path(folder, "lock").unlink()
        # These two are spip's, also where a run that was killed made them.
        own = [os.path.dirname(folder)] if os.path.basename(folder) == "hook" else []
        remove_folders(sorted({*self.folders, *own, folder}, key=len))


def _checked(said: Any) -> dict[str, Any]:
    """What a record says, if it is made as one is. Raises ValueError."""
    if not isinstance(said, dict) or not all(_is_one(said)):
        raise ValueError("it is not made as one")
    return said


def _is_one(said: dict[str, Any]) -> Iterator[bool]:
    edits, own, folders = said.get("edits", {}), said.get("own", {}), said.get("folders", [])
    yield isinstance(edits, dict) and all(map(_is_edit, edits.values()))
    yield isinstance(own, dict) and all(isinstance(each, str) for each in own.values())
    yield isinstance(folders, list) and all(isinstance(each, str) for each in folders)
    yield not any("\0" in path for path in (*edits, *own, *folders))


def _is_edit(said: Any) -> bool:
    if not isinstance(said, dict) or not isinstance(said.get("owner"), str):
        return False
    times = said.get("times", [0, 0])
    is_pair = isinstance(times, list) and len(times) == 2  # access and change
    return is_pair and all(type(each) is int and abs(each) < 1 << 63 for each in times)


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
        known = own.path in record.own and record_checks.is_spips(change.old or b"")
        if change.old is not None and not known and change.is_needed:
            raise SpipError(f"{own.path} is there and is not spip's", "move it out of the way")
        record.own[own.path] = own.owner
        changes.append(change)
    edits = {edit.path: edit for edit in hook.edits}
    for path in each_once(edits):
        edit = edits[path]
        change = edit.change()
        if change.old is None or not marked_block.has_block(change.old):
            record.edits[edit.path] = {"owner": edit.owner, **_origin(edit.path, change.old)}
        changes.append(change)
    return [change for change in changes if change.is_needed]


def _origin(path: str, old: bytes | None) -> dict[str, Any]:
    if old is None:
        return {"existed": False}
    seen = os.stat(path)
    digest = hashlib.sha256(old).hexdigest()
    return {"existed": True, "times": [seen.st_atime_ns, seen.st_mtime_ns], "sha256": digest}


def remove(
    folder: str,
    bounds: Bounds,
    is_meant: Callable[[str], bool],
    others: Sequence[tuple[str, str]] = (),
) -> list[Change]:
    """Take out what is recorded in `folder`, and blocks in `others` (path, owner); the changes."""
    if not os.path.isdir(folder) and not any(_holds_block(path) for path, _ in others):
        return []
    for name in ("record.json", "lock"):
        bounds.see_to(os.path.join(folder, name))
    made = make_folders(folder)
    try:
        with locked(os.path.join(folder, "lock"), made):
            record = Record.read(folder, bounds)
            record.add_folders(made)
            return _remove(record, is_meant, others)
    finally:
        remove_folders(sorted(set(made), key=len))


def to_remove(
    folder: str,
    bounds: Bounds,
    is_meant: Callable[[str], bool],
    others: Sequence[tuple[str, str]] = (),
) -> list[Change]:
    """What `remove` would do."""
    return list(_removals(Record.read(folder, bounds), is_meant, others))


def _remove(
    record: Record, is_meant: Callable[[str], bool], others: Sequence[tuple[str, str]]
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
    record: Record, is_meant: Callable[[str], bool], others: Sequence[tuple[str, str]]
) -> Iterator[Change]:
    known = {path: each for path, each in record.edits.items() if is_meant(each["owner"])}
    for path, owner in others:
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


def _holds_block(path: str) -> bool:
    content = (read(path) if os.path.isfile(path) else None) or b""
    with marked_block.named(path):
        return marked_block.has_block(content)
