"""Where the policy lies, by the system's word, and where this user's grants and log belong."""

from __future__ import annotations

import os
import sys

from spip import paths
from spip.paths import is_absolute

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

# Asked from the system, never from the environment, which could name any folder.
POLICY = {
    "linux": "/etc/spip/policy.toml",
    "macos": "/Library/Application Support/spip/policy.toml",
    "windows": "{ProgramData}/spip/policy.toml",
}
_SYSTEM = {"win32": "windows", "darwin": "macos"}.get(sys.platform, "linux")


def policy(system: str = _SYSTEM) -> str | None:
    """The policy's path, whether there is one or not; None where the system doesn't tell."""
    return filled(POLICY[system])


def filled(path: str) -> str | None:
    """Fill in Windows' ProgramData, by the system's word; None where it doesn't tell."""
    if "{" not in path:
        return path
    folder = _program_data()
    return path.replace("{ProgramData}", folder).replace("/", os.sep) if folder else None


def state(environ: Mapping[str, str], platform: str = sys.platform) -> str | None:
    """The folder for grants and log; None where this user has no home."""
    return paths.user_folder("state", environ, platform)


def grants_file(environ: Mapping[str, str]) -> str | None:
    """The path of this user's grants, whether there are any or not; None without a home."""
    folder = state(environ)
    return os.path.join(folder, "grants.json") if folder else None


def may_exist(path: str | None) -> bool:
    """Whether something is at `path`, or nobody may look there."""
    if path is None:
        return False
    try:
        os.lstat(path)
    except (FileNotFoundError, NotADirectoryError):
        return False
    except (OSError, ValueError):
        return True
    return True


def _program_data() -> str | None:
    from importlib import import_module
    from typing import Any

    key = r"SOFTWARE\Microsoft\Windows\CurrentVersion\Explorer\Shell Folders"
    try:
        winreg: Any = import_module("winreg")
        with winreg.OpenKey(winreg.HKEY_LOCAL_MACHINE, key) as opened:
            found = winreg.QueryValueEx(opened, "Common AppData")[0]
    except (ImportError, OSError):
        return None
    return str(found) if is_absolute(str(found)) else None
