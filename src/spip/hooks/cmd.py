"""cmd has no rc file: a folder on PATH, with pip.cmd in it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from spip.errors import SpipError
from spip.hooks import shells
from spip.hooks.parts import Hook, Own
from spip.invocation import command_line

if TYPE_CHECKING:
    from spip.hooks.program import Program
    from spip.hooks.where import World


def hook(program: Program, world: World) -> Hook:
    """The folder, with pip.cmd and pip3.cmd. SpipError elsewhere than on Windows."""
    if world.platform != "win32":
        raise SpipError("cmd is a shell of Windows", command_line("hook", "install"), 2)
    folder = os.path.join(world.folder, "bin")
    text = shells.filled("path.cmd", shells.named("cmd"), program).replace("\n", "\r\n")
    own = tuple(Own(os.path.join(folder, f"{name}.cmd"), text, "cmd") for name in ("pip", "pip3"))
    after = (
        f"next: put this folder first on PATH:  {folder}",
        "  (Settings, System, About, Advanced system settings, Environment Variables)",
    )
    return Hook(world.folder, world.bounds, own, after=after)
