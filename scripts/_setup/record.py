"""Run the steps of a set-up: what they print goes to a file, the user sees one sentence."""

from __future__ import annotations

import os
import shutil
import subprocess
from typing import TYPE_CHECKING

from _setup import words
from spip.errors import SpipError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


class Record:
    """The file that holds what the steps of one set-up printed.

    `lock` is the descriptor of the lock that each step holds too, see `lock.held`.
    """

    def __init__(self, path: str, goal: str, lock: int) -> None:
        self._path = path
        self._goal = goal
        self._lock = lock
        with open(path, "wb"):
            pass  # an empty one

    def run(self, argv: Sequence[str], environ: Mapping[str, str]) -> None:
        """Run a step; SpipError with its most telling line where it fails."""
        with open(self._path, "r+b") as file:
            start = file.seek(0, os.SEEK_END)
            done = subprocess.run(
                argv,
                env=environ,
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=subprocess.STDOUT,
                pass_fds=() if os.name == "nt" else (self._lock,),
                check=False,
            )
            file.seek(start)
            output = file.read().decode("utf-8", "replace")
        if done.returncode:
            raise self._failure(output)

    def _failure(self, output: str) -> SpipError:
        cause, hint = words.cause(output), f"read {self._path}, then run this again"
        full = words.is_full(output)
        if not full and not output.strip() and _is_full(self._path):
            cause, full = "it said nothing, and the disk is full", True  # nor could it
        refused = words.refused(cause)
        if full:
            hint = f"make room on the disk of {os.path.dirname(self._path)}, then run this again"
        elif refused:
            hint = words.ASK_FOR_ROOT
        kind = FinalError if full or refused else SpipError
        return kind(f"{self._goal} could not be set up: {cause}", hint)


class FinalError(SpipError):
    """A step failed for a reason that it would fail for again: a certificate, a full disk."""


def _is_full(path: str) -> bool:
    block = 4096  # of bytes: what no file fits into any more
    return shutil.disk_usage(os.path.dirname(path)).free < block
