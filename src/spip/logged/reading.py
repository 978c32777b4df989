"""The log's lines, oldest first; a million of them in a second or so.

Every line is looked at when a time is asked for, since a clock that was set back leaves lines that
are out of order. A whole line is known by its two ends, without reading it as JSON.
"""

from __future__ import annotations

import os
from collections import deque
from typing import TYPE_CHECKING

from spip.consent import state
from spip.consent.log import BEGIN, END
from spip.errors import SpipError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_BLOCK = 1 << 18
_END = END + b"\n"
_TIME = slice(len(BEGIN), len(BEGIN) + 27)  # 2026-11-21T10:05:03.123456Z


class Reading:
    """Reads these files, the oldest first. `damaged` counts the lines that were passed over."""

    def __init__(self, files: Sequence[str]) -> None:
        self._files = files
        self.damaged = 0

    def since(self, moment: str) -> Iterator[bytes]:
        """Yield every whole line from that moment on ("": every one), with its line end."""
        wanted = moment.encode("ascii")
        for path in self._files:
            for line in self._lines(path):
                if not (line.startswith(BEGIN) and line.endswith(_END)):
                    self.damaged += 1
                elif line[_TIME] >= wanted:
                    yield line

    def newest(self, count: int, moment: str = "") -> list[bytes]:
        """Return at most so many lines, the newest, oldest first; of those from `moment` on."""
        if moment:
            return list(deque(self.since(moment), count))
        found: list[bytes] = []
        for path in reversed(self._files):
            found = [*self._last(path, count - len(found)), *found]
            if len(found) >= count:
                break
        return found

    def _lines(self, path: str) -> Iterator[bytes]:
        descriptor = _opened(path)
        if descriptor is not None:
            with open(descriptor, "rb", buffering=_BLOCK) as file:
                yield from file

    def _last(self, path: str, count: int) -> list[bytes]:
        """Read one file from its end, a block at a time, until there are enough line ends."""
        descriptor = _opened(path)
        if descriptor is None:
            return []
        with open(descriptor, "rb", buffering=0) as file:
            place, data = file.seek(0, 2), b""
            while place and data.count(b"\n") <= count:
                step = min(place, _BLOCK)
                place = file.seek(place - step)
                data = file.read(step) + data
        lines = data.splitlines(keepends=True)
        lines = (lines[1:] if place else lines)[-count:] if count else []
        whole = [line for line in lines if line.startswith(BEGIN) and line.endswith(_END)]
        self.damaged += len(lines) - len(whole)
        return whole


def _opened(path: str) -> int | None:
    """Open a file of the log; None where it was rotated away meanwhile. Raises SpipError."""
    try:
        return state.opened(path, os.O_RDONLY)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise SpipError(f"the log {path} can't be read: {error.strerror}") from error
