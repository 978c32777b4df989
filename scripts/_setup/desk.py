"""The front desk of `scripts/spip` and `scripts/test`: set up, then run what was asked for."""

from __future__ import annotations

import os
import signal
import sys
from typing import TYPE_CHECKING

from _setup import environment as env
from _setup.words import say
from spip.errors import SpipError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


def spip(arguments: Sequence[str]) -> int:
    """End in the checkout's `python -m spip` with these arguments; its exit code."""

    def run() -> int:
        if not env.is_ready(env.SPIP):
            from _setup import build

            build.ready(env.SPIP, os.environ)
        return _become([env.SPIP.python, "-m", "spip", *arguments])

    return _answer(run)


def test(arguments: Sequence[str]) -> int:
    """Run every check of the checkout, pytest last with these arguments; 0 if all passed."""

    def run() -> int:
        from _setup import build, checks

        build.ready(env.TEST, os.environ)
        return checks.run(arguments)

    return _answer(run)


def _answer(run: Callable[[], int]) -> int:
    try:
        return run()
    except SpipError as error:
        say(error.message)
        if error.hint:
            say(f"  next: {error.hint}")
        return error.exit_code
    except KeyboardInterrupt:
        return _interrupted()


def _interrupted() -> int:
    """End as a program that Ctrl-C ended, so that a shell's loop around it ends too."""
    if os.name == "posix":
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        os.kill(os.getpid(), signal.SIGINT)
    return 130


def _become(argv: list[str]) -> int:
    sys.stdout.flush()
    sys.stderr.flush()
    if os.name != "nt":
        os.execv(argv[0], argv)
    from _setup import child

    # On Windows exec returns at once to whoever waits, with no exit code.
    return child.call(argv, os.environ)
