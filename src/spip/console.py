"""Draw tables, wrapped text and progress for people, on a terminal or into a file."""

from __future__ import annotations

import contextlib
import os
import time
from typing import TYPE_CHECKING, TextIO

from spip.terminal import is_terminal

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

    from rich.console import Console
    from rich.table import Table

_PROGRESS_DELAY = 1.0  # seconds before the first word: what is quick needs none
_PROGRESS_WIDTH = 70


@contextlib.contextmanager
def drawing_on(stream: TextIO, width: int) -> Iterator[Console]:
    """Give a console whose output is written to `stream` at the end, without trailing blanks.

    `width` holds where neither a terminal nor COLUMNS says how wide the lines may be.
    """
    from rich.console import Console

    is_known = is_terminal(stream) or "COLUMNS" in os.environ
    console = Console(file=stream, width=None if is_known else width, highlight=False, emoji=False)
    with console.capture() as drawn:
        yield console
    # A table fills its lines up with blanks, which nobody wants in a log or a ticket.
    stream.write("".join(f"{line.rstrip()}\n" for line in drawn.get().splitlines()))


def table(*columns: str, right: Collection[str] = (), unwrapped: Collection[str] = ()) -> Table:
    """Return a table without lines; `right` columns hold numbers, `unwrapped` ones stay whole."""
    from rich.table import Table

    made = Table(box=None, padding=(0, 2, 0, 0), header_style="bold", pad_edge=False)
    for column in columns:
        made.add_column(
            column,
            justify="right" if column in right else "left",
            overflow="fold",
            no_wrap=column in unwrapped,
        )
    return made


@contextlib.contextmanager
def progress(stream: TextIO) -> Iterator[Callable[[str], None]]:
    """Give a function that says what is being done; the line is wiped at the end.

    Plain text, since rich's status draws with letters that code pages lack, and from a thread.
    """
    if not is_terminal(stream):
        yield lambda _: None
        return
    line = _ProgressLine(stream)
    try:
        yield line.show
    finally:
        line.wipe()


class _ProgressLine:
    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._since = time.monotonic()
        self._shown = ""

    def show(self, text: str) -> None:
        if text == self._shown or time.monotonic() - self._since < _PROGRESS_DELAY:
            return
        self._shown = text
        self._stream.write(f"\rspip: {text}".ljust(_PROGRESS_WIDTH))
        self._stream.flush()

    def wipe(self) -> None:
        if self._shown:
            self._stream.write("\r" + " " * _PROGRESS_WIDTH + "\r")
            self._stream.flush()
