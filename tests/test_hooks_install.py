"""`spip hook install` and `remove`: one block in an rc file, and the file as it was afterwards."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from support.dying import MOMENTS, kills
from support.environments import Environment, current_environment, environment, with_spip
from support.lacking import lacking
from support.run import Result, clean_environment, run

if sys.platform == "win32":
    pytest.skip("rc files are tested where these shells are", allow_module_level=True)

OLD = 1_600_000_000_123_456_789  # a time of change with a fraction, in ns


@pytest.fixture(scope="module")
def spip() -> Environment:
    return with_spip(current_environment())


@pytest.fixture
def home(tmp_path: Path) -> Path:
    folder = tmp_path / "home of é, Å"
    folder.mkdir()
    return folder


def hook(spip: Environment, home: Path, *words: str, **env: str) -> Result:
    return run(spip.spip("hook", *words), env={"HOME": str(home), **env})


def looks(path: Path) -> tuple[bytes, int, int, int]:
    seen = path.stat()
    return path.read_bytes(), seen.st_mtime_ns, stat.S_IMODE(seen.st_mode), seen.st_uid


def write(path: Path, content: bytes, mode: int = 0o640) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    path.chmod(mode)
    os.utime(path, ns=(OLD, OLD))
    return path


CONTENTS = {
    "ordinary": b"export A=1\nalias ll='ls -l'\n",
    "empty": b"",
    "no final newline": b"export A=1",
    "Windows line ends": b"export A=1\r\nalias ll='ls -l'\r\n",
    "Windows line ends, none at the end": b"export A=1\r\nB=2",
    "a bare carriage return at the end": b"export A=1\r",
    "no text": bytes(range(256)) * 3,
    "many empty lines": b"\n\n\n\n",
    "huge": b"# a line of a file that has grown for years\n" * 250_000,
}


@pytest.mark.parametrize("shell", ["bash", "zsh", "tcsh"])
@pytest.mark.parametrize("content", CONTENTS.values(), ids=CONTENTS)
def test_remove_leaves_the_rc_file_as_it_was(
    spip: Environment, home: Path, shell: str, content: bytes
) -> None:
    rc = write(home / {"bash": ".bashrc", "zsh": ".zshrc", "tcsh": ".tcshrc"}[shell], content)
    before = looks(rc)
    hook(spip, home, "install", shell).passed()
    assert rc.read_bytes().startswith(content)
    assert rc.read_bytes().count(b">>> spip hook >>>") == 1
    assert looks(rc)[2:] == before[2:]
    hook(spip, home, "remove", shell).passed()
    assert looks(rc) == before
    assert sorted(home.rglob("*")) == [rc]


FILES = {
    "bash": ".bashrc",
    "zsh": ".zshrc",
    "fish": ".config/fish/conf.d/spip.fish",
    "tcsh": ".tcshrc",
    "xonsh": ".config/xonsh/rc.d/spip.xsh",
    "nu": ".config/nushell/autoload/spip.nu",
}


@pytest.mark.parametrize("shell", FILES)
def test_a_missing_rc_file_is_made_and_goes_again(
    spip: Environment, home: Path, shell: str
) -> None:
    said = hook(spip, home, "install", shell).passed()
    assert (home / FILES[shell]).is_file()
    assert str(home / FILES[shell]) in said.stdout
    hook(spip, home, "remove", shell).passed()
    assert list(home.iterdir()) == []


def test_what_the_user_wrote_meanwhile_stays(spip: Environment, home: Path) -> None:
    rc = write(home / ".bashrc", b"before\n")
    hook(spip, home, "install", "bash").passed()
    rc.write_bytes(b"above\n" + rc.read_bytes() + b"below\n")
    hook(spip, home, "install", "bash").passed()
    hook(spip, home, "remove", "bash").passed()
    assert rc.read_bytes() == b"above\nbefore\nbelow\n"
    assert rc.stat().st_mtime_ns != OLD


def test_installed_twice_nothing_changes(spip: Environment, home: Path) -> None:
    rc = write(home / ".bashrc", b"before")
    hook(spip, home, "install", "bash").passed()
    os.utime(rc, ns=(OLD, OLD))
    once = looks(rc)
    assert "in place already" in hook(spip, home, "install", "bash").passed().stdout
    assert looks(rc) == once
    hook(spip, home, "remove").passed()
    assert rc.read_bytes() == b"before"


def test_a_dry_run_shows_the_change_and_makes_none(spip: Environment, home: Path) -> None:
    rc = write(home / ".bashrc", b"before\n")
    before = looks(rc)
    said = hook(spip, home, "install", "bash", "--dry-run").passed().stdout
    assert f"+++ {rc}" in said
    assert "+# >>> spip hook >>>" in said
    assert looks(rc) == before
    assert list(home.rglob("*")) == [rc]
    hook(spip, home, "install", "bash").passed()
    said = hook(spip, home, "remove", "bash", "--dry-run").passed().stdout
    assert "-# >>> spip hook >>>" in said
    assert b">>> spip hook" in rc.read_bytes()


def test_a_link_stays_a_link(spip: Environment, home: Path) -> None:
    real = write(home / "dotfiles" / "bashrc", b"before\n")
    before = looks(real)
    (home / ".bashrc").symlink_to("dotfiles/bashrc")
    hook(spip, home, "install", "bash").passed()
    assert os.readlink(home / ".bashrc") == "dotfiles/bashrc"
    assert b"spip hook" in real.read_bytes()
    hook(spip, home, "remove", "bash").passed()
    assert os.readlink(home / ".bashrc") == "dotfiles/bashrc"
    assert looks(real) == before


def test_two_names_of_one_file_are_one_file(spip: Environment, home: Path) -> None:
    """A login file that is a link: the second change found the first one's and gave up."""
    rc = write(home / ".bashrc", b"before\n")
    (home / ".bash_profile").symlink_to(".bashrc")
    before = looks(rc)
    said = hook(spip, home, "install", "bash").passed()
    assert str(home / ".bash_profile") not in said.stdout
    assert rc.read_bytes().count(b">>> spip hook >>>") == 1
    # ... and became one only after it had a block of its own
    (home / ".bash_profile").unlink()
    write(home / ".bash_profile", b"")
    hook(spip, home, "install", "bash").passed()
    (home / ".bash_profile").unlink()
    (home / ".bash_profile").symlink_to(".bashrc")
    hook(spip, home, "remove", "bash").passed()
    assert looks(rc) == before
    assert sorted(home.rglob("*")) == [home / ".bash_profile", rc]


