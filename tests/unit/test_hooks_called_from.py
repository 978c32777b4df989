"""Which shell a command was typed in, also where that shell is the first process of a container."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from spip.commands import env
from spip.errors import SpipError
from spip.hooks import detect_shell
from support.lacking import lacking

if os.name == "nt":
    pytest.skip("processes of POSIX", allow_module_level=True)

import shellingham
from shellingham.posix import proc


def above(monkeypatch: pytest.MonkeyPatch, *names: str) -> None:
    """Let these be the programs above this process, the last of them process 1."""
    numbers = [os.getpid(), *range(len(names), 0, -1)]
    parents = dict(zip(map(str, numbers), [*map(str, numbers[1:]), "0"], strict=True))
    words = dict(zip(map(str, numbers), [("spip",), *((name,) for name in names)], strict=True))
    monkeypatch.setattr(proc, "detect_proc", lambda: "stat")
    monkeypatch.setattr(proc, "_get_ppid", lambda pid, _: parents[pid])
    monkeypatch.setattr(proc, "_get_cmdline", words.__getitem__)
    monkeypatch.setattr(detect_shell, "_account_shell", str)


@pytest.mark.parametrize("names", [("bash",), ("python3", "bash"), ("zsh", "docker-init")])
def test_the_nearest_shell_counts_also_as_process_1(
    monkeypatch: pytest.MonkeyPatch, names: tuple[str, ...]
) -> None:
    """`hook install` in a container's shell, with SHELL unset, couldn't tell which shell it was."""
    above(monkeypatch, *names)
    assert detect_shell.shell({}).name == next(n for n in names if n in {"bash", "zsh"})


def test_a_real_bash_that_is_process_1_counts(tmp_path: Path) -> None:
    """In a PID namespace of its own, with a /proc of its own, as a container has it."""
    code = "from spip.hooks.detect_shell import shell; print(shell({}).name)"
    inside = f"{sys.executable} -c '{code}'; exit $?"  # one more command: else bash becomes it
    words = ["unshare", "--user", "--map-root-user", "--pid", "--fork", "--mount-proc"]
    try:
        made = subprocess.run([*words, "true"], capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        made = False
    if not made:
        lacking("no PID namespace can be made here", installable=False)
    environ = {"PATH": os.defpath, "HOME": str(tmp_path), "PYTHONPATH": os.pathsep.join(sys.path)}
    said = subprocess.run(
        [*words, "bash", "--norc", "-c", inside], env=environ, capture_output=True, check=False
    )
    assert said.stdout == b"bash\n", said.stderr


def test_without_one_the_account_is_asked_and_then_the_user(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    above(monkeypatch, "systemd")
    with pytest.raises(SpipError, match="can't be told"):
        detect_shell.shell({})
    monkeypatch.setattr(detect_shell, "_account_shell", lambda: "/usr/bin/zsh")
    assert detect_shell.shell({}).name == "zsh"
    assert detect_shell.shell({"SHELL": "/bin/bash"}).name == "bash"


@pytest.mark.parametrize(
    "error",
    [
        shellingham.ShellDetectionFailure(),  # no /proc, and no ps
        PermissionError(13, "another user's process"),
        TypeError("a process without arguments"),
        subprocess.CalledProcessError(1, "ps"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_where_nobody_tells_it_is_said_in_a_sentence(
    monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def fail(**_: object) -> None:
        raise error

    monkeypatch.setattr(shellingham, "detect_shell", fail)
    monkeypatch.setattr(detect_shell, "_account_shell", str)
    monkeypatch.setenv("PATH", "/bin")
    with pytest.raises(SpipError) as caught:
        detect_shell.shell({"PSModulePath": "/somewhere"})
    assert caught.value.message == "which shell this is can't be told"
    assert os.environ["PATH"] == "/bin"


def test_ps_is_never_taken_from_the_current_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on macOS, which has no /proc; a PATH may have relative folders."""
    trap = tmp_path / "ps"
    trap.write_text("#!/bin/sh\ntouch trapped\n")
    trap.chmod(0o755)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(proc, "detect_proc", _no_proc)
    for path in (".", f".{os.pathsep}{os.defpath}", ""):
        monkeypatch.setenv("PATH", path)
        detect_shell.nearest_shell()
        assert os.environ["PATH"] == path
    assert not (tmp_path / "trapped").exists()


def _no_proc() -> str:
    raise proc.ProcFormatError("unsupported proc format")


@pytest.mark.parametrize(
    ("parent", "environ", "syntax"),
    [
        ("cmd", {"PSModulePath": "x"}, "cmd"),
        ("powershell", {}, "powershell"),
        ("pwsh", {"SHELL": "/usr/bin/bash"}, "powershell"),
        ("bash", {"PSModulePath": "x", "SHELL": "/usr/bin/bash"}, "bash"),
        ("", {"PSModulePath": "x", "SHELL": "/usr/bin/bash"}, "bash"),
        ("", {"PSModulePath": "x"}, "powershell"),
    ],
)
def test_a_variable_that_windows_sets_for_everyone_makes_no_powershell(
    monkeypatch: pytest.MonkeyPatch, parent: str, environ: dict[str, str], syntax: str
) -> None:
    """The machine's own PSModulePath is in every session there; the parent processes tell."""

    def detect(**_: object) -> tuple[str, str]:
        if not parent:
            raise shellingham.ShellDetectionFailure
        return parent, f"C:\\{parent}.exe"

    monkeypatch.setattr(shellingham, "detect_shell", detect)
    assert env.default_shell(environ, "nt") == syntax
    if parent:
        assert detect_shell.shell(environ).name == syntax
