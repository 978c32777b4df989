"""Print environment variables in the syntax of each shell, and of JSON, Docker and GitHub."""

from __future__ import annotations

import json
import os
import sys
from shlex import quote
from typing import TYPE_CHECKING, Any

from spip import __version__
from spip.errors import SpipError
from spip.hooks.shells import quote_fish
from spip.invocation import in_powershell

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from spip.commands.env import ToolSettings

SCHEMA = 1  # of the JSON
# Where a build sees the bundle, for as long as a RUN lasts and in no layer of the image.
_SECRET = "/run/secrets/spip-roots"  # noqa: S105  # a file's name


def write(shell: str, settings: ToolSettings) -> None:
    """Print what is to be evaluated, or read, in that shell, to the byte: paths are in it.

    Lines end in LF alone: a Cygwin's bash, a WSL and a workflow take a CR for a part of the value.
    Raises SpipError.
    """
    said = text(shell, settings)
    encoding = _console_encoding() if shell == "cmd" and os.name == "nt" else "utf-8"
    try:
        content = said.encode(encoding, "surrogateescape" if encoding == "utf-8" else "strict")
    except UnicodeEncodeError as error:
        raise SpipError(
            f"a path has letters that cmd's code page ({encoding}) lacks: {said!a}", "chcp 65001"
        ) from error
    sys.stdout.flush()
    sys.stdout.buffer.write(content)
    sys.stdout.buffer.flush()


def text(shell: str, settings: ToolSettings) -> str:
    """Return what is to be evaluated, or read, in that shell."""
    return SHELLS[shell](settings)


def _console_encoding() -> str:
    """Return the code page in which cmd reads what a program prints."""
    import ctypes

    kernel: Any = vars(ctypes)["windll"].kernel32
    return f"cp{kernel.GetConsoleOutputCP() or kernel.GetOEMCP()}"


def _posix(settings: ToolSettings) -> str:
    return _lines(settings.variables, lambda name, value: f"export {name}={quote(value)}")


def _fish(settings: ToolSettings) -> str:
    return _lines(settings.variables, lambda name, value: f"set -gx {name} {quote_fish(value)}")


def _powershell(settings: ToolSettings) -> str:
    return _lines(settings.variables, lambda name, value: f"$Env:{name} = {in_powershell(value)}")


def _cmd(settings: ToolSettings) -> str:
    # To be evaluated by  for /f "delims=" %i in ('spip env --shell cmd') do @%i
    return _lines(settings.variables, lambda name, value: f'set "{name}={value}"')


def _github(settings: ToolSettings) -> str:
    # For  spip env --shell github >> "$GITHUB_ENV"  in a workflow's step.
    return _lines(settings.variables, lambda name, value: f"{name}={value}")


def _docker(settings: ToolSettings) -> str:
    """A secret mount and build arguments: the roots are in the build, and not in the image."""
    # Names of settings that point to a file of this machine alone would mislead the build.
    names = [name for name in settings.variables if not name.startswith("GIT_CONFIG_")]
    if "GIT_SSL_CAINFO" not in names:
        names.append("GIT_SSL_CAINFO")
    arguments = " \\\n".join(f"  --build-arg {name}={_SECRET}" for name in names)
    return (
        "# in the Dockerfile, below FROM (an ARG is in no layer, and gone after the build):\n"
        f"#   ARG {' '.join(names)}\n"
        "#   RUN --mount=type=secret,id=spip-roots,mode=0444 pip install ...\n"
        f"docker build --secret id=spip-roots,src={quote(settings.bundle)} \\\n"
        f"{arguments} \\\n  .\n"
    )


def _json(settings: ToolSettings) -> str:
    said = {
        "schema": SCHEMA,
        "spip": __version__,
        "bundle": settings.bundle,
        "variables": dict(settings.variables),
    }
    return json.dumps(said, indent=2) + "\n"


def _lines(variables: Mapping[str, str], line: Callable[[str, str], str]) -> str:
    for name, value in variables.items():
        if "\n" in value or "\r" in value:
            raise SpipError(f"the path for {name} has a line end in it, which can't be printed")
    return "".join(f"{line(name, value)}\n" for name, value in variables.items())


SHELLS: dict[str, Callable[[ToolSettings], str]] = {
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
