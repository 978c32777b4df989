"""Build spip's source distribution."""

from __future__ import annotations

import os

from _zipapp import project


def made(flit_core: str) -> dict[str, bytes]:
    """Return its name and content. `flit_core` is the path of its wheel. Raises SpipError."""
    with project.built(flit_core, "build_sdist") as path, open(path, "rb") as file:
        return {os.path.basename(path): file.read()}
