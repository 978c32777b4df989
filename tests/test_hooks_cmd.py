"""The batch files of the hooks, run by cmd: Windows' own, or the one that Wine has."""

from __future__ import annotations

import os
import re
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from spip.hooks import shells, status
from spip.hooks.actions import Selection
from spip.hooks.shell_hooks import World, cmd_hook
from spip.hooks.spip_command import Program
from support.lacking import lacking
from support.run import Result, run

# Wine's server outlives the command that started it, and is asked to end.
_SERVERS = ("/usr/bin/wineserver", "/usr/lib/wine/wineserver64", "/usr/lib/wine/wineserver")


@dataclass(frozen=True)
class Cmd:
    """A cmd. `words` start it; `environ` is what that takes."""

    words: tuple[str, ...]
    environ: dict[str, str]

    def path(self, path: Path) -> str:
        """The path as this cmd has it."""
        return str(path) if sys.platform == "win32" else "Z:" + str(path).replace("/", "\\")

    def run(self, folder: Path, *lines: str) -> Result:
        """Run a batch file of these lines in a folder."""
        batch(folder / "run.cmd", "@echo off", *lines)
        words = [*self.words, "/d", "/c", "run.cmd"]
        return run(words, env=self.environ, cwd=folder)


def batch(path: Path, *lines: str) -> Path:
    """Write a batch file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes("".join(f"{line}\r\n" for line in lines).encode())
    return path


@pytest.fixture(scope="module")
def cmd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cmd]:
    if sys.platform == "win32":
        yield Cmd((os.environ["COMSPEC"],), {})
        return
    wine = shutil.which("wine")
    server = next((each for each in _SERVERS if os.path.exists(each)), "")
    if not wine or not server:
        lacking("neither cmd nor Wine; it runs in the GitHub workflow", installable=False)
    home = str(tmp_path_factory.mktemp("wine"))
    environ = {
        "HOME": home,
        "WINEPREFIX": f"{home}/prefix",
        "WINEDEBUG": "-all",
        "WINEDLLOVERRIDES": "mscoree=;mshtml=",  # nothing is to be fetched
    }
    yield Cmd((wine, "cmd"), environ)
    run([server, "-k"], env=environ)


def filled(cmd: Cmd, name: str, spip: Path) -> list[str]:
    """A file of the hooks with its spip written in."""
    program = Program((cmd.path(spip),), cmd.path(spip))
    return shells.filled(name, shells.named("cmd"), program).splitlines()


@pytest.fixture
def spip(tmp_path: Path) -> Path:
    """A recorder in spip's place."""
    return batch(
        tmp_path / "spip's 50% place" / "spip.cmd",
        "@echo spip %SPIP_PYTHON%",
        "@for %%a in (%*) do @echo [%%~a]",
        "@exit /b 3",
    )


def test_pip_is_spip_with_its_arguments_and_its_exit_code(
    cmd: Cmd, spip: Path, tmp_path: Path
) -> None:
    batch(tmp_path / "a folder" / "pip.cmd", *filled(cmd, "path.cmd", spip))
    said = cmd.run(
        tmp_path,
        'set "PATH=%CD%\\a folder;%PATH%"',
        'pip install "two words"',
    )
    lines = [line.strip() for line in said.stdout.splitlines()]
    assert lines == ["spip", "[install]", "[two words]"], str(said)
    assert said.code == 3


def test_without_spip_and_without_pip_it_is_no_command(
    cmd: Cmd, spip: Path, tmp_path: Path
) -> None:
    batch(tmp_path / "a folder" / "pip.cmd", *filled(cmd, "path.cmd", spip))
    spip.unlink()
    (tmp_path / "pip.exe").write_bytes(b"")  # `where` looked in the current folder first
    said = cmd.run(tmp_path, '"a folder\\pip.cmd" list 2>nul')
    assert said.stdout.strip() == ""
    assert said.code & 0xFF == 9009 & 0xFF


def test_windows_own_programs_are_windows_own() -> None:
    """cmd looks in the current folder first."""
    for name in ("path.cmd", "shim.cmd", "spip.cmd", "conda-activate.bat", "conda-deactivate.bat"):
        text = re.sub(r"(?im)^@?rem .*", "", shells.template(name))
        for found in re.finditer(r"(?i)\b(?:doskey|where|findstr)\b", text):
            assert text[: found.start()].endswith("%SystemRoot%\\System32\\"), (name, text)


def test_only_what_a_folder_on_path_reaches_is_said_to_be_covered(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """It has pip and pip3 alone, and stands behind an environment's folder on PATH."""
    selection = Selection("cmd")
    status.print_installed(
        cmd_hook(Program(("spip",), "spip"), World({}, "", "win32")), [], selection
    )
    covered, _, rest = capsys.readouterr().out.partition("pip itself still answers to:")
    assert covered.partition("spip answers to:\n")[2] == "  pip, pip3 typed in a new shell\n"
    assert "pip3.X typed in a new shell" in rest


def test_an_environments_pip_acts_on_that_environment(cmd: Cmd, spip: Path, tmp_path: Path) -> None:
    env = tmp_path / "an env"
    batch(env / "spip" / "bin" / "pip.cmd", *filled(cmd, "shim.cmd", spip))
    (env / "Scripts").mkdir()
    (env / "Scripts" / "python.exe").write_bytes(b"")
    said = cmd.run(tmp_path, '"an env\\spip\\bin\\pip.cmd" list')
    python, argument = said.stdout.splitlines()[:2]
    assert python.strip().endswith("\\an env\\spip\\bin\\..\\..\\Scripts\\python.exe"), str(said)
    assert argument.strip() == "[list]"


def test_the_line_of_activate_puts_the_folder_first_on_path(cmd: Cmd, tmp_path: Path) -> None:
    from spip.hooks.environments import _LINES

    line = _LINES["activate.bat"]
    block = [f"{line.comment} >>> spip hook >>>", line.text, f"{line.comment} <<< spip hook <<<"]
    batch(tmp_path / "activate.bat", '@set "VIRTUAL_ENV=C:\\an env & more"', *block)
    said = cmd.run(tmp_path, "call activate.bat", 'echo "%PATH%"')
    assert said.stdout.strip().startswith('"C:\\an env & more\\spip\\bin;'), str(said)
