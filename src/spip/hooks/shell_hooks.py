"""The hook of one shell: the files that the shell reads at its start, and spip's code for it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from spip.errors import SpipError
from spip.hooks import shells
from spip.hooks.install import Edit, Hook, Own
from spip.hooks.record import Bounds
from spip.invocation import command_line
from spip.paths import is_absolute

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from spip.hooks.shells import Shell
    from spip.hooks.spip_command import Program


@dataclass(frozen=True)
class World:
    """Whose files: `home` and `environ` of a user, or those of `system`, for all users."""

    environ: Mapping[str, str]
    home: str
    platform: str
    system: bool = False
    root: str = "/"  # tests look at a system of their own

    @property
    def folder(self) -> str:
        """spip's own folder for the code and the record."""
        import platformdirs

        if self.system:
            if self.platform == "win32":
                return os.path.join(platformdirs.site_data_dir("spip", appauthor=False), "hook")
            return os.path.join(self.root, "etc", "spip", "hook")
        return os.path.join(platformdirs.user_data_dir("spip", appauthor=False), "hook")

    @property
    def bounds(self) -> Bounds:
        """What the hooks of shells make."""
        return Bounds(os.path.dirname(self.folder), r"hook/(spip\.\w+|bin/pip3?\.cmd)", None)

    def config(self, *parts: str) -> str:
        """A path below the folder for configuration, as the XDG base directories have it."""
        base = self.environ.get("XDG_CONFIG_HOME", "")
        base = base if is_absolute(base) else os.path.join(self.home, ".config")
        return os.path.join(base, *parts)


def find_program(name: str, path: str | None) -> str | None:
    """The absolute path of a program; None where the folders of `path` have none.

    Windows looks in the current folder first, and a PATH may have relative folders: neither may
    decide what runs.
    """
    folders = (path or os.defpath).split(os.pathsep)
    absolute = os.pathsep.join(folder for folder in folders if os.path.isabs(folder))
    program = shutil.which(name, path=absolute)
    return program if program and os.path.isabs(program) else None


def this_user() -> World:
    """The world of whoever runs this. SpipError without a home, or in another user's."""
    home = os.path.expanduser("~")
    if not os.path.isdir(home):
        raise SpipError(f"there is no home folder ({home})", "set HOME")
    if sys.platform != "win32" and os.stat(home).st_uid != os.geteuid():
        raise SpipError(f"{home} belongs to another user", "run it as that user, without sudo")
    return World(os.environ, home, sys.platform)


def everybody() -> World:
    """The world of all users of this machine."""
    return World(os.environ, "", sys.platform, system=True)


def rc_files(shell: str, world: World) -> list[str]:
    """The files that get the block, the one that interactive shells read first."""
    if world.system:
        return _system_rc_files(shell, world)
    several = {"bash": _bash, "sh": _sh}.get(shell)
    if several:
        return several(world)
    one = _ONE_FILE.get(shell)
    return [one(world)] if one else []


def _system_rc_files(shell: str, world: World) -> list[str]:
    """The distributions' own places; a shell that has none of them gets an error."""
    found = {
        "bash": ("etc/bash.bashrc", "etc/bashrc"),
        "zsh": ("etc/zsh/zshrc", "etc/zshrc"),
        "fish": ("etc/fish/conf.d/spip.fish",),
        "tcsh": ("etc/csh.cshrc",),
        "xonsh": ("etc/xonsh/rc.d/spip.xsh",),
    }.get(shell, ())
    paths = [os.path.join(world.root, *path.split("/")) for path in found]
    there = [path for path in paths if os.path.exists(path)]
    return there[:1] or paths[:1]


def _bash(world: World) -> list[str]:
    """~/.bashrc, and what a login shell reads where that leaves ~/.bashrc out.

    bash's manual, "Bash Startup Files": the first of three for a login shell, and that alone.
    """
    files = [os.path.join(world.home, ".bashrc")]
    logins = [
        os.path.join(world.home, name) for name in (".bash_profile", ".bash_login", ".profile")
    ]
    there = [path for path in logins if os.path.isfile(path)]
    if there and not re.search(rb"bashrc", Path(there[0]).read_bytes()):
        # ~/.profile is read by other shells too; the block says nothing that they don't know.
        files.append(there[0])
    elif not there and world.platform == "darwin":  # each window there is a login shell
        files.append(logins[0])
    return files


