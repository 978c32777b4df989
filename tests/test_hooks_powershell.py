"""PowerShell: the code of `spip hook powershell`, its profile, and the execution policy."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import pytest

from spip.errors import SpipError
from spip.hooks import shell_hooks, shells
from spip.hooks.shell_hooks import World
from spip.hooks.spip_command import Program
from support.environments import Environment, current_environment, with_spip
from support.lacking import lacking
from support.run import Result, run


@pytest.fixture(scope="module")
def spip() -> Environment:
    return with_spip(current_environment())


@pytest.fixture(params=["pwsh", "powershell"])
def program(request: pytest.FixtureRequest) -> str:
    """Each PowerShell that is there; GitHub's runners have one, no registry of packages has."""
    found: str | None = shutil.which(request.param)
    if found is None:
        why = f"no {request.param}; it runs in the GitHub workflow"
        lacking(why, installable=False)
    return found


def in_shell(program: str, spip: Environment, folder: Path, text: str) -> Result:
    """Run a text after the hook's code was read, twice."""
    script = spip.scripts / ("spip.exe" if os.name == "nt" else "spip")
    code = shells.code(shells.named("powershell"), Program((str(script),), str(script)))
    file = folder / "it's $here.ps1"
    file.write_text(code, "utf-8-sig")  # Windows PowerShell takes files without a mark for ANSI
    read = f". {shells.named('powershell').quote(str(file))}\n"
    words = [program, "-NoProfile", "-NonInteractive", "-ExecutionPolicy", "Bypass", "-Command"]
    path = f"{spip.scripts}{os.pathsep}{os.environ['PATH']}"
    # A repository whose folder is called as the Python that the hook names: it was run.
    hostile = folder / "repository" / "python3" / "bin" / "python"
    hostile.parent.mkdir(parents=True)
    hostile.write_text("#!/bin/sh\nexit 9\n")
    hostile.chmod(0o755)
    env = {"PATH": path, "HOME": str(folder)}
    return run([*words, f"{read}{read}{text}"], env=env, cwd=folder / "repository")


def test_pip_is_spip(program: str, spip: Environment, tmp_path: Path) -> None:
    said = in_shell(program, spip, tmp_path, "$env:SPIP_DEBUG = '1'; pip --version; pip3 --version")
    assert said.passed().stdout.count("pip 26.3") == 2
    assert "spip: target" in said.stderr


def test_the_exit_code_is_spips(program: str, spip: Environment, tmp_path: Path) -> None:
    said = in_shell(program, spip, tmp_path, "pip nonsense; exit $LASTEXITCODE")
    assert said.code == 1
    assert 'unknown command "nonsense"' in said.stderr


def test_arguments_arrive_as_they_were_typed(
    program: str, spip: Environment, tmp_path: Path
) -> None:
    said = in_shell(program, spip, tmp_path, "pip 'two words $HOME'")
    assert 'unknown command "two words $HOME"' in said.stderr


def test_the_profile_is_as_it_was_after_remove(
    program: str, spip: Environment, tmp_path: Path
) -> None:
    if sys.platform == "win32":
        pytest.skip("the profile's folder is the account's there, not a variable's")
    path = f"{Path(program).parent}:/usr/bin:/bin"
    env = {"HOME": str(tmp_path), "PATH": path}
    run(spip.spip("hook", "install", "powershell"), env=env).passed()
    profile = tmp_path / ".config" / "powershell" / "profile.ps1"
    assert "spip.ps1" in profile.read_text()
    told = run([program, "-NonInteractive", "-Command", "(Get-Command pip).CommandType"], env=env)
    assert told.passed().stdout.strip() == "Function"
    run(spip.spip("hook", "remove", "powershell"), env=env).passed()
    assert not profile.exists()


@pytest.mark.skipif(os.name == "nt", reason="the stand-in for PowerShell is a shell script")
@pytest.mark.parametrize("policy", ["Restricted", "AllSigned", "RemoteSigned"])
def test_a_profile_that_may_not_run_is_not_written(tmp_path: Path, policy: str) -> None:
    """The policy is only Windows' own, so it is told by a program in PowerShell's place."""
    stand_in = tmp_path / "pwsh"
    stand_in.write_text(f"#!/bin/sh\nprintf '{policy}\\r\\n/home/ann/profile.ps1\\r\\n'\n")
    stand_in.chmod(0o755)
    world = World({"PATH": str(tmp_path)}, str(tmp_path), "linux")
    if policy == "RemoteSigned":
        assert shell_hooks.profiles(world) == ["/home/ann/profile.ps1"]
        return
    with pytest.raises(SpipError, match=policy) as caught:
        shell_hooks.profiles(world)
    assert "Set-ExecutionPolicy -Scope CurrentUser RemoteSigned" in caught.value.hint


def test_quotes_are_powershells_own() -> None:
    quote = shells.named("pwsh").quote
    assert quote("it's") == "'it''s'"
    # In ASCII: Windows PowerShell reads files without a byte-order mark in a code page.
    assert quote("it\u2019s $x") == '"it$([char]0x2019)s `$x"'
