"""The hook of one shell: the code in a file of spip's, and the line that reads it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from spip.errors import SpipError
from spip.hooks import shells
from spip.hooks.parts import Edit, Hook, Own
from spip.hooks.where import rc_files
from spip.invocation import command_line

if TYPE_CHECKING:
    from spip.hooks.program import Program
    from spip.hooks.shells import Shell
    from spip.hooks.where import World


def hook(shell: Shell, program: Program, world: World) -> Hook:
    """All that makes `pip` mean spip in new shells. SpipError where there is no place for it."""
    if shell.name == "powershell":
        from spip.hooks import powershell

        paths = powershell.profiles(world)
    elif shell.name == "cmd":
        from spip.hooks import cmd

        return cmd.hook(program, world)
    else:
        paths = rc_files(shell.name, world)
    if not paths:
        raise SpipError(
            f"{shell.name} reads no file at its start here",
            f"put the output of  {command_line('hook', shell.name)}  where yours reads it"
            + (" (ENV names no file)" if shell.name == "sh" else ""),
        )
    code = shells.code(shell, program)
    body, own = code, list[Own]()
    if shell.line:
        path = os.path.join(world.folder, shell.code)
        body, own = shell.line.format(shell.quote(path)), [Own(path, code, shell.name)]
    edits = tuple(Edit(path, body, shell.name, crlf=shell.crlf) for path in paths)
    return Hook(world.folder, world.bounds, tuple(own), edits)
