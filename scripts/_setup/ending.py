"""How every script ends: with an exit code, with one sentence, or as Ctrl-C ends a program."""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING

from _setup.words import say
from spip.errors import SpipError

if TYPE_CHECKING:
    from collections.abc import Callable


def ended(run: Callable[[], int]) -> int:
    """Run it and return its exit code; an error of ours is a sentence and one next step."""
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
