"""The command line of `scripts/site`: make an environment with the generator, then run it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from _setup import build, child
from _setup import environment as env
from _setup.ending import ended

if TYPE_CHECKING:
    from collections.abc import Sequence

_DOCS = env.Environment(os.path.join(env.CHECKOUT, ".cache", "docs-venv"), ("docs",), (25, 1))


def site(arguments: Sequence[str]) -> int:
    """Set up and build; `arguments` go to `mkdocs build`. An exit code."""
    return ended(lambda: _build(arguments))


def _build(arguments: Sequence[str]) -> int:
    build.ready(_DOCS, os.environ)
    # The generator looks whether it is run by a search robot's checker; nothing is to be sent.
    environ = {**os.environ, "NO_MKDOCS_2_WARNING": "1", "PYTHONDONTWRITEBYTECODE": "1"}
    mkdocs = [_DOCS.python, "-m", "mkdocs", "build", "--strict", "--clean"]
    return child.call([*mkdocs, *arguments], environ, env.CHECKOUT)