def refuse(spip: Environment, home: Path, words: str) -> None:
    said = hook(spip, home, "install", "bash").failed()
    assert words in said.stderr
    assert "put this there yourself" in said.stderr
    assert said.stdout == ""
    assert not (home / ".local").exists()


def test_a_read_only_file_is_left_alone(spip: Environment, home: Path) -> None:
    rc = write(home / ".bashrc", b"before\n", 0o444)
    before = looks(rc)
    refuse(spip, home, "is read-only")
    assert looks(rc) == before


def test_a_file_with_two_names_is_left_alone(spip: Environment, home: Path) -> None:
    rc = write(home / ".bashrc", b"before\n")
    os.link(rc, home / "other")
    refuse(spip, home, "hard link")
    assert rc.read_bytes() == b"before\n"


def test_a_file_that_is_no_whole_text_is_left_alone(spip: Environment, home: Path) -> None:
    """UTF-16 with half a character at its end was a traceback, of `status` too."""
    rc = write(home / ".bashrc", "before\n".encode("utf-16") + b"x")
    before = looks(rc)
    for words in (["install", "bash"], ["remove"]):
        assert f"{rc} ends within a character" in hook(spip, home, *words).failed().stderr
    assert f"{rc} ends within a character" in hook(spip, home, "status").failed().stdout
    assert looks(rc) == before


def test_a_folder_or_a_pipe_is_left_alone(spip: Environment, home: Path) -> None:
    os.mkfifo(home / ".bashrc")
    said = hook(spip, home, "install", "bash").failed()
    assert "is no file" in said.stderr


def test_a_spip_that_others_could_replace_gets_no_hook(
    spip: Environment, home: Path, lasting_path: Path
) -> None:
    """After a restart /tmp is empty, and whoever makes /tmp/spip.pyz was run by each `pip`."""
    lasting_path.chmod(0o1777)
    (lasting_path / "spip").symlink_to(spip.scripts / "spip")
    for words in (["install", "bash"], ["bash"]):
        said = run([lasting_path / "spip", "hook", *words], env={"HOME": str(home)}).failed()
        assert f"lies in {lasting_path}" in said.stderr
        assert "~/.local/bin" in said.stderr
        assert said.stdout == ""
    assert list(home.iterdir()) == []


