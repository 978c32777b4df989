"""The command line of `scripts/site`: make an environment with the generator, then run it.

`--write` makes what the pages take from the program and from each other: the command reference, and
the marks of stale translations. `--digest NAME` prints what a translation's first line has to say.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from _setup import build, child
from _setup import environment as env
from _setup.ending import ended
from _site import translations

if TYPE_CHECKING:
    from collections.abc import Sequence

ENVIRONMENT = env.Environment(os.path.join(env.CHECKOUT, ".cache", "docs-venv"), ("docs",), (25, 1))


def site(arguments: Sequence[str]) -> int:
    """Set up and build; `arguments` go to `mkdocs build`. An exit code."""
    return ended(lambda: _build(arguments))


def _build(arguments: Sequence[str]) -> int:
    if arguments[:1] == ["--digest"]:
        return _print_digests(arguments[1:])
    build.ready(ENVIRONMENT, os.environ)
    if arguments[:1] == ["--write"]:
        path = {"PYTHONPATH": os.path.join(env.CHECKOUT, "scripts")}
        write = [ENVIRONMENT.python, "-m", "_site.reference"]
        return child.call(write, {**os.environ, **path}, env.CHECKOUT)
    # The generator looks whether it is run by a search robot's checker; nothing is to be sent.
    environ = {**os.environ, "NO_MKDOCS_2_WARNING": "1", "PYTHONDONTWRITEBYTECODE": "1"}
    mkdocs = [ENVIRONMENT.python, "-m", "mkdocs", "build", "--strict", "--clean"]
    return child.call([*mkdocs, *arguments], environ, env.CHECKOUT)


def _print_digests(names: Sequence[str]) -> int:
    for name in names:
        page = os.path.join(env.CHECKOUT, "docs", "causes", f"{name}.md")
        with open(page, encoding="utf-8") as file:
            print(f"{name}  {translations.digest(file.read())}")
    return 0
