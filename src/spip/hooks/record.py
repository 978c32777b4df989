"""The record by which a hook goes again, in the folder of what was installed."""

from __future__ import annotations

import contextlib
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from spip.errors import SpipError
from spip.hooks.files import Change, apply, read
from spip.hooks.folders import remove_folders

if TYPE_CHECKING:
    from collections.abc import Sequence


class Record:
    """What was there before: `edits` by path, spip's `own` files with their owner, `folders`."""

    def __init__(self, path: str, known: dict[str, Any]) -> None:
        self.path = path
        self.edits: dict[str, dict[str, Any]] = dict(known.get("edits", {}))
        self.own: dict[str, str] = dict(known.get("own", {}))
        self.folders: list[str] = list(known.get("folders", []))

    @classmethod
    def read(cls, folder: str) -> Record:
        """The one in a folder, an empty one where there is none. SpipError if it is damaged."""
        path = os.path.join(folder, "record.json")
        try:
            return cls(path, json.loads(read(path) or b"{}"))
        except ValueError as error:
            raise SpipError(f"{path} is damaged: {error}", f'remove it:  rm "{path}"') from error

    def add_folders(self, made: Sequence[str]) -> None:
        """Note folders that have to go with the rest."""
        self.folders += [folder for folder in made if folder not in self.folders]

    def write(self) -> None:
        """Put it on the disk, if anything in it is new."""
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
