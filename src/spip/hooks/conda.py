"""One conda environment: scripts that conda reads when it activates and deactivates it.

conda computes PATH itself and would leave a folder of ours on it, so these define functions (csh:
aliases), and only where `pip` is no function or alias already: the hook of an rc file serves a
conda environment too.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from spip.errors import SpipError
from spip.hooks import shells
from spip.hooks.bounds import Bounds
from spip.hooks.parts import Hook, Own
from spip.hooks.venv import SHIMS, shims
from spip.invocation import command_line

if TYPE_CHECKING:
    from collections.abc import Mapping

    from spip.hooks.program import Program

# conda-build's documentation, "Activate scripts": a script of each shell's own ending.
_ENDINGS = ("sh", "fish", "csh", "ps1", "bat", "xsh")


def prefix(asked: str, environ: Mapping[str, str]) -> str:
    """The environment that is meant; "active": the one that is. SpipError where it is none."""
    found = environ.get("CONDA_PREFIX", "") if asked == "active" else asked
    if not found:
        raise SpipError(
            "no conda environment is active", command_line("hook", "install", "--conda", "DIR")
        )
    if not os.path.isdir(os.path.join(found, "conda-meta")):
        raise SpipError(f"{found} is no conda environment (no conda-meta)")
    return os.path.abspath(found)


def folder(environment: str) -> str:
    """Where the record is."""
    return os.path.join(environment, "spip")


def bounds(environment: str) -> Bounds:
    """What a hook makes in an environment."""
    endings = "|".join(_ENDINGS)
    return Bounds(environment, rf"{SHIMS}|etc/conda/(de)?activate\.d/spip\.({endings})")


def hook(environment: str, program: Program) -> Hook:
    """All that it takes."""
    scripts = []
    for ending in _ENDINGS:
        for verb in ("activate", "deactivate"):
            path = os.path.join(environment, "etc", "conda", f"{verb}.d", f"spip.{ending}")
            text = shells.template(f"conda-{verb}.{ending}")
            if ending == "bat":
                text = text.replace("\n", "\r\n")
            scripts.append(Own(path, text, "conda"))
    own = (*shims(environment, program, "conda"), *scripts)
    return Hook(folder(environment), bounds(environment), own)
