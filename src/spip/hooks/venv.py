"""One virtual environment: after `activate` of any shell, `pip` is spip for it.

Each activate script gets a line that puts a folder of the environment first on PATH. All of them
note PATH before they change it and `deactivate` puts that back, so nothing else has to be undone,
and scripts that are run from there find spip as well.
"""

from __future__ import annotations

import os
import re
import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from spip.errors import SpipError
from spip.hooks import shells
from spip.hooks.bounds import Bounds
from spip.hooks.parts import Edit, Hook, Own
from spip.invocation import command_line

if TYPE_CHECKING:
    from spip.hooks.program import Program


@dataclass(frozen=True)
class _Line:
    """What an activate script gets. `above`: the line that it has to stand above."""

    text: str
    comment: str = "#"
    crlf: bool = True
    above: str = ""


# The activate scripts of venv, virtualenv and uv. A script's name is written in two ways.
_LINES = {
    "activate": _Line(
        'PATH="$VIRTUAL_ENV/spip/bin:$PATH"\nexport PATH\nhash -r 2>/dev/null || :', crlf=False
    ),
    "activate.csh": _Line('setenv PATH "${VIRTUAL_ENV:q}/spip/bin:${PATH:q}"\nrehash', crlf=False),
    "activate.fish": _Line('set -gx PATH "$VIRTUAL_ENV/spip/bin" $PATH', crlf=False),
    "activate.ps1": _Line(
        '$Env:PATH = "$Env:VIRTUAL_ENV/spip/bin" + [IO.Path]::PathSeparator + $Env:PATH'
    ),
    # A module has one export-env, and what that sets can be read only after it.
    "activate.nu": _Line(
        "    let new_env = ($new_env | upsert $path_name "
        "($new_path | prepend ([$virtual_env spip bin] | path join)))",
        above="load-env $new_env",
    ),
    "activate.xsh": _Line('$PATH.insert(0, $VIRTUAL_ENV + "/spip/bin")'),
    "activate.bat": _Line('@set "PATH=%VIRTUAL_ENV%\\spip\\bin;%PATH%"', "@REM"),
}


# The shims, as paths below their environment.
SHIMS = r"spip/bin/pip(3(\.\d+)?)?(\.cmd)?"


def folder(venv: str) -> str:
    """Where spip keeps the record and its files in an environment."""
    return os.path.join(os.path.abspath(venv), "spip")


def bounds(venv: str) -> Bounds:
    """What a hook makes in an environment."""
    edits = "|".join(re.escape(name) for name in _LINES)
    return Bounds(os.path.abspath(venv), SHIMS, rf"(bin|Scripts)/(?i:{edits})")


def scripts(venv: str) -> list[str]:
    """The activate scripts that are there."""
    return [
        os.path.join(place, name)
        for place in (os.path.join(os.path.abspath(venv), each) for each in ("bin", "Scripts"))
        if os.path.isdir(place)
        for name in sorted(os.listdir(place))
        if name.lower() in _LINES
    ]


def hook(venv: str, program: Program) -> Hook:
    """All that it takes. SpipError where `venv` is no virtual environment."""
    if not os.path.isfile(os.path.join(venv, "pyvenv.cfg")):
        hint = f"python3 -m venv {shlex.quote(venv)}"
        raise SpipError(f"{venv} is no virtual environment (no pyvenv.cfg)", hint)
    found = scripts(venv)
    if not found:
        hint = command_line("hook", "install", "--python", venv)
        raise SpipError(f"{venv} has no activate script", hint)
    edits = tuple(_edit(path) for path in found)
    own = tuple(shims(os.path.abspath(venv), program, "venv"))
    return Hook(folder(venv), bounds(venv), own, edits)


def shims(prefix: str, program: Program, owner: str) -> list[Own]:
    """`pip`, `pip3` and `pip3.X` of an environment, in its folder spip/bin."""
    place = os.path.join(prefix, "spip", "bin")
    code = shells.filled("shim.sh", shells.named("sh"), program)
    made = [Own(os.path.join(place, name), code, owner, executable=True) for name in _names(prefix)]
    if os.name == "nt":
        code = shells.filled("shim.cmd", shells.named("cmd"), program).replace("\n", "\r\n")
        made += [Own(os.path.join(place, f"{name}.cmd"), code, owner) for name in _names(prefix)]
    return made


def _edit(path: str) -> Edit:
    line = _LINES[os.path.basename(path).lower()]
    return Edit(path, line.text, "venv", line.comment, line.crlf, line.above)


def _names(prefix: str) -> list[str]:
    """The names of pip, as its own console scripts have them."""
    minor = _minor(prefix)
    return ["pip", "pip3", *([f"pip{minor}"] if minor else [])]


def _minor(prefix: str) -> str:
    """The Python of an environment, as in "3.12"; "" where it doesn't say."""
    try:
        said = Path(prefix, "pyvenv.cfg").read_text("utf-8", "replace")
    except OSError:
        said = ""
    found = re.search(r"^version(?:_info)?\s*=\s*(\d+\.\d+)", said, re.MULTILINE)
    if found:
        return found.group(1)
    libraries = sorted(Path(prefix).glob("lib/python3.*"))
    return libraries[0].name.removeprefix("python") if libraries else ""
