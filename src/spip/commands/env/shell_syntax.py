"""Variables in the words of each shell, and of what else takes them."""

from __future__ import annotations

import json
from shlex import quote
from typing import TYPE_CHECKING

from spip import __version__
from spip.errors import SpipError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from spip.commands.env import Told

SCHEMA = 1  # of the JSON
# Where a build sees the bundle, for as long as a RUN lasts and in no layer of the image.
_SECRET = "/run/secrets/spip-roots"  # noqa: S105  # a file's name


def text(shell: str, found: Told) -> str:
    """Return what is to be evaluated, or read, in that shell."""
    return SHELLS[shell](found)


def _posix(found: Told) -> str:
    return _lines(found.variables, lambda name, value: f"export {name}={quote(value)}")


def _fish(found: Told) -> str:
    def line(name: str, value: str) -> str:
        escaped = value.replace("\\", "\\\\").replace("'", "\\'")
        return f"set -gx {name} '{escaped}'"

    return _lines(found.variables, line)


def _powershell(found: Told) -> str:
    def line(name: str, value: str) -> str:
        # PowerShell takes typographic quotes for plain ones.
        escaped = "".join(c * 2 if c in "'\u2018\u2019\u201a\u201b" else c for c in value)
        return f"$Env:{name} = '{escaped}'"

    return _lines(found.variables, line)


def _cmd(found: Told) -> str:
    # To be evaluated by  for /f "delims=" %i in ('spip env --shell cmd') do @%i
    return _lines(found.variables, lambda name, value: f'set "{name}={value}"')


def _github(found: Told) -> str:
    # For  spip env --shell github >> "$GITHUB_ENV"  in a workflow's step.
    return _lines(found.variables, lambda name, value: f"{name}={value}")


def _docker(found: Told) -> str:
    """A secret mount and build arguments: the roots are in the build, and not in the image."""
    # Names of settings that point to a file of this machine alone would mislead the build.
    names = [name for name in found.variables if not name.startswith("GIT_CONFIG_")]
    if "GIT_SSL_CAINFO" not in names:
        names.append("GIT_SSL_CAINFO")
    arguments = " \\\n".join(f"  --build-arg {name}={_SECRET}" for name in names)
    return (
        "# in the Dockerfile, below FROM (an ARG is in no layer, and gone after the build):\n"
        f"#   ARG {' '.join(names)}\n"
        "#   RUN --mount=type=secret,id=spip-roots,mode=0444 pip install ...\n"
        f"docker build --secret id=spip-roots,src={quote(found.bundle)} \\\n{arguments} \\\n  .\n"
    )


def _json(found: Told) -> str:
    said = {
        "schema": SCHEMA,
        "spip": __version__,
        "bundle": found.bundle,
        "variables": dict(found.variables),
    }
    return json.dumps(said, indent=2) + "\n"


def _lines(variables: Mapping[str, str], line: Callable[[str, str], str]) -> str:
    for name, value in variables.items():
        if "\n" in value or "\r" in value:
            raise SpipError(f"the path for {name} has a line end in it, which can't be printed")
    return "".join(f"{line(name, value)}\n" for name, value in variables.items())


SHELLS: dict[str, Callable[[Told], str]] = {
    "bash": _posix,
    "zsh": _posix,
    "sh": _posix,
    "fish": _fish,
    "powershell": _powershell,
    "cmd": _cmd,
    "json": _json,
    "docker": _docker,
    "github": _github,
}
