"""The command line of `scripts/bench`: set up what the tests have, then measure there."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from _setup import build, child, pip
from _setup import environment as env
from _setup.ending import ended

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_PEER = "pip-system-certs"


def bench(arguments: Sequence[str]) -> int:
    """Set up and measure; an exit code."""

    def run() -> int:
        build.ready(env.TEST, os.environ)
        return _measure(arguments)

    return ended(run)


def _measure(arguments: Sequence[str]) -> int:
    environ = {**os.environ, "PYTHONPATH": _path()}
    python = env.TEST.python
    if "--help" not in arguments and "-h" not in arguments:
        code = _fetch(python, environ)
        if code:
            return code
    return child.call([python, "-m", "_bench", *arguments], environ)


def _fetch(python: str, environ: Mapping[str, str]) -> int:
    """Have the wheels of the pips, of what spip needs and of the peer, by the machine's own way."""
    configured = pip.configuration(env.TEST.folder, environ)
    bundle = os.path.join(env.CHECKOUT, ".cache", f"bench-roots-{os.getpid()}.pem")
    try:
        trusting = pip.environment(env.TEST.folder, environ, configured, bundle)
        return child.call([python, "-m", "_bench.peer"], {**trusting, "PYTHONPATH": _path()})
    finally:
        if os.path.exists(bundle):
            os.unlink(bundle)


def _path() -> str:
    folders = [os.path.join(env.CHECKOUT, name) for name in ("scripts", "tests")]
    return os.pathsep.join(folders)
