"""Commands at a terminal, with somebody who types."""

from __future__ import annotations

import os
import select
import struct
import subprocess
import time
from typing import TYPE_CHECKING

from support.lacking import lacking
from support.run import end_group

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_PATIENCE = 120.0  # seconds


def at_terminal(
    argv: Sequence[str],
    env: Mapping[str, str],
    *types: str,
    columns: int = 0,
    shows_errors: bool = True,
    patience: float = _PATIENCE,
) -> tuple[int, str]:
    """Run a command at a terminal where these lines are typed; exit code and what was printed.

    The terminal has no width unless `columns` gives it one. Whatever still runs after `patience`
    seconds is killed, with an AssertionError that has what was printed until then.
    """
    if os.name == "nt":
        lacking("no pseudo-terminal on Windows", installable=False)
    ours, theirs = _opened(columns)
    errors = theirs if shows_errors else subprocess.DEVNULL
    with subprocess.Popen(
        argv, env=env, stdin=theirs, stdout=theirs, stderr=errors, start_new_session=True
    ) as process:
        os.close(theirs)
        try:
            os.write(ours, "".join(f"{line}\n" for line in types).encode())
            said = _read(ours, time.monotonic() + patience)
        except BaseException:
            end_group(process)
            raise
        finally:
            os.close(ours)
    return process.returncode, said


def _opened(columns: int) -> tuple[int, int]:
    import fcntl
    import pty
    import termios

    ours, theirs = pty.openpty()
    if columns:
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 50, columns, 0, 0))
    return ours, theirs


def _read(ours: int, deadline: float) -> str:
    said = b""
    while part := _part(ours, deadline):
        said += part
    assert time.monotonic() < deadline, f"it still ran: {said.decode(errors='replace')}"
    return said.decode(errors="replace").replace("\r\n", "\n")


def _part(ours: int, deadline: float) -> bytes:
    """Return what comes next; nothing at the end, and once the deadline has passed."""
    left = max(deadline - time.monotonic(), 0)
    if not select.select([ours], [], [], left)[0]:
        return b""
    try:
        return os.read(ours, 65536)
    except OSError:  # Linux: nobody holds the other end any more
        return b""
