"""Paths as Windows has them, wherever the tests run."""

from __future__ import annotations

import ntpath
from types import SimpleNamespace

import pytest

from spip import paths
from spip.commands.env import run_command
from spip.errors import SpipError
from spip.hooks import shells
from spip.hooks.spip_command import Program
from spip.relaxations.search import split_folders


@pytest.mark.parametrize(
    ("path", "absolute"),
    [
        (r"C:\a", True),
        ("C:/a", True),
        (r"\\server\share\a", True),
        ("/etc/x", False),
        (r"\a", False),
        ("C:a", False),
        ("a", False),
        ("", False),
    ],
)
def test_a_path_without_a_drive_is_not_absolute(
    path: str,
    absolute: bool,  # noqa: FBT001
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """`SPIP_CA_BUNDLE=/etc/x` meant a file of whichever drive was current."""
    monkeypatch.setattr(paths, "os", SimpleNamespace(path=ntpath, sep="\\"))
    assert paths.is_absolute(path) is absolute


@pytest.mark.parametrize(
    ("value", "folders"),
    [
        ("/a:/b", ["/a", "/b"]),
        ("a:b", ["a", "b"]),
        (r"C:\a;D:\b", [r"C:\a", r"D:\b"]),
        ("C:/a:D:/b:/c", ["C:/a", "D:/b", "/c"]),
        (r"C:\a", [r"C:\a"]),
    ],
)
def test_folders_of_a_posix_shell_are_told_apart_on_windows(value: str, folders: list[str]) -> None:
    assert split_folders(value, ";") == folders


def test_a_batch_file_gets_words_that_mean_nothing_to_cmd() -> None:
    line = run_command.batch_line(r"C:\npm.cmd", ["a&b", 'say "x"', "50%PATH%", "c d\\"])
    words = [r'"C:\npm.cmd"', '"a&b"', '"say ""x"""', '"50%%cd:~,%PATH%%cd:~,%"', '"c d\\\\"']
    assert line == " ".join(words)
    with pytest.raises(SpipError, match="line end"):
        run_command.batch_line("npm.cmd", ["a\nb"])


@pytest.mark.parametrize("file", ["path.cmd", "shim.cmd", "spip.cmd"])
def test_letters_in_a_batch_file_are_read_as_utf_8(file: str) -> None:
    """cmd reads it in the console's code page; nothing but what sets variables has letters."""
    path = r"C:\users\한글 50%\spip.exe"
    lines = shells.filled(file, shells.named("cmd"), Program((path,), path)).splitlines()
    switch = next(at for at, line in enumerate(lines) if line.endswith("chcp.com 65001 >nul"))
    back = next(at for at, line in enumerate(lines) if line.endswith("chcp.com %SPIP_PAGE% >nul"))
    odd = [at for at, line in enumerate(lines) if not line.isascii()]
    assert odd
    assert switch < min(odd) <= max(odd) < back
    assert lines[odd[0]] == r'@set "SPIP_WORD_0=C:\users\한글 50%%\spip.exe"'
    plain = shells.filled(file, shells.named("cmd"), Program((r"C:\spip.exe",), r"C:\spip.exe"))
    assert "chcp" not in plain
