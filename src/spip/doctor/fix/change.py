"""What becomes of a file without its hacks; and whether its shell still reads it then."""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import replace
from typing import TYPE_CHECKING

from spip.doctor.fix.hack import without
from spip.errors import SpipError
from spip.files import Change, decoded, encoded, read

if TYPE_CHECKING:
    from collections.abc import Sequence

    from spip.doctor.fix.hack import Cut, Hack

# How a shell reads a file through without running any of it.
_READING = {
    "bash": ("bash", "--norc", "-n"),
    "zsh": ("zsh", "-f", "-n"),
    "sh": ("sh", "-n"),
    "fish": ("fish", "--no-config", "--no-execute"),
    "tcsh": ("tcsh", "-f", "-n"),
}


def change(path: str, hacks: Sequence[Hack]) -> Change:
    """The change that takes these out of one file, as it is now. Raises SpipError."""
    old = read(path)
    if old is None:
        raise SpipError(f"{path} is gone")
    text, encoding = decoded(old)
    cuts = [cut for hack in hacks for cut in hack.cuts]
    shell = hacks[0].shell
    command = _asked(shell)
    if not command or not _reads(command, old):
        # Nobody can tell what is a block here: what is indented may be one.
        cuts = [_careful(cut) for cut in cuts]
        return Change(path, old, encoded(without(text, cuts), encoding))
    new = encoded(without(text, cuts), encoding)
    if not _reads(command, new):
        new = encoded(without(text, cuts, careful=True), encoding)
        if not _reads(command, new):
            raise SpipError(f"{path}: {shell} could not read what would be left", "edit it by hand")
    return Change(path, old, new)


def _asked(shell: str) -> list[str]:
    """The command that reads a file of this shell; [] where it isn't installed."""
    words = _READING.get(shell)
    program = shutil.which(words[0]) if words and os.name != "nt" else None
    # Windows, and a PATH with relative folders, would look in the current one.
    return [program, *words[1:]] if words and program and os.path.isabs(program) else []


def _careful(cut: Cut) -> Cut:
    indented = cut.instead is not None and cut.instead[:1].isspace()
    return replace(cut, put=cut.instead or "") if indented else cut


def _reads(command: list[str], content: bytes) -> bool:
    environ = {"PATH": os.environ.get("PATH", os.defpath), "HOME": os.devnull, "LANG": "C.UTF-8"}
    try:
        done = subprocess.run(
            command, input=content, env=environ, capture_output=True, timeout=20, check=False
        )
    except (OSError, subprocess.SubprocessError):
        return True  # it can't be asked
    return done.returncode == 0
