"""What is being waited for, on one line that goes away again; only where somebody watches."""

from __future__ import annotations

import contextlib
import time
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_PATIENCE = 1.0  # seconds before the first word: what is quick needs none
_WIDTH = 70


@contextlib.contextmanager
def progress(stream: TextIO) -> Iterator[Callable[[str], None]]:
    """Give a function that says what is being done; the line is wiped at the end."""
    if not stream.isatty():
        yield lambda _: None
        return
    line = _Line(stream)
    try:
        yield line.say
    finally:
        line.wipe()


class _Line:
    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._since = time.monotonic()
        self._shown = ""

    def say(self, text: str) -> None:
        if text == self._shown or time.monotonic() - self._since < _PATIENCE:
            return
        self._shown = text
        self._stream.write(f"\rspip: {text}".ljust(_WIDTH))
        self._stream.flush()

    def wipe(self) -> None:
        if self._shown:
            self._stream.write("\r" + " " * _WIDTH + "\r")
            self._stream.flush()
