"""`spip env -- COMMAND`: run the command with the variables, and end as it ends."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

from spip import foreground
from spip.errors import SpipError
from spip.paths import is_absolute

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from spip.commands.env import ToolSettings

# As env(1) has them.
_NOT_FOUND, _NOT_STARTED = 127, 126


def run(command: Sequence[str], settings: ToolSettings, environ: Mapping[str, str]) -> int:
    """Become the command (POSIX: never returns), or wait for it; its exit code.

    Raises SpipError where it can't be started.
    """
    environ = {**environ, **settings.variables}
    sys.stdout.flush()
    sys.stderr.flush()
    try:
        if os.name != "nt" and not settings.temporary:
            _restore_signals()
            os.execvpe(command[0], list(command), environ)
        return _wait(command, environ, settings.temporary)
    except FileNotFoundError as error:
        raise SpipError(f"{command[0]} is not found", exit_code=_NOT_FOUND) from error
    except OSError as error:
        raise SpipError(
            f"{command[0]} can't be started: {error.strerror}", exit_code=_NOT_STARTED
        ) from error


def _wait(command: Sequence[str], environ: Mapping[str, str], temporary: str) -> int:
    """Run it as a child, which the bundle has to outlive."""
    program = _program(command[0], environ, windows=os.name == "nt")
    try:
        argv = _argv(program, command[1:], environ)
        with subprocess.Popen(argv, env=dict(environ)) as process:
            _pass_on_signals(process)
            code = foreground.wait(process)
    finally:
        if temporary:
            shutil.rmtree(temporary, ignore_errors=True)
    if code < 0 and os.name != "nt":
        _end_by(-code)
    return code


def _argv(program: str, arguments: Sequence[str], environ: Mapping[str, str]) -> list[str] | str:
    """What starts a program; a batch file (npm.cmd, az.cmd) needs cmd, whose quotes differ.

    Windows starts one by cmd too, and with Python's quotes `a&b` would end its line and run `b`.
    Raises SpipError.
    """
    if os.name != "nt" or os.path.splitext(program)[1].lower() not in {".bat", ".cmd"}:
        return [program, *arguments]
    cmd = os.path.join(environ.get("SYSTEMROOT", r"C:\Windows"), "System32", "cmd.exe")
    return f'"{cmd}" /d /e:on /v:off /s /c "{batch_line(program, arguments)}"'


def batch_line(program: str, arguments: Sequence[str]) -> str:
    """Return the line that has cmd run a batch file with these arguments. Raises SpipError."""
    words = (program, *arguments)
    if any(set("\r\n\0") & set(word) for word in words):
        raise SpipError(f"{program} is a batch file, which can't be given a line end")
    return " ".join(map(_batch_word, words))


def _batch_word(word: str) -> str:
    """Between quotes, where & and its kin mean nothing, and %NAME% no longer a variable.

    `%cd:~,%` is nothing at all: cmd reads it as a part of length 0, so the % before stays alone.
    """
    slashes = word[len(word.rstrip("\\")) :]
    return '"' + (word + slashes).replace('"', '""').replace("%", "%%cd:~,%") + '"'


def _restore_signals() -> None:
    """Let these signals end a process again: Python ignores them, and exec would keep that."""
    for name in ("SIGPIPE", "SIGXFSZ"):
        if number := getattr(signal, name, None):
            signal.signal(number, signal.SIG_DFL)


def _program(name: str, environ: Mapping[str, str], *, windows: bool) -> str:
    """Where a command lies. Raises FileNotFoundError.

    On Windows not by its own search, nor Python's: both begin with the current folder.
    """
    if os.path.dirname(name):
        return name
    if not windows:
        return shutil.which(name, path=environ.get("PATH")) or name
    endings = environ.get("PATHEXT", ".COM;.EXE;.BAT;.CMD").lower().split(";")
    if os.path.splitext(name)[1].lower() in endings:
        endings = [""]
    for folder in environ.get("PATH", "").split(os.pathsep):
        for ending in endings:
            path = os.path.join(folder, name + ending)
            if is_absolute(folder) and os.path.isfile(path):
                return path
    raise FileNotFoundError(name)


def _pass_on_signals(process: subprocess.Popen[bytes]) -> None:
    for name in ("SIGTERM", "SIGHUP", "SIGQUIT"):
        number = getattr(signal, name, None)
        if number is not None and os.name != "nt":
            signal.signal(number, lambda number, _: process.send_signal(number))


def _end_by(number: int) -> None:
    """End as the child ended, so that whoever waits sees the same."""
    signal.signal(number, signal.SIG_DFL)
    os.kill(os.getpid(), number)
