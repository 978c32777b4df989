"""Commands that set or unset a variable or a pip setting, in the syntax of the current shell."""

from __future__ import annotations

import os
import shlex
from functools import cache
from typing import TYPE_CHECKING

from spip.diagnosis.findings import SPIP
from spip.errors import SpipError
from spip.hooks import detect_shell

if TYPE_CHECKING:
    from spip.diagnosis.evidence import SourceState
    from spip.environment.pip_settings import Setting, Settings

# How a shell takes a variable away; those that aren't named do it as sh does.
_UNSET = {
    "sh": "unset {}",
    "fish": "set -e {}",
    "tcsh": "unsetenv {}",
    "xonsh": "del ${}",
    "nu": "hide-env {}",
    "powershell": "Remove-Item Env:{}",
}


# How a shell gives a variable another value.
_SET = {
    "sh": "export {}={}",
    "fish": "set -gx {} {}",
    "tcsh": "setenv {} {}",
    "xonsh": "${} = {}",
    "nu": "$env.{} = {}",
    "powershell": "$Env:{} = {}",
}


def set_variable(name: str, value: str, platform: str) -> str:
    """Return the command that sets a variable in the shell that this was typed in."""
    shell = "powershell" if platform == "windows" else _shell()
    if shell in {"sh", "fish", "tcsh"}:
        return _SET[shell].format(name, shlex.quote(value))
    quoted = value.replace("'", "''") if shell == "powershell" else value
    return _SET[shell].format(name, f"'{quoted}'")


def unset_variable(name: str, platform: str) -> str:
    """Return the command that takes a variable out of the shell that this was typed in."""
    return _UNSET["powershell" if platform == "windows" else _shell()].format(name)


@cache
def _shell() -> str:
    """One of those whose words are known; "sh" where it can't be told, as in a pipeline."""
    try:
        name = detect_shell.shell(os.environ).name
    except SpipError:
        return "sh"
    return name if name in _UNSET else "sh"


def unset_setting(setting: Setting, platform: str) -> str:
    """Return the command that takes one of pip's settings away, whoever made it."""
    if setting.unset:
        return " ".join([SPIP, "config", *setting.unset])
    if setting.file:
        return f"remove it from {setting.file}"
    return unset_variable(setting.named_by, platform)


def unset_source(source: SourceState, settings: Settings, platform: str) -> str:
    """Return the command that takes away what named an explicit source of roots."""
    cert = settings.get("cert")
    if source.label == "pip's setting cert" and cert:
        return unset_setting(cert, platform)
    return unset_variable(source.label, platform)
