"""How a hook goes again: what is recorded, and blocks that no record knows of."""

from __future__ import annotations

import glob
import hashlib
import os
from typing import TYPE_CHECKING, Any

from spip.errors import SpipError
from spip.files import Change, apply, each_once, locked, make_folders, read, refusal, remove_folders
from spip.hooks import block
from spip.hooks.bounds import is_spips, read_own
from spip.hooks.record import Record

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from spip.hooks.bounds import Bounds


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
        with block.named(path):
            if old is not None and block.has_block(old):
                yield _restored(path, old, known[path])
    for path, owner in record.own.items():
        old = read_own(path) if is_meant(owner) else None
        if old is not None and is_spips(old):
            yield Change(path, old, None)


def _restored(path: str, old: bytes, origin: dict[str, Any]) -> Change:
    new = block.without_block(old)
    if not new and origin.get("existed") is False:
        return Change(path, old, None)
    same = origin.get("sha256") == hashlib.sha256(new).hexdigest()
    return Change(path, old, new, times=tuple(origin["times"]) if same else None)


def _holds_block(path: str) -> bool:
    content = (read(path) if os.path.isfile(path) else None) or b""
    with block.named(path):
        return block.has_block(content)
