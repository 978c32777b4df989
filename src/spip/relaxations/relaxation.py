"""One setting that switches verification off, and the edit of its file that removes it."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from spip.errors import SpipError
from spip.files import Change, decoded, encoded, read

if TYPE_CHECKING:
    from collections.abc import Sequence

# What a relaxation is: verification switched off, a bundle that isn't there, an index over http.
OFF, BUNDLE, HTTP, ADDED = "off", "bundle", "http", "added"


@dataclass(frozen=True)
class TextEdit:
    """A part of a text that goes, and what comes in its place.

    `instead` is what has to stand there where a shell demands a command: None where it never does.
    """

    start: int
    end: int
    put: str = ""
    instead: str | None = None


@dataclass(frozen=True)
class Relaxation:
    """One of them. `hosts`: whom it is about, () for everybody or where that can't be told.

    `shell` is the shell whose file it is, "" for none; `alias` whether it stands in the way of
    `pip` itself. `values` are a bundle's path, or URLs, which may hold secrets. `remedy` is what
    a person would do about it, "" where that is to remove the line.
    """

    path: str
    line: int
    tool: str
    setting: str
    cuts: tuple[TextEdit, ...] = field(repr=False)
    kind: str = OFF
    hosts: tuple[str, ...] = ()
    shell: str = ""
    alias: bool = False
    values: tuple[str, ...] = field(default=(), repr=False)
    remedy: str = ""
    seen: str = field(default="", repr=False)  # the digest of the text that it was found in

    @property
    def where(self) -> str:
        """The file and the line, as an editor takes them."""
        return f"{self.path}:{self.line}"


def digest(text: str) -> str:
    """By which a text is known again."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def apply_edits(text: str, cuts: list[TextEdit], *, careful: bool = False) -> str:
    """The text with all of these made; `careful`: with a command where one may be demanded."""
    for cut in sorted(set(cuts), key=lambda each: each.start, reverse=True):
        put = cut.instead if careful and cut.instead is not None else cut.put
        text = text[: cut.start] + put + text[cut.end :]
    return text


# How a shell reads a file through without running any of it.
_READING = {
    "bash": ("bash", "--norc", "-n"),
    "zsh": ("zsh", "-f", "-n"),
    "sh": ("sh", "-n"),
    "fish": ("fish", "--no-config", "--no-execute"),
    "tcsh": ("tcsh", "-f", "-n"),
}


def plan_change(path: str, relaxations: Sequence[Relaxation]) -> Change:
    """The change that takes these out of one file, as it is now. Raises SpipError."""
    old = read(path)
    if old is None:
        raise SpipError(f"{path} is gone")
    text, encoding = decoded(old)
    cuts = [cut for relaxation in relaxations for cut in relaxation.cuts]
    shell = relaxations[0].shell
    command = _syntax_check_command(shell)
    if not command or not _can_be_read(command, old):
        # Nobody can tell what is a block here: what is indented may be one.
        cuts = [_keeping_block(cut) for cut in cuts]
        return Change(path, old, encoded(apply_edits(text, cuts), encoding))
    new = encoded(apply_edits(text, cuts), encoding)
    if not _can_be_read(command, new):
        new = encoded(apply_edits(text, cuts, careful=True), encoding)
        if not _can_be_read(command, new):
            raise SpipError(f"{path}: {shell} could not read what would be left", "edit it by hand")
    return Change(path, old, new)


def _syntax_check_command(shell: str) -> list[str]:
    """The command that reads a file of this shell; [] where it isn't installed."""
    words = _READING.get(shell)
    program = shutil.which(words[0]) if words and os.name != "nt" else None
    # Windows, and a PATH with relative folders, would look in the current one.
    return [program, *words[1:]] if words and program and os.path.isabs(program) else []


def _keeping_block(cut: TextEdit) -> TextEdit:
    indented = cut.instead is not None and cut.instead[:1].isspace()
    return replace(cut, put=cut.instead or "") if indented else cut


def _can_be_read(command: list[str], content: bytes) -> bool:
    environ = {"PATH": os.environ.get("PATH", os.defpath), "HOME": os.devnull, "LANG": "C.UTF-8"}
    try:
        done = subprocess.run(
            command, input=content, env=environ, capture_output=True, timeout=20, check=False
        )
    except (OSError, subprocess.SubprocessError):
        return True  # it can't be asked
    return done.returncode == 0
