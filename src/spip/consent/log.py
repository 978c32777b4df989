"""The log of what ran without verification: one JSON object a line, in a file of this user's.

Appended to by one write under a lock. A line that a kill or a full disk left half written is ended
by the next writer, and costs only itself. It detects accidents: its owner can change it.
"""

from __future__ import annotations

import contextlib
import json
import os
from datetime import datetime, timezone

from spip.consent import state
from spip.errors import SpipError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

NAME = "log.jsonl"
# Rotated where a file would get larger: log.jsonl, then log.jsonl.1 up to log.jsonl.5;
# log.jsonl.0 is one that a rotation has just put aside.
MOST_BYTES = 10 * 1000 * 1000
OLD_FILES = 5
# What a whole line begins and ends with; no text in JSON can hold either by itself.
BEGIN, END = b'{"time": "', b', "v": 1}'


def write(environ: Mapping[str, str], entry: Mapping[str, Any]) -> dict[str, Any]:
    """Append an entry, with its time; return it so. Raises SpipError where it can't be written."""
    folder = state.folder(environ)
    path = os.path.join(folder, NAME)
    try:
        with state.locked(os.path.join(folder, "log.lock")):
            line, said = _line(entry)
            _rotate(path, len(line))
            _append(path, line)
    except OSError as error:
        raise SpipError(f"the log {path} can't be written: {error.strerror}") from error
    return said


def files(environ: Mapping[str, str]) -> list[str]:
    """Where the log's files may be, the oldest first; none where nothing was logged.

    A rotation may make one that is missing now. Raises SpipError.
    """
    path = state.named(environ)
    if not os.path.lexists(path):
        return []
    first = os.path.join(state.existing(environ), NAME)
    every = [*(f"{first}.{count}" for count in range(OLD_FILES, -1, -1)), first]
    return every if any(map(os.path.lexists, every)) else []


def _line(entry: Mapping[str, Any]) -> tuple[bytes, dict[str, Any]]:
    moment = datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    said = {"time": moment, **entry, "v": 1}
    return json.dumps(said).encode("ascii") + b"\n", said


def _append(path: str, line: bytes) -> None:
    descriptor = state.opened(path, os.O_RDWR | os.O_CREAT | os.O_APPEND)
    try:
        size = os.lseek(descriptor, 0, os.SEEK_END)
        if size:
            os.lseek(descriptor, size - 1, os.SEEK_SET)
            if os.read(descriptor, 1) != b"\n":
                line = b"\n" + line
        if os.write(descriptor, line) != len(line):
            raise OSError(28, "no space is left")
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _rotate(path: str, more: int) -> None:
    """Make room: the file becomes the newest of the old ones, the oldest of them goes.

    It is put aside first, so that what ends this half way, or a reader on Windows, loses nothing:
    the next rotation goes on from there. Where it can't be put aside now, it grows until it can.
    """
    try:
        if os.stat(path, follow_symlinks=False).st_size + more <= MOST_BYTES:
            return
    except FileNotFoundError:
        return
    old = [f"{path}.{count}" for count in range(OLD_FILES + 1)]
    with contextlib.suppress(PermissionError):
        if not os.path.lexists(old[0]):
            os.replace(path, old[0])
        gap = next((at for at, each in enumerate(old) if not os.path.lexists(each)), OLD_FILES)
        for at in range(gap, 0, -1):
            os.replace(old[at - 1], old[at])
