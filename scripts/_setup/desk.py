"""The front desk of `scripts/spip` and `scripts/test`: set up, then run what was asked for."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from _setup import environment as env
from _setup.ending import ended

if TYPE_CHECKING:
    from collections.abc import Sequence


def spip(arguments: Sequence[str]) -> int:
    """End in the checkout's `python -m spip` with these arguments; its exit code."""

    def run() -> int:
        if not env.is_ready(env.SPIP):
            from _setup import build

            build.ready(env.SPIP, os.environ)
        return _become([env.SPIP.python, "-m", "spip", *arguments])

    return ended(run)


def test(arguments: Sequence[str]) -> int:
    """Run the checks of the checkout that these arguments ask for; 0 if all passed."""
    from _setup import choices

    choice = choices.read(arguments)
    if choice.help:
        sys.stdout.write(choices.HELP)
        return 0

    def run() -> int:
        from _setup import build, checks

        checks.announce(choice)
        build.ready(env.TEST, os.environ)
        return checks.run(choice)

    return ended(run)


def _become(argv: list[str]) -> int:
    sys.stdout.flush()
    sys.stderr.flush()
    if os.name != "nt":
        os.execv(argv[0], argv)
    from _setup import child

    # On Windows exec returns at once to whoever waits, with no exit code.
    return child.call(argv, os.environ)
