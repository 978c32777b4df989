"""Waiting for a child in the foreground: Ctrl-C is left to it, and its exit code is ours."""

from __future__ import annotations

import contextlib

TYPE_CHECKING = False
if TYPE_CHECKING:
    from subprocess import Popen


def wait(process: Popen[bytes]) -> int:
    """Wait until it ends. The console, or terminal, sends Ctrl-C to the child as well."""
    code = None
    while code is None:
        with contextlib.suppress(KeyboardInterrupt):
            code = process.wait()
    return exit_code(code)


def exit_code(code: int) -> int:
    """Return a child's exit code as `sys.exit` takes it to end with the very same one.

    It takes a C `long`, which on Windows has 32 bits and a sign; a code has 32 bits and none.
    Of a larger number Python makes -1, so that each crash looked the same (0xC0000005, say).
    """
    return code - (1 << 32) if code >= 1 << 31 else code
