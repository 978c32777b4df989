"""The command line of `scripts/mutate`: set up what the tests have, then mutate there."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from _setup import build, child
from _setup import environment as env
from _setup.ending import ended

if TYPE_CHECKING:
    from collections.abc import Sequence


def mutate(arguments: Sequence[str]) -> int:
    """Set up, mutate and try; an exit code."""

    def run() -> int:
        build.ready(env.TEST, os.environ)
        folders = [os.path.join(env.CHECKOUT, name) for name in ("scripts", "tests")]
        environ = {**os.environ, "PYTHONPATH": os.pathsep.join(folders)}
        return child.call([env.TEST.python, "-m", "_mutate", *arguments], environ, env.CHECKOUT)

    return ended(run)