def _zdotdir(world: World) -> str:
    """zsh's own folder; ~/.zshenv may set it without exporting it, so zsh is asked."""
    if world.environ.get("ZDOTDIR"):
        return world.environ["ZDOTDIR"]
    zsh = find_program("zsh", world.environ.get("PATH"))
    if not zsh or not os.path.exists(os.path.join(world.home, ".zshenv")):
        return world.home
    try:
        output = subprocess.run(
            [zsh, "-c", 'print -rn -- "${ZDOTDIR:-$HOME}"'],
            env=dict(world.environ),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=10,
            check=False,
        ).stdout
    except (OSError, subprocess.SubprocessError):
        return world.home
    folder = os.fsdecode(output)
    return folder if is_absolute(folder) else world.home


def _sh(world: World) -> list[str]:
    """POSIX: an interactive shell reads the file that ENV names; ksh93 has a default for it."""
    named = world.environ.get("ENV", "")
    if is_absolute(named):
        return [named]
    kshrc = os.path.join(world.home, ".kshrc")
    return [kshrc] if os.path.exists(kshrc) else []


def _nushell(world: World) -> str:
    mac = os.path.join(world.home, "Library", "Application Support", "nushell")
    folder = mac if world.platform == "darwin" else world.config("nushell")
    return os.path.join(folder, "autoload", "spip.nu")


def _first(home: str, *names: str) -> str:
    paths = [os.path.join(home, name) for name in names]
    return next((path for path in paths if os.path.exists(path)), paths[0])


_ONE_FILE: dict[str, Callable[[World], str]] = {
    "zsh": lambda world: os.path.join(_zdotdir(world), ".zshrc"),
    "fish": lambda world: world.config("fish", "conf.d", "spip.fish"),
    "xonsh": lambda world: world.config("xonsh", "rc.d", "spip.xsh"),
    "nu": _nushell,
    "tcsh": lambda world: _first(world.home, ".tcshrc", ".cshrc"),
}


def rc_file_hook(shell: Shell, program: Program, world: World) -> Hook:
    """All that makes `pip` mean spip in new shells. SpipError where there is no place for it."""
    if shell.name == "powershell":
        paths = profiles(world)
    elif shell.name == "cmd":
        return cmd_hook(program, world)
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


# Windows PowerShell 5.1 and PowerShell 7 read profiles of their own.
_PROGRAMS = ("pwsh", "powershell")
# Microsoft, about_Execution_Policies: neither runs a script that nobody signed.
_FORBID = {"restricted", "allsigned"}


def profiles(world: World) -> list[str]:
    """The profile of each PowerShell that is there. SpipError where one may not run it."""
    which = "AllUsersAllHosts" if world.system else "CurrentUserAllHosts"
    found = []
    for program in _PROGRAMS:
        path = find_program(program, world.environ.get("PATH"))
        if path:
            policy, profile = _ask_powershell(path, which)
            _check_execution_policy(program, policy)
            found.append(profile)
    if not found:
        raise SpipError("no PowerShell is on PATH (looked for pwsh and powershell)")
    return found


def _ask_powershell(path: str, which: str) -> tuple[str, str]:
    plainly = "[Console]::OutputEncoding = [Text.Encoding]::UTF8"
    question = f"{plainly}; Get-ExecutionPolicy; $PROFILE.{which}"
    command = [path, "-NoLogo", "-NoProfile", "-NonInteractive", "-Command", question]
    try:
        output = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, timeout=60, check=True
        ).stdout.decode("utf-8-sig")
        policy, profile = output.splitlines()[:2]
    except (OSError, ValueError, subprocess.SubprocessError) as error:
        raise SpipError(f"{path} does not say where its profile is: {error}") from error
    return policy.strip(), profile.strip()


def _check_execution_policy(program: str, policy: str) -> None:
    if policy.lower() not in _FORBID:
        return
    raise SpipError(
        f"the execution policy of {program} is {policy}, so a profile would print an error at "
        f"each start; nothing was changed",
        f"{program} -Command Set-ExecutionPolicy -Scope CurrentUser RemoteSigned",
    )


def cmd_hook(program: Program, world: World) -> Hook:
    """The folder, with pip.cmd and pip3.cmd. SpipError elsewhere than on Windows."""
    if world.platform != "win32":
        raise SpipError("cmd is a shell of Windows", command_line("hook", "install"), 2)
    folder = os.path.join(world.folder, "bin")
    text = shells.filled("path.cmd", shells.named("cmd"), program).replace("\n", "\r\n")
    own = tuple(Own(os.path.join(folder, f"{name}.cmd"), text, "cmd") for name in ("pip", "pip3"))
    advice = (
        f"next: put this folder first on PATH:  {folder}",
        "  (Settings, System, About, Advanced system settings, Environment Variables)",
    )
    return Hook(world.folder, world.bounds, own, advice=advice)