def test_another_users_home_is_left_alone(spip: Environment, home: Path) -> None:
    if os.geteuid() != 0:
        lacking("only root can give a folder away", installable=False)
    os.chown(home, 65534, 65534)
    assert "belongs to another user" in hook(spip, home, "install", "bash").failed().stderr


def test_access_lists_and_attributes_stay(spip: Environment, home: Path) -> None:
    rc = write(home / ".bashrc", b"before\n")
    try:
        os.setxattr(rc, "user.spip.test", b"kept")
    except (OSError, AttributeError):
        lacking("no extended attributes in this file system", installable=False)
    hook(spip, home, "install", "bash").passed()
    assert os.getxattr(rc, "user.spip.test") == b"kept"


def test_fifty_at_once_leave_one_block(spip: Environment, home: Path) -> None:
    rc = write(home / ".bashrc", b"before")
    before = looks(rc)
    environ = clean_environment(home)
    for verb in ("install", "remove"):
        argv = spip.spip("hook", verb, "bash")
        running = [
            subprocess.Popen(argv, env=environ, stdout=subprocess.DEVNULL) for _ in range(50)
        ]
        assert {each.wait(120) for each in running} == {0}
        if verb == "install":
            assert rc.read_bytes().count(b">>> spip hook >>>") == 1
    assert looks(rc) == before
    assert sorted(home.rglob("*")) == [rc]


@pytest.mark.parametrize("verb", ["install", "remove"])
@pytest.mark.parametrize(("function", "afterwards"), MOMENTS)
def test_a_kill_leaves_the_old_file_or_the_new_one(
    spip: Environment, home: Path, function: str, verb: str, *, afterwards: bool
) -> None:
    rc = write(home / ".bashrc", b"line\n" * 1000)
    before = looks(rc)
    hook(spip, home, "install", "bash").passed()
    new = rc.read_bytes()
    there, undo = (before[0], "remove") if verb == "install" else (new, "install")
    hook(spip, home, undo, "bash")
    left = []
    words = ["hook", verb, "bash"]
    for _ in kills(spip, function, *words, afterwards=afterwards, env={"HOME": str(home)}):
        left.append(rc.read_bytes())
        hook(spip, home, undo, "bash")
        assert rc.read_bytes() == there
    assert rc.read_bytes() != there
    assert set(left) <= {there, rc.read_bytes()}
    assert (rc.read_bytes() in left) is afterwards
    assert left
    hook(spip, home, "install", "bash").passed()
    hook(spip, home, "remove", "bash").passed()
    assert looks(rc) == before
    assert [path for path in home.rglob("*") if path.is_file()] == [rc]


def test_a_login_shell_that_leaves_bashrc_out_gets_the_block_too(
    spip: Environment, home: Path
) -> None:
    write(home / ".bash_profile", b"export A=1\n")
    hook(spip, home, "install", "bash").passed()
    told = run(["bash", "-lic", "type -t pip"], env={"HOME": str(home)}).stdout
    assert told.split() == ["function"]
    hook(spip, home, "remove", "bash").passed()
    assert (home / ".bash_profile").read_bytes() == b"export A=1\n"
    write(home / ".bash_profile", b"[ -f ~/.bashrc ] && . ~/.bashrc\n")
    hook(spip, home, "install", "bash").passed()
    assert b"spip" not in (home / ".bash_profile").read_bytes()


def test_zshs_own_folder_is_found(spip: Environment, home: Path) -> None:
    if not shutil.which("zsh"):
        lacking("no zsh")
    (home / "z").mkdir()
    write(home / ".zshenv", b"ZDOTDIR=$HOME/z\n")
    hook(spip, home, "install", "zsh").passed()
    assert (home / "z" / ".zshrc").is_file()
    told = run(["zsh", "-ic", "whence -w pip"], env={"HOME": str(home)}).stdout
    assert "pip: function" in told


NEW_SHELL = {
    "bash": ["bash", "-ic"],
    "zsh": ["zsh", "-ic"],
    "fish": ["fish", "-ic"],
    "tcsh": ["tcsh"],
}


