"""`spip hook install --venv` and `--conda`: activate, use, deactivate, and all as it was."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import pytest

from spip.hooks import shells
from support.environments import Environment, current_environment, environment, find_uv, with_spip
from support.interpreters import interpreter
from support.lacking import lacking
from support.run import Result, run

if sys.platform == "win32":
    pytest.skip("these activate scripts are for other systems", allow_module_level=True)

HARD = 'en v\'é $x "q"'
STARTS = {
    "bash": (["bash", "--norc", "-c"], "activate", "."),
    "zsh": (["zsh", "-f", "-c"], "activate", "."),
    "dash": (["dash", "-c"], "activate", "."),
    "fish": (["fish", "--no-config", "-c"], "activate.fish", "source"),
    "tcsh": (["tcsh", "-f"], "activate.csh", "source"),
    "xonsh": (["xonsh", "--no-rc", "-c"], "activate.xsh", "source"),
    "nu": (["nu", "--no-config-file"], "activate.nu", "overlay use"),
}
# How each says which pip it would start, and what PATH is.
ASK = {
    "fish": "command -s pip; echo $PATH",
    "tcsh": "which pip; echo $PATH",
    "xonsh": "which pip\necho @(':'.join($PATH))",
    "nu": "print (which pip | get path | first)\nprint ($env.PATH | str join ':')",
}
MAKERS = ("venv", "virtualenv", "uv")


@pytest.fixture(scope="module")
def spip() -> Environment:
    return with_spip(current_environment())


@pytest.fixture
def bin_folder(tmp_path: Path) -> Path:
    """A pip that is there before and after."""
    folder = tmp_path / "bin"
    folder.mkdir()
    (folder / "pip").write_text("#!/bin/sh\necho the pip of before\n")
    (folder / "pip").chmod(0o755)
    return folder


def make(maker: str, folder: Path, *, seeded: bool = False) -> Path:
    """A new environment of Python 3.12, with a pip.

    To be `seeded` with one takes seconds; a pip's package that lies there is enough for most.
    """
    python = interpreter("3.12").path
    if maker == "venv":
        run([python, "-m", "venv", *([] if seeded else ["--without-pip"]), folder]).passed()
    elif maker == "virtualenv":
        program = os.path.join(os.path.dirname(sys.executable), "virtualenv")
        if not os.path.exists(program):
            lacking("no virtualenv beside this Python")
        seeding = "--no-download" if seeded else "--no-seed"
        run([program, seeding, "--python", python, folder]).passed()
    else:
        if not find_uv():
            lacking("no uv")
        quietly = ["--quiet", "--offline", "--no-config"]
        run([find_uv(), "venv", *quietly, "--python", python, folder]).passed()
    if maker != "uv" and not seeded:
        (packages,) = folder.glob("lib/python3.12/site-packages")
        shutil.copytree(environment("3.12", "24.2").site_packages / "pip", packages / "pip")
    return folder


def everything(folder: Path) -> dict[str, tuple[object, ...]]:
    """Content, mode and time of change of each file."""
    return {
        str(path): (path.read_bytes(), path.lstat().st_mode, path.lstat().st_mtime_ns)
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.suffix != ".pyc"
    }


def in_shell(shell: str, text: str, tmp_path: Path, **env: str) -> Result:
    argv = [*STARTS[shell][0]]
    beside = os.path.dirname(sys.executable)
    found = shutil.which(argv[0], path=f"/usr/bin:/bin:{beside}")
    found = found or os.environ.get(f"SPIP_TEST_{shell.upper()}")
    if not found:
        lacking(f"no {shell}", installable=shell != "nu")
    if shell in {"tcsh", "nu"}:
        (tmp_path / "script").write_text(f"set prompt = x\n{text}\n" if shell == "tcsh" else text)
        return run([found, *argv[1:], tmp_path / "script"], env=env)
    return run([found, *argv[1:], text], env=env)


@pytest.mark.parametrize("shell", STARTS)
@pytest.mark.parametrize("maker", MAKERS)
def test_activated_pip_is_spip_and_deactivated_it_is_what_it_was(
    spip: Environment, bin_folder: Path, tmp_path: Path, maker: str, shell: str
) -> None:
    # venv of 3.12 and csh don't quote the folder's name themselves.
    name = "with space" if maker == "venv" or shell in {"tcsh", "nu", "xonsh"} else HARD
    folder = make(maker, tmp_path / name)
    script = folder / "bin" / STARTS[shell][1]
    if not script.exists():
        pytest.skip(f"{maker} makes no {script.name}")
    run(spip.spip("hook", "install", "--venv", folder)).passed()
    quoted = shells.named(shell).quote(str(script))
    ask = ASK.get(shell, "command -v pip; echo $PATH")
    pip = "^pip" if shell == "nu" else "pip"
    text = f"{STARTS[shell][2]} {quoted}\n{ask}\n{pip} --version\ndeactivate\n{ask}\n{pip}"
    path = f"{bin_folder}:/usr/bin:/bin"
    said = in_shell(shell, text, tmp_path, PATH=path, SPIP_DEBUG="1").passed()
    lines = said.stdout.splitlines()
    assert lines[0] == str(folder / "spip" / "bin" / "pip")
    assert lines[1].replace(" /", ":/").startswith(f"{folder}/spip/bin:{folder}/bin:")
    assert "(python 3.12)" in lines[2]
    assert lines[3] == str(bin_folder / "pip")
    assert lines[4].replace(" /", ":/") == path
    assert lines[5] == "the pip of before"
    assert f"spip: target {folder}/bin/python (" in said.stderr


@pytest.mark.parametrize("maker", MAKERS)
def test_remove_leaves_the_environment_as_it_was(
    spip: Environment, tmp_path: Path, maker: str
) -> None:
    folder = make(maker, tmp_path / HARD)
    before = everything(folder)
    for _ in range(2):
        run(spip.spip("hook", "install", "--venv", folder)).passed()
    assert everything(folder) != before
    run(spip.spip("hook", "remove", "--venv", folder)).passed()
    assert everything(folder) == before
    assert not (folder / "spip").exists()


def test_a_script_that_is_run_from_there_finds_spip_too(spip: Environment, tmp_path: Path) -> None:
    folder = make("venv", tmp_path / "env")
    run(spip.spip("hook", "install", "--venv", folder)).passed()
    (tmp_path / "Makefile.sh").write_text("pip3.12 --version\n")
    text = f". {folder}/bin/activate; sh {tmp_path}/Makefile.sh"
    said = run(["bash", "-c", text], env={"SPIP_DEBUG": "1"}).passed()
    assert "spip: target" in said.stderr


def test_without_spip_the_environments_own_pip_runs(
    spip: Environment, tmp_path: Path, lasting_path: Path
) -> None:
    private = spip.copy(lasting_path / "spip env")
    folder = make("venv", tmp_path / "env", seeded=True)
    run([private.python, private.scripts / "spip", "hook", "install", "--venv", folder]).passed()
    shutil.rmtree(private.folder)
    text = f". {folder}/bin/activate; pip --version"
    said = run(["bash", "-c", text], env={"SPIP_DEBUG": "1"}).passed()
    assert str(folder) in said.stdout
    assert said.stderr == ""


def test_what_is_no_environment_is_refused(spip: Environment, tmp_path: Path) -> None:
    said = run(spip.spip("hook", "install", "--venv", tmp_path)).failed()
    assert "no virtual environment" in said.stderr
    assert list(tmp_path.iterdir()) == []


# --- conda: its scripts are read as conda has shells read them


@pytest.mark.parametrize("shell", ["bash", "zsh", "dash", "fish", "tcsh", "xonsh"])
def test_conda_reads_the_scripts_and_forgets_them(
    spip: Environment, bin_folder: Path, tmp_path: Path, shell: str
) -> None:
    folder = make("venv", tmp_path / "conda env")
    (folder / "conda-meta").mkdir()
    before = everything(folder)
    run(spip.spip("hook", "install", "--conda", folder)).passed()
    ending = {"fish": "fish", "tcsh": "csh", "xonsh": "xsh"}.get(shell, "sh")
    word = "source" if ending != "sh" else "."
    quote = shells.named(shell).quote
    on, off = (
        f"{word} {quote(str(folder / 'etc' / 'conda' / f'{verb}.d' / f'spip.{ending}'))}"
        for verb in ("activate", "deactivate")
    )
    env = {
        "PATH": f"{bin_folder}:/usr/bin:/bin",
        "CONDA_PREFIX": str(folder),
        "SPIP_DEBUG": "1",
    }
    said = in_shell(shell, f"{on}\npip --version\n{off}\npip", tmp_path, **env).passed()
    assert "(python 3.12)" in said.stdout.splitlines()[0]
    assert said.stdout.splitlines()[1:] == ["the pip of before"]
    assert f"spip: target {folder}/bin/python" in said.stderr
    run(spip.spip("hook", "remove", "--conda", folder)).passed()
    assert everything(folder) == before


def test_conda_leaves_a_function_of_the_users_alone(
    spip: Environment, bin_folder: Path, tmp_path: Path
) -> None:
    folder = make("venv", tmp_path / "env")
    (folder / "conda-meta").mkdir()
    told = run(spip.spip("hook", "install", "--conda", folder)).passed().stdout
    covered, _, rest = told.partition("pip itself still answers to:")
    assert "  pip, pip3 where the environment is activated" in covered
    assert "  pip3.X where the environment is activated" in rest
    place = folder / "etc" / "conda"
    on, off = place / "activate.d" / "spip.sh", place / "deactivate.d" / "spip.sh"
    text = f"pip() {{ echo mine; }}\n. {on}\npip\n. {off}\npip"
    env = {"PATH": f"{bin_folder}:/usr/bin:/bin", "CONDA_PREFIX": str(folder)}
    assert run(["bash", "-c", text], env=env).passed().stdout.split() == ["mine", "mine"]


# --- virtualenv's plugin


def virtualenv(folder: Path) -> Path:
    """spip and virtualenv in one environment."""
    program = os.path.join(os.path.dirname(sys.executable), "virtualenv")
    if not os.path.exists(program):
        lacking("no virtualenv beside this Python")
    import sysconfig

    private = environment(f"{sys.version_info[0]}.{sys.version_info[1]}", None)
    private = with_spip(private).copy(folder)
    (private.site_packages / "virtualenv.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return private.python


def test_virtualenv_makes_environments_with_the_hook_once_it_was_told_to(
    tmp_path: Path, lasting_path: Path
) -> None:
    python = virtualenv(lasting_path / "tools")
    words: list[str | Path] = [python, "-m", "virtualenv", "--no-download"]
    run([*words, tmp_path / "plain"], env={"HOME": str(tmp_path)}).passed()
    assert not (tmp_path / "plain" / "spip").exists()
    opted = {"VIRTUALENV_ACTIVATORS": "spip", "HOME": str(tmp_path)}
    run([*words, tmp_path / "new"], env=opted).passed()
    plain = {path.name for path in (tmp_path / "plain" / "bin").iterdir()}
    assert {path.name for path in (tmp_path / "new" / "bin").iterdir()} == plain
    text = f". {tmp_path}/new/bin/activate; command -v pip; pip --version"
    said = run(["bash", "-c", text], env={"SPIP_DEBUG": "1"}).passed()
    assert said.stdout.startswith(str(tmp_path / "new" / "spip" / "bin" / "pip"))
    assert "spip: target" in said.stderr
