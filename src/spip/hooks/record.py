"""The record by which a hook goes again, in the folder of what was installed."""

from __future__ import annotations

import contextlib
import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from spip.errors import SpipError
from spip.files import Change, apply, remove_folders
from spip.hooks.bounds import read_own
from spip.text import printable

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from spip.hooks.bounds import Bounds

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