@pytest.mark.parametrize("shell", NEW_SHELL)
def test_in_a_new_shell_pip_is_spip_for_the_environment_that_is_active(
    spip: Environment, home: Path, shell: str, tmp_path: Path
) -> None:
    if not shutil.which(shell):
        lacking(f"no {shell}")
    other = environment("3.10", "23.0.1")
    hook(spip, home, "install", shell).passed()
    path = f"{other.scripts}:/usr/bin:/bin"
    env = {"HOME": str(home), "PATH": path, "VIRTUAL_ENV": str(other.folder), "SPIP_DEBUG": "1"}
    if shell == "tcsh":  # interactive is what has a prompt
        (tmp_path / "script").write_text("set prompt=x\nsource ~/.tcshrc\npip --version\n")
        said = run(["tcsh", "-f", tmp_path / "script"], env=env).passed()
    else:
        said = run([*NEW_SHELL[shell], "pip --version"], env=env).passed()
    assert "pip 23.0.1" in said.stdout
    assert f"spip: target {other.python}" in said.stderr.replace("python3", "python")
    script = run([shell, "-c", "pip --version"], env=env)
    assert "spip:" not in script.stderr  # a script's pip stays pip


def test_the_shell_that_it_is_run_from_is_meant(spip: Environment, home: Path) -> None:
    for shell, rc in (("bash", ".bashrc"), ("dash", ".kshrc"), ("zsh", ".zshrc")):
        if not shutil.which(shell):
            lacking(f"no {shell}")
        write(home / ".kshrc", b"")
        command = f"'{spip.scripts / 'spip'}' hook install; true"
        run([shell, "-c", command], env={"HOME": str(home)}).passed()
        assert b"spip hook" in (home / rc).read_bytes()


def test_no_program_of_the_current_folder_is_asked(spip: Environment, home: Path) -> None:
    """Windows, and a PATH with a dot, have them: `spip hook install` may be typed anywhere."""
    write(home / ".zshenv", b"")
    repository = home / "repository"
    for name in ("zsh", "ps", "pwsh", "powershell", "my-python"):
        write(repository / name, b"#!/bin/sh\n>>was-run echo $0\n", 0o755)
    env = {"HOME": str(home), "PATH": ".::/usr/bin:/bin"}
    run(spip.spip("hook", "install", "zsh", "--dry-run"), env=env, cwd=repository).passed()
    for words in (["powershell"], ["--python", "my-python"]):
        said = run(spip.spip("hook", "install", "--dry-run", *words), env=env, cwd=repository)
        if not shutil.which("pwsh", path="/usr/bin:/bin"):
            assert "on PATH" in said.failed().stderr
    assert not (repository / "was-run").exists()


def test_it_ends_with_what_is_covered_and_what_is_not(spip: Environment, home: Path) -> None:
    said = hook(spip, home, "install", "bash").passed().stdout
    covered, _, rest = said.partition("pip itself still answers to:")
    assert "pip3.X typed in a new shell" in covered
    for each in ("python -m pip", "%pip", "IDE", "Makefiles", "hook install --python"):
        assert each in rest


def test_status_tells_what_is_in_place_and_what_shadows_it(spip: Environment, home: Path) -> None:
    assert "no hook is in place" in hook(spip, home, "status").failed().stdout
    hook(spip, home, "install", "bash").passed()
    assert f"bash: {home / '.bashrc'}" in hook(spip, home, "status").passed().stdout
    with (home / ".bashrc").open("a") as file:
        file.write("alias pip='pip --trusted-host index.corp.example'\n")
    said = hook(spip, home, "status").failed().stdout
    assert "takes the name away: alias pip='pip --trusted-host index.corp.example'" in said


def test_wrong_words_are_exit_code_2(spip: Environment, home: Path) -> None:
    for words in (["nosuchshell"], ["install", "nosuchshell"], ["install", "--nosuch"]):
        hook(spip, home, *words).refused(words[-1], code=2)


def test_what_is_evaluated_is_the_same_code(spip: Environment, home: Path) -> None:
    spelt = f"eval \"$('{spip.scripts / 'spip'}' hook bash)\"; type -t pip; pip --version"
    said = run(["bash", "-c", spelt], env={"HOME": str(home)}).passed().stdout
    assert said.startswith("function\npip ")


@pytest.mark.parametrize("words", [["--dry-run", "bash"], ["bash", "--dry-run"]])
def test_options_stand_before_the_shell_or_behind_it(
    spip: Environment, home: Path, words: list[str]
) -> None:
    said = hook(spip, home, "install", *words).passed()
    assert f"+++ {home}/.bashrc" in said.stdout
    assert list(home.iterdir()) == []
