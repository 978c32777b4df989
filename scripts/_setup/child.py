"""Run a program in the foreground: its output and its exit code become ours."""

from __future__ import annotations

import signal
import subprocess
from typing import TYPE_CHECKING

from spip import foreground

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def call(argv: Sequence[str], environ: Mapping[str, str], folder: str | None = None) -> int:
    """Run it in `folder` and return its exit code. Ctrl-C is left to it.

    Raises KeyboardInterrupt where that ended it.
    """
    with subprocess.Popen(argv, cwd=folder, env=environ) as process:
        # Only now: a child inherits what is ignored.
        before = signal.signal(signal.SIGINT, signal.SIG_IGN)
        try:
            code = process.wait()
        finally:
            signal.signal(signal.SIGINT, before)
    if code == -signal.SIGINT:
        raise KeyboardInterrupt
    return foreground.exit_code(code)
