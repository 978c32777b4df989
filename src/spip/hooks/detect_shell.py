"""Which shell a command was typed in."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from spip.errors import SpipError
from spip.hooks import shells

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


def found(name: str, path: str | None) -> str | None:
    """The absolute path of a program; None where the folders of `path` have none.

    Windows looks in the current folder first, and a PATH may have relative folders: neither may
    decide what runs.
    """
    folders = (path or os.defpath).split(os.pathsep)
    absolute = os.pathsep.join(folder for folder in folders if os.path.isabs(folder))
    program = shutil.which(name, path=absolute)
    return program if program and os.path.isabs(program) else None


def shell(environ: Mapping[str, str]) -> shells.Shell:
    """The nearest shell above this process, else the user's login shell. SpipError without one."""
    for name in _above(os.getpid()):
        if shells.is_known(name):
            return shells.named(name)
    login = os.path.basename(environ.get("SHELL") or _of_account())
    if shells.is_known(login):
        return shells.named(login)
    if os.name == "nt":
        return shells.named("powershell" if environ.get("PSModulePath") else "cmd")
    raise SpipError(
        "which shell this is can't be told", f"name it: one of {', '.join(shells.SHELLS)}", 2
    )


def _of_account() -> str:
    """The shell that this user's account names; "" without one."""
    if sys.platform == "win32":
        return ""
    import pwd

    try:
        return pwd.getpwuid(os.getuid()).pw_shell
    except KeyError:  # a container's user may have a number and nothing else
        return ""


def _above(process: int) -> Iterator[str]:
    """Names of the programs above a process, the nearest first."""
    for _ in range(20):
        found = _linux(process) if os.path.isdir("/proc/self") else _ps(process)
        if found is None:
            return
        process, name = found
        yield name  # also of process 1, which is the shell that a container was started with


def _linux(process: int) -> tuple[int, str] | None:
    """(parent, its name). The name stands in brackets and may hold anything."""
    try:
        stat = Path(f"/proc/{process}/stat").read_text("utf-8", "replace")
        parent = int(stat.rpartition(")")[2].split()[1])
        return parent, Path(f"/proc/{parent}/comm").read_text("utf-8", "replace").strip()
    except (OSError, ValueError, IndexError):
        return None


def _ps(process: int) -> tuple[int, str] | None:
    try:
        parent = int(_said("ppid", process))
        return parent, os.path.basename(_said("comm", parent))
    except (OSError, ValueError, subprocess.SubprocessError):
        return None


def _said(what: str, process: int) -> str:
    ps = found("ps", os.environ.get("PATH"))
    if ps is None:
        raise FileNotFoundError("ps")
    command = [ps, "-o", f"{what}=", "-p", str(process)]
    return subprocess.check_output(command, stderr=subprocess.DEVNULL).decode().strip()
