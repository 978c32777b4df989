"""The command line of `scripts/gauntlet`: set up what the tests have, then run there."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from _setup import build, child, pip
from _setup import environment as env
from _setup.ending import ended

if TYPE_CHECKING:
    from collections.abc import Sequence


def gauntlet(arguments: Sequence[str]) -> int:
    """Set up, fetch what is compared, run; an exit code."""

    def run() -> int:
        build.ready(env.TEST, os.environ)
        if not {"--help", "-h"} & set(arguments):
            code = _fetch()
            if code:
                return code
        return child.call([env.TEST.python, "-m", "_gauntlet", *arguments], _environ(os.environ))

    return ended(run)


def _fetch() -> int:
    """Have the wheels of the pips and of the peer, by the machine's own way."""
    configured = pip.configuration(env.TEST.folder, os.environ)
    bundle = os.path.join(env.CHECKOUT, ".cache", f"gauntlet-roots-{os.getpid()}.pem")
    try:
        trusting = pip.environment(env.TEST.folder, os.environ, configured, bundle)
        return child.call([env.TEST.python, "-m", "_gauntlet.peer"], _environ(trusting))
    finally:
        if os.path.exists(bundle):
            os.unlink(bundle)


def _environ(base: os._Environ[str] | dict[str, str]) -> dict[str, str]:
    folders = [os.path.join(env.CHECKOUT, name) for name in ("scripts", "tests")]
    return {**base, "PYTHONPATH": os.pathsep.join(folders)}
