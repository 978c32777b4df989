"""Which shell a command was typed in, also where that shell is the first process of a container."""

from __future__ import annotations

import os

import pytest

from spip.errors import SpipError
from spip.hooks import detect_shell

if os.name == "nt":
    pytest.skip("processes of POSIX", allow_module_level=True)


def above(monkeypatch: pytest.MonkeyPatch, *names: str) -> None:
    """Let these be the programs above this process, the last of them process 1."""
    numbers = [os.getpid(), *range(len(names), 0, -1)]
    parents = dict(zip(numbers, zip(numbers[1:], names, strict=True), strict=False))
    for ask in ("_linux", "_ps"):
        monkeypatch.setattr(detect_shell, ask, parents.get)
    monkeypatch.setattr(detect_shell, "_of_account", str)


@pytest.mark.parametrize("names", [("bash",), ("python3", "bash"), ("zsh", "docker-init")])
def test_the_nearest_shell_counts_also_as_process_1(
    monkeypatch: pytest.MonkeyPatch, names: tuple[str, ...]
) -> None:
    """`hook install` in a container's shell, with SHELL unset, couldn't tell which shell it was."""
    above(monkeypatch, *names)
    assert detect_shell.shell({}).name == next(n for n in names if n in {"bash", "zsh"})


def test_without_one_the_account_is_asked_and_then_the_user(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    above(monkeypatch, "systemd")
    with pytest.raises(SpipError, match="can't be told"):
        detect_shell.shell({})
    monkeypatch.setattr(detect_shell, "_of_account", lambda: "/usr/bin/zsh")
    assert detect_shell.shell({}).name == "zsh"
    assert detect_shell.shell({"SHELL": "/bin/bash"}).name == "bash"
