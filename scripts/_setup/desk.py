"""The command lines of `scripts/spip` and `scripts/test`: set up, then run what was asked for."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from _setup import environment as env
from _setup.ending import ended
from _setup.words import say
from spip import target as targets

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from spip.target import Target


def spip(arguments: Sequence[str]) -> int:
    """End in the checkout's `python -m spip` with these arguments; its exit code.

    It acts on the environment that is active; without one, on the checkout's own.
    """

    def run() -> int:
        if not env.is_ready(env.SPIP):
            from _setup import build

            build.ready(env.SPIP, os.environ)
        environ = acting_on(target(os.environ), os.environ, arguments)
        return _become([env.SPIP.python, "-m", "spip", *arguments], environ)

    return ended(run)


def target(environ: Mapping[str, str]) -> Target:
    """Return what the `spip` of a user's own environment would act on; None: the checkout's own."""
    # As a home that is no virtual environment: such a one is acted on whatever is active.
    home = targets.Home(env.SPIP.python, env.SPIP.folder, env.SPIP.folder)
    return targets.resolve(environ, home, by_module=False)


def acting_on(
    found: Target, environ: Mapping[str, str], arguments: Sequence[str]
) -> Mapping[str, str]:
    """Return variables for a spip that acts on it; say where an installation goes."""
    for notice in found.notices:
        say(notice)
    if found.python:
        return {**environ, "SPIP_PYTHON": found.python}
    command = next((word for word in arguments if not word.startswith("-")), "")
    if command in {"install", "uninstall"} and not environ.get("SPIP_PYTHON"):
        say(f"no environment is active: acting on this checkout's own, {env.SPIP.folder}")
    return environ


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


def _become(argv: list[str], environ: Mapping[str, str]) -> int:
    sys.stdout.flush()
    sys.stderr.flush()
    if os.name != "nt":
        os.execve(argv[0], argv, environ)
    from _setup import child

    # On Windows exec returns at once to whoever waits, with no exit code.
    return child.call(argv, environ)
