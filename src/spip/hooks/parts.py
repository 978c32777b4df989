"""What a hook consists of: blocks in files of the user's, and files of spip's own."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from spip.errors import SpipError
from spip.files import Change, read, refusal
from spip.hooks import block

if TYPE_CHECKING:
    from spip.hooks.bounds import Bounds


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
        with block.named(self.path):
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
    """All that one `hook install` leaves. `folder` holds the record of it, within `bounds`."""

    folder: str
    bounds: Bounds
    own: tuple[Own, ...] = ()
    edits: tuple[Edit, ...] = ()
    after: tuple[str, ...] = field(default=())  # what else the user is to know
