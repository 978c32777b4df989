"""Programs that the hooks ask, found on PATH and nowhere else."""

from __future__ import annotations

import os
import shutil


def found(name: str, path: str | None) -> str | None:
    """The absolute path of a program; None where the folders of `path` have none.

    Windows looks in the current folder first, and a PATH may have relative folders: neither may
    decide what runs.
    """
    folders = (path or os.defpath).split(os.pathsep)
    absolute = os.pathsep.join(folder for folder in folders if os.path.isabs(folder))
    program = shutil.which(name, path=absolute)
    return program if program and os.path.isabs(program) else None
