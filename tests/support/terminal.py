"""Commands at a terminal, with somebody who types."""

from __future__ import annotations

import os
import subprocess
import time
from typing import TYPE_CHECKING

from support.lacking import lacking

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_PATIENCE = 60.0  # seconds


def at_terminal(argv: Sequence[str], env: Mapping[str, str], types: str) -> tuple[int, str]:
    """Run a command at a terminal where `types` is typed; exit code and what was printed."""
    if os.name == "nt":
        lacking("no pseudo-terminal on Windows", installable=False)
    import pty

    ours, theirs = pty.openpty()
    with subprocess.Popen(argv, env=env, stdin=theirs, stdout=theirs, stderr=theirs) as process:
        os.close(theirs)
        os.write(ours, f"{types}\n".encode())
        said = _read(ours)
    return process.returncode, said


def _read(ours: int) -> str:
    said = b""
    deadline = time.monotonic() + _PATIENCE
    while time.monotonic() < deadline:
        try:
            part = os.read(ours, 4096)
        except OSError:  # Linux: nobody holds the other end any more
            break
        if not part:
            break
        said += part
    os.close(ours)
    return said.decode().replace("\r\n", "\n")
