"""The log's lines, oldest first; a million of them in a second or so.

Every line is looked at when a time is asked for, since a clock that was set back leaves lines that
are out of order. A whole line is known by its two ends, without reading it as JSON.
"""

from __future__ import annotations

import contextlib
import os
from collections import deque
from itertools import chain
from typing import IO, TYPE_CHECKING

from spip.errors import SpipError
from spip.policy import state_folder
from spip.policy.audit_log import BEGIN, END

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
        with self._opened(_BLOCK) as files:
            for line in chain.from_iterable(files):
                if not (line.startswith(BEGIN) and line.endswith(_END)):
                    self.damaged += 1
                elif line[_TIME] >= wanted:
                    yield line

    def newest(self, count: int, moment: str = "") -> list[bytes]:
        """Return at most so many lines, the newest, oldest first; of those from `moment` on."""
        if moment:
            return list(deque(self.since(moment), count))
        found: list[bytes] = []
        with self._opened(0) as files:
            for file in reversed(files):
                found = [*self._last(file, count - len(found)), *found]
                if len(found) >= count:
                    break
        return found

    @contextlib.contextmanager
    def _opened(self, buffering: int) -> Iterator[list[IO[bytes]]]:
        """All files at once, each once. A rotation renames the newer ones to where older ones were.

        So the newest is opened first: what is renamed meanwhile is met twice, not never.
        """
        files: dict[tuple[int, int], IO[bytes]] = {}
        with contextlib.ExitStack() as stack:
            for path in reversed(self._files):
                descriptor = _opened(path)
                if descriptor is not None:
                    file = stack.enter_context(open(descriptor, "rb", buffering=buffering))
                    seen = os.fstat(descriptor)
                    files.setdefault((seen.st_dev, seen.st_ino), file)
            yield [*reversed(files.values())]

    def _last(self, file: IO[bytes], count: int) -> list[bytes]:
        """Read one file from its end, a block at a time, until there are enough line ends."""
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
        return state_folder.opened(path, os.O_RDONLY)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise SpipError(f"the log {path} can't be read: {error.strerror}") from error
