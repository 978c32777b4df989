"""The hook of one virtual or conda environment: once it is active, `pip` is spip there.

Each activate script gets a line that puts a folder of the environment first on PATH. All of them
note PATH before they change it and `deactivate` puts that back, so nothing else has to be undone,
and scripts that are run from there find spip as well.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from spip.errors import SpipError
from spip.hooks import shells
from spip.hooks.install import Edit, Hook, Own
from spip.hooks.record import Bounds
from spip.invocation import command_line, quoted

if TYPE_CHECKING:
    from collections.abc import Mapping

    from spip.hooks.spip_command import Program


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


def venv_folder(venv: str) -> str:
    """Where spip keeps the record and its files in an environment."""
    return os.path.join(os.path.abspath(venv), "spip")


def venv_bounds(venv: str) -> Bounds:
    """What a hook makes in an environment."""
    edits = "|".join(re.escape(name) for name in _LINES)
    return Bounds(os.path.abspath(venv), SHIMS, rf"(bin|Scripts)/(?i:{edits})")


def scripts(venv: str) -> list[str]:
    """The activate scripts that are there."""
    return [
        os.path.join(place, name)
        for place in (os.path.join(os.path.abspath(venv), name) for name in ("bin", "Scripts"))
        if os.path.isdir(place)
        for name in sorted(os.listdir(place))
        if name.lower() in _LINES
    ]


def venv_hook(venv: str, program: Program) -> Hook:
    """All that it takes. SpipError where `venv` is no virtual environment."""
    if not os.path.isfile(os.path.join(venv, "pyvenv.cfg")):
        hint = f"python3 -m venv {quoted(venv)}"
        raise SpipError(f"{venv} is no virtual environment (no pyvenv.cfg)", hint)
    found = scripts(venv)
    if not found:
        hint = command_line("hook", "install", "--python", venv)
        raise SpipError(f"{venv} has no activate script", hint)
    edits = tuple(_edit(path) for path in found)
    own = tuple(shims(os.path.abspath(venv), program, "venv"))
    return Hook(venv_folder(venv), venv_bounds(venv), own, edits)


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
        config = Path(prefix, "pyvenv.cfg").read_text("utf-8", "replace")
    except OSError:
        config = ""
    found = re.search(r"^version(?:_info)?\s*=\s*(\d+\.\d+)", config, re.MULTILINE)
    if found:
        return found.group(1)
    libraries = sorted(Path(prefix).glob("lib/python3.*"))
    return libraries[0].name.removeprefix("python") if libraries else ""


# conda-build's documentation, "Activate scripts": a script of each shell's own ending.
_ENDINGS = ("sh", "fish", "csh", "ps1", "bat", "xsh")


def conda_prefix(asked: str, environ: Mapping[str, str]) -> str:
    """The environment that is meant; "active": the one that is. SpipError where it is none."""
    found = environ.get("CONDA_PREFIX", "") if asked == "active" else asked
    if not found:
        raise SpipError(
            "no conda environment is active", command_line("hook", "install", "--conda", "DIR")
        )
    if not os.path.isdir(os.path.join(found, "conda-meta")):
        raise SpipError(f"{found} is no conda environment (no conda-meta)")
    return os.path.abspath(found)


def conda_folder(environment: str) -> str:
    """Where the record is."""
    return os.path.join(environment, "spip")


def conda_bounds(environment: str) -> Bounds:
    """What a hook makes in an environment."""
    endings = "|".join(_ENDINGS)
    return Bounds(environment, rf"{SHIMS}|etc/conda/(de)?activate\.d/spip\.({endings})")


def conda_hook(environment: str, program: Program) -> Hook:
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
    return Hook(conda_folder(environment), conda_bounds(environment), own)
