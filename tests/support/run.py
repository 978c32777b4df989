"""Commands, started from an empty environment, ended with all their children."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

# Without these no program starts on Windows.
_WINDOWS_NEEDS = ("SYSTEMROOT", "SYSTEMDRIVE", "COMSPEC", "PATHEXT", "TEMP", "TMP", "USERPROFILE")


@dataclass(frozen=True)
class Result:
    """How a command ended. Bytes that are not UTF-8 survive as surrogate escapes."""

    argv: tuple[str, ...]
    stdout: str
    stderr: str
    code: int  # negative: the signal that ended it
    seconds: float  # by the clock; a busy machine has more of them
    # Of the processor's time: its own and that of all its children. What a test may hold it to.
    cpu: float

    @property
    def output(self) -> str:
        """Both streams, one after the other."""
        return self.stdout + self.stderr

    def passed(self) -> Result:
        """Return itself; AssertionError with all that was printed where the command failed."""
        assert self.code == 0, str(self)
        return self

    def failed(self) -> Result:
        """Return itself; AssertionError with all that was printed where the command succeeded."""
        assert self.code != 0, str(self)
        return self

    def refused(self, *words: str, code: int = 1) -> Result:
        """Return itself; AssertionError unless it ended so and said why: no traceback, no crash."""
        assert self.code == code, str(self)
        assert "Traceback (most recent call last)" not in self.output, str(self)
        assert all(each in self.stderr for each in words), str(self)
        return self

    def __str__(self) -> str:
        taken = f"{self.seconds:.2f} s, {self.cpu:.2f} s of the processor's"
        head = f"{' '.join(self.argv)}: exit {self.code} after {taken}"
        return f"{head}\n--- stdout\n{self.stdout}\n--- stderr\n{self.stderr}"


def clean_environment(home: str | os.PathLike[str], **more: str) -> dict[str, str]:
    """Build an environment from nothing: what a command needs, no CA, proxy or pip setting."""
    environ = {
        "PATH": os.defpath if os.name == "nt" else "/usr/bin:/bin",
        "HOME": os.fspath(home),
        "LANG": "C.UTF-8",
        "PIP_CONFIG_FILE": os.devnull,
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        "PIP_NO_INPUT": "1",
        # npm's file for all users of this machine, which the doctor reads as well.
        "NPM_CONFIG_GLOBALCONFIG": os.devnull,
    }
    if os.name == "nt":
        environ |= {name: os.environ[name] for name in _WINDOWS_NEEDS if name in os.environ}
    return {**environ, **more}


def run(
    argv: Sequence[str | os.PathLike[str]],
    *,
    env: Mapping[str, str | None] | None = None,
    cwd: str | os.PathLike[str] | None = None,
    stdin: str | bytes = b"",
    timeout: float = 120,
) -> Result:
    """Run a command in a clean environment with `env` added; a value of None takes a name away.

    Without a HOME in `env` the command gets an empty one, which is gone afterwards; it is the
    working folder too unless `cwd` names another. After `timeout` seconds the command's whole
    process group is killed, and subprocess.TimeoutExpired carries what it had printed.
    """
    with tempfile.TemporaryDirectory(prefix="home-", ignore_cleanup_errors=True) as home:
        wanted = {**clean_environment(home), **(env or {})}
        environ = {name: value for name, value in wanted.items() if value is not None}
        return _run([os.fspath(word) for word in argv], environ, cwd or home, stdin, timeout)


def _run(
    argv: list[str],
    environ: dict[str, str],
    cwd: str | os.PathLike[str],
    stdin: str | bytes,
    timeout: float,
) -> Result:
    started, spent = time.perf_counter(), children_cpu()
    with subprocess.Popen(
        argv,
        env=environ,
        cwd=Path(cwd),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    ) as process:
        try:
            given = stdin if isinstance(stdin, bytes) else stdin.encode()
            out, err = process.communicate(given, timeout)
        except BaseException:
            end_group(process)
            raise
    seconds, cpu = time.perf_counter() - started, children_cpu() - spent
    return Result(tuple(argv), _text(out), _text(err), process.returncode, seconds, cpu)


def children_cpu() -> float:
    """Seconds of the processor's time that this process's children took, once they had ended.

    Those that ended beside, in another thread, are among them. Windows counts none.
    """
    if sys.platform == "win32":
        return 0.0
    import resource

    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def end_group(process: subprocess.Popen[bytes]) -> None:
    """Kill a process that leads its session, and all that it started."""
    if os.name == "nt":
        process.kill()
        return
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


def _text(data: bytes) -> str:
    return data.decode("utf-8", "surrogateescape")
