"""Which Pythons this machine has: pyenv's, the distribution's, a CI runner's."""

from __future__ import annotations

import functools
import glob
import os
import re
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

from support import own_home
from support.lacking import LackingError, conceded
from support.run import run

_ASK = (
    "import platform, sys; "
    "print('%s %s' % (platform.python_implementation(), platform.python_version()))"
)
_NEWEST = 20  # 3.20 will need no change here


@dataclass(frozen=True)
class Interpreter:
    """A CPython that is no virtual environment."""

    path: Path
    version: str  # "3.10.13"

    @property
    def minor(self) -> str:
        """As in "3.10"."""
        return ".".join(self.version.split(".")[:2])


@functools.cache
def interpreters() -> dict[str, Interpreter]:
    """Return one interpreter for each minor version found, by that version."""
    found: dict[str, Interpreter] = {}
    for path in _candidates():
        interpreter = ask(path)
        if interpreter:
            found.setdefault(interpreter.minor, interpreter)
    return found


def interpreter(minor: str) -> Interpreter:
    """Return the one of a minor version; LackingError where there is none."""
    if minor not in interpreters():
        raise LackingError(f"no CPython {minor}", installable=not conceded(minor))
    return interpreters()[minor]


def distribution_python() -> Interpreter | None:
    """Return the operating system's own python3, if it has one."""
    return ask(Path("/usr/bin/python3"))


@functools.cache
def ask(path: Path) -> Interpreter | None:
    """Run a Python and ask what it is; None for what isn't there, or is no CPython."""
    if not path.exists():
        return None
    try:
        answer = run([path, "-c", _ASK])
    except OSError:
        return None
    name, _, version = answer.stdout.strip().partition(" ")
    return Interpreter(path, version) if answer.code == 0 and name == "CPython" else None


def _candidates() -> list[Path]:
    """Possible interpreters; the first one of a version wins."""
    found: list[str] = []
    for pattern in (*_managed(), "/usr/bin/python3.[0-9]*", "/usr/local/bin/python3.[0-9]*"):
        matches = [name for name in glob.glob(pattern) if re.search(r"python[\d.]*(exe)?$", name)]
        found += sorted(matches, key=_release, reverse=True)
    for minor in range(6, _NEWEST):
        # A version manager's shim is a script that needs that manager's environment.
        on_path = shutil.which(f"python3.{minor}", path=_without_shims(os.environ.get("PATH", "")))
        found += [on_path] if on_path else []
    found.append(getattr(sys, "_base_executable", sys.executable))
    return [Path(name) for name in found]


def _managed() -> list[str]:
    """Patterns for interpreters that a version manager or a CI runner keeps."""
    pyenv = os.environ.get("PYENV_ROOT") or os.path.join(own_home.account(), ".pyenv")
    runner = os.environ.get("RUNNER_TOOL_CACHE", "/opt/hostedtoolcache")
    uv = os.path.join(own_home.account(), ".local/share/uv/python")
    return [
        f"{pyenv}/versions/*/bin/python",
        f"{runner}/Python/*/*/bin/python",
        f"{runner}/Python/*/*/python.exe",
        f"{uv}/cpython-*/bin/python3",
    ]


def _without_shims(path: str) -> str:
    return os.pathsep.join(part for part in path.split(os.pathsep) if "shims" not in part)


def _release(name: str) -> list[int]:
    """Sort key: the numbers in a path, so that 3.12.10 comes after 3.12.9."""
    return [int(digits) for digits in re.findall(r"\d+", name)]
