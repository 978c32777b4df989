"""The code of `spip hook SHELL`, in the real shells: what `pip` does there, and what it costs."""

from __future__ import annotations

import os
import shlex
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from spip import target
from spip.hooks import shells
from spip.hooks.spip_command import Program
from support import own_home
from support.lacking import lacking
from support.run import Result, run

if sys.platform == "win32":
    pytest.skip("PowerShell and cmd have a file of their own", allow_module_level=True)

# How a shell runs a text, and what it writes for a pip that no function answers.
STARTS = {
    "bash": (["bash", "--norc", "-c"], "command pip"),
    "bash-posix": (["bash", "--norc", "--posix", "-c"], "command pip"),
    "zsh": (["zsh", "-f", "-c"], "command pip"),
    "dash": (["dash", "-c"], "command pip"),
    "ksh": (["ksh", "-c"], "command pip"),
    "fish": (["fish", "--no-config", "-c"], "command pip"),
    "tcsh": (["tcsh", "-f"], "\\pip"),
    "xonsh": (["xonsh", "--no-rc", "-c"], "env pip"),
    "nu": (["nu", "--no-config-file"], "^pip"),
}
# What no package of the distribution brings; the workflow installs it on GitHub's Linux.
OPTIONAL = {"nu": "Nushell is not packaged by Debian; it runs in the GitHub workflow"}
HARD = [
    "plain",
    "with space",
    "it's",
    'double"quote',
    "dollar$HOME",
    "bang!x",
    "été-ñ-漢",
    "back\\s",
    "a*[b]?",
]
ARGUMENTS = ["install", "two words", "$HOME", "it's", 'a "b"', "back\\slash", "*", "été"]


@dataclass(frozen=True)
class Desk:
    """A shell with the hook, a recorder in spip's place, and one in pip's."""

    name: str
    folder: Path
    spip: Path
    code: Path

    @property
    def shell(self) -> shells.Shell:
        """What spip knows about it."""
        return shells.named(self.name.partition("-")[0])

    def run(self, text: str, *, source: str = "", **env: str) -> Result:
        """Run `text` after the hook's code was read."""
        text = f"{source or self.source}\n{text}\n"
        path = f"{self.folder / 'bin'}:/usr/bin:/bin"
        environ = {"PATH": path, "XONSH_SHOW_TRACEBACK": "1", **env}
        argv = [*STARTS[self.name][0]]
        argv[0] = found(self.name)
        if self.name in {"tcsh", "nu"}:  # neither takes lines after -c
            script = self.folder / "script"
            script.write_text(text, "utf-8")
            return run([*argv, script], env=environ, cwd=self.repository)
        return run([*argv, text], env=environ, cwd=self.repository)

    @property
    def repository(self) -> Path:
        """The working folder: its folders are called as the programs that the hook names."""
        return self.folder / "repository"

    @property
    def source(self) -> str:
        """The line that reads the hook's code."""
        if self.name == "xonsh":
            return self.code.read_text("utf-8")  # `source` of a file is the same, and slower
        word = "source" if self.name in {"tcsh", "nu", "fish"} else "."
        return f"{word} {self.shell.quote(str(self.code))}"

    def call(self, name: str, arguments: list[str]) -> str:
        """A command, in the shell's own quoting."""
        if self.name == "xonsh":
            return " ".join([name, *(f"r'''{word}'''" for word in arguments)])
        return " ".join([name, *(self.shell.quote(word) for word in arguments)])


def found(name: str) -> str:
    """Path of the shell; the test is skipped where it is not to be had."""
    program = STARTS[name][0][0]
    beside = os.path.dirname(sys.executable)
    path = shutil.which(program, path=f"/usr/bin:/bin:/usr/local/bin:{beside}")
    path = path or os.environ.get(f"SPIP_TEST_{program.upper()}")
    if not path:
        on_github = sys.platform == "linux" and os.environ.get("GITHUB_ACTIONS") == "true"
        installable = on_github or name not in OPTIONAL
        lacking(OPTIONAL.get(name, f"no {program}"), installable=installable)
    return path


def recorder(path: Path, name: str, code: int = 0) -> Path:
    """A program that prints its name, SPIP_PYTHON and each argument between < and >."""
    path.parent.mkdir(parents=True, exist_ok=True)
    said = f"printf '{name} %s' \"$SPIP_PYTHON\"\nprintf '<%s>' \"$@\"\necho"
    text = f"#!/bin/sh\n{said}\nexit {code}\n"
    path.write_text(text)
    path.chmod(0o755)
    return path


def desk(name: str, folder: Path, place: str = "spip here", code: int = 0) -> Desk:
    found(name)
    spip = recorder(folder / place / "spip", "spip", code)
    for each in ("pip", "pip3", "pip3.11"):
        recorder(folder / "bin" / each, each)
    for each in ("python3", "python3.11"):
        (folder / "bin" / each).symlink_to(sys.executable)
        recorder(folder / "repository" / each / "bin" / "python", "somebody's")
    shell = shells.named(name.partition("-")[0])
    text = shells.code(shell, Program((str(spip),), str(spip)))
    written = folder / shell.code
    written.write_text(text, "utf-8")
    return Desk(name, folder, spip, written)


@pytest.fixture(params=STARTS)
def here(request: pytest.FixtureRequest, tmp_path: Path) -> Desk:
    return desk(request.param, tmp_path)


def told(name: str, python: str, arguments: list[str]) -> str:
    return f"{name} {python}" + "".join(f"<{word}>" for word in arguments or [""])


def test_pip_is_spip_with_every_argument_as_it_was_typed(
    here: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the hook names is never a folder of the repository that one is in, which was run."""
    words = ARGUMENTS
    said = here.run(here.call("pip", words)).passed()
    assert said.stdout.splitlines() == [told("spip", "python3", words)]
    assert said.stderr == ""
    monkeypatch.chdir(here.repository)
    python = target.asked_for("python3", {"PATH": str(here.folder / "bin")})
    assert python == str(here.folder / "bin" / "python3")


def test_pip3_and_its_minors_are_spip_too(here: Desk) -> None:
    if here.name == "bash-posix":
        said = here.run("pip3 list").passed()  # names with a dot are aliases' alone there
        assert said.stdout.splitlines() == [told("spip", "python3", ["list"])]
        return
    if here.name in {"dash", "ksh"}:  # aliases, which scripts expand from the next line on
        said = here.run("pip3 list\neval 'pip3.11 list'").passed()
    else:
        said = here.run("pip3 list\npip3.11 list").passed()
    expected = [told("spip", "python3", ["list"]), told("spip", "python3.11", ["list"])]
    assert said.stdout.splitlines() == expected


def test_a_minor_that_is_not_there_is_no_command(here: Desk) -> None:
    if here.name == "bash-posix":
        return
    said = here.run("pip3.19 list" if here.name not in {"dash", "ksh"} else "eval 'pip3.19 list'")
    assert "spip" not in said.stdout
    assert "not found" in said.output.lower() or "unknown command" in said.output.lower()


def test_the_plain_pip_stays_in_reach(here: Desk) -> None:
    said = here.run(f"{STARTS[here.name][1]} list").passed()
    assert said.stdout.splitlines() == [told("pip", "", ["list"])]


def test_read_twice_it_does_no_harm(here: Desk) -> None:
    said = here.run("pip list", source=f"{here.source}\n{here.source}").passed()
    assert said.stdout.splitlines() == [told("spip", "python3", ["list"])]
    assert said.stderr == ""


def test_the_users_own_choice_of_python_wins(here: Desk) -> None:
    said = here.run("pip list", SPIP_PYTHON="/opt/python").passed()
    assert said.stdout.splitlines() == [told("spip", "/opt/python", ["list"])]


def test_without_spip_pip_is_pip(here: Desk) -> None:
    remove = {"nu": "^rm", "xonsh": "rm"}.get(here.name, "/bin/rm")
    said = here.run(f"{remove} {here.shell.quote(str(here.spip))}\npip list").passed()
    assert said.stdout.splitlines() == [told("pip", "", ["list"])]


@pytest.mark.parametrize("place", HARD)
def test_spip_may_lie_anywhere(here: Desk, tmp_path: Path, place: str) -> None:
    there = desk(here.name, tmp_path / "other", place)
    assert there.run("pip list").passed().stdout == told("spip", "python3", ["list"]) + "\n"


@pytest.mark.parametrize("name", ["bash", "zsh", "dash", "ksh", "fish", "xonsh", "nu"])
def test_a_folder_with_a_line_end_in_its_name(name: str, tmp_path: Path) -> None:
    there = desk(name, tmp_path, "two\nlines")
    assert there.run("pip list").passed().stdout == told("spip", "python3", ["list"]) + "\n"


def test_the_exit_code_is_spips(tmp_path: Path, here: Desk) -> None:
    failing = desk(here.name, tmp_path / "other", code=7)
    after = "echo code=$status" if here.name in {"tcsh", "fish"} else "echo code=$?"
    text = {
        "xonsh": "try:\n    ![pip list]\n    print('code=%d' % __xonsh__.last.rtn)\n"
        "except Exception as e:\n    print('code=%d' % e.returncode)",
        "nu": "try { pip list } catch {|e| print $'code=($e.exit_code)' }",
    }.get(here.name, f"pip list\n{after}")
    said = failing.run(text)
    assert "code=7" in said.stdout


@pytest.mark.parametrize("name", ["bash", "zsh", "dash", "ksh"])
def test_a_strict_shell_goes_on(name: str, tmp_path: Path) -> None:
    there = desk(name, tmp_path)
    said = there.run("pip list && echo on", source=f"set -eu\nunset HOME\n{there.source}").passed()
    assert said.stdout.splitlines() == [told("spip", "python3", ["list"]), "on"]
    failing = desk(name, tmp_path / "other", code=3)
    assert failing.run("pip list\necho on", source=f"set -eu\n{failing.source}").code == 3


@pytest.mark.parametrize("name", ["bash", "zsh", "dash", "fish", "tcsh"])
def test_an_alias_of_before_makes_way(name: str, tmp_path: Path) -> None:
    there = desk(name, tmp_path)
    on = "shopt -s expand_aliases\n" if name == "bash" else ""
    alias = f"alias pip{' ' if name == 'tcsh' else '='}'pip --trusted-host x'"
    said = there.run("pip list", source=f"{on}{alias}\n{there.source}").passed()
    assert said.stdout.splitlines() == [told("spip", "python3", ["list"])]


@pytest.mark.parametrize("manager", ["pyenv", "asdf"])
@pytest.mark.parametrize("name", ["bash", "zsh", "dash", "fish"])
def test_a_version_managers_shims_are_refreshed(name: str, manager: str, tmp_path: Path) -> None:
    there = desk(name, tmp_path)
    shims = tmp_path / f".{manager}" / "shims"
    recorder(shims / "python3", "shim")
    recorder(tmp_path / "bin" / manager, manager)
    env = {"PATH": f"{shims}:{tmp_path / 'bin'}:/usr/bin:/bin", "HOME": str(tmp_path)}
    said = there.run("pip list\npip -v install demo\npip uninstall demo", **env).passed()
    names = [line.split()[0] for line in said.stdout.splitlines()]
    assert names == ["spip", "spip", manager, "spip", manager]


@pytest.mark.parametrize("name", ["bash", "zsh", "dash", "fish", "tcsh"])
def test_reading_it_starts_no_process(name: str, tmp_path: Path) -> None:
    there = desk(name, tmp_path)
    strace = shutil.which("strace")
    if not strace:
        lacking("no strace")
    trace = tmp_path / "trace"
    started = {}
    for source in (there.source, ":"):
        argv = [strace, "-f", "-o", str(trace), "-e", "trace=process"]
        argv += [found(name), *STARTS[name][0][1:]]
        if name == "tcsh":
            script = tmp_path / "script"
            script.write_text(source + "\n")
            argv.append(str(script))
        else:
            argv.append(source)
        run(argv).passed()
        lines = trace.read_text().splitlines()
        started[source] = sum("fork" in line or "clone" in line for line in lines)
    assert started[there.source] == started[":"]


@pytest.mark.parametrize("name", ["bash", "zsh", "dash", "fish"])
def test_reading_it_takes_less_than_two_milliseconds(name: str, tmp_path: Path) -> None:
    there = desk(name, tmp_path)
    times = 200
    if name == "fish":
        loop = f"for i in (seq {times}); {there.source}; end"
    else:
        loop = f"i=0; while [ $i -lt {times} ]; do {there.source}; i=$((i+1)); done"

    def taken(text: str) -> float:
        return there.run(text, source=":").passed().cpu

    best = min(taken(loop) - taken(":") for _ in range(3)) / times
    assert best < 0.002, f"{best * 1000:.2f} ms"


# --- completion


def completer(folder: Path) -> Path:
    """A spip that answers pip's completion protocol with what it was asked."""
    path = folder / "spip here" / "spip"
    path.write_text(
        "#!/bin/sh\n"
        '[ "$PIP_AUTO_COMPLETE" = 1 ] || exit 9\n'
        'echo "cword=$COMP_CWORD" $(echo "$COMP_WORDS" | wc -w)\n'
        "echo install inspect doctor\n"
    )
    return path


def test_bash_completes(tmp_path: Path) -> None:
    there = desk("bash", tmp_path)
    completer(tmp_path)
    ask = "COMP_WORDS=(pip in); COMP_CWORD=1; __spip_complete pip in pip; echo ${COMPREPLY[@]}"
    said = there.run(ask).passed().stdout.split()
    assert said == ["cword=1", "2", "install", "inspect", "doctor"]
    known = there.run("complete -p pip; complete -p pip3.11; complete -p spip").passed().stdout
    assert known.count("-F __spip_complete") == 3


def test_fish_completes(tmp_path: Path) -> None:
    there = desk("fish", tmp_path)
    completer(tmp_path)
    for name in ("pip", "spip", "pip3.11"):
        said = there.run(f"complete -C '{name} in'").passed().stdout.split()
        assert {"install", "inspect"} <= set(said)
    assert "cword=2" in there.run("complete -C 'pip install '").passed().stdout


def test_zsh_completes(tmp_path: Path) -> None:
    there = desk("zsh", tmp_path)
    completer(tmp_path)
    text = (
        "compadd() { shift; print -l -- $@; }; words=(pip in); CURRENT=2; __spip_complete\n"
        # It replaces the file that -d names, which as root may be any device.
        f"autoload -Uz compinit; compinit -D -d {shlex.quote(str(tmp_path / 'dump'))}; "
    )
    said = there.run(text + f"{there.source}; print $_comps[pip] $_comps[spip]").passed().stdout
    assert said.split() == [
        *("cword=1", "2", "install", "inspect", "doctor"),
        *("__spip_complete", "__spip_complete"),
    ]


def test_tcsh_completes(tmp_path: Path) -> None:
    """tcsh runs the command between the backquotes, with what was typed in COMMAND_LINE."""
    there = desk("tcsh", tmp_path)
    completer(tmp_path)
    rule = there.run("complete pip").passed().stdout
    command = rule.partition("`")[2].rpartition("`")[0]
    said = there.run(f"setenv COMMAND_LINE 'pip in'\n{command}").passed().stdout.split()
    assert said == ["cword=1", "2", "install", "inspect", "doctor"]


def test_nushell_completes(tmp_path: Path) -> None:
    there = desk("nu", tmp_path)
    completer(tmp_path)
    said = there.run("__spip_complete 'pip in' | to text").passed().stdout.split()
    assert said == ["cword=1", "2", "install", "inspect", "doctor"]


def test_xonsh_completes(tmp_path: Path) -> None:
    there = desk("xonsh", tmp_path)
    completer(tmp_path)
    text = (
        "from xonsh.completer import Completer\n"
        "found = Completer().complete_line('pip in')[0]\n"
        "print(*sorted(str(each) for each in found))"
    )
    assert {"install", "inspect"} <= set(there.run(text).passed().stdout.split())


# --- environments that other tools make active


def test_direnv_makes_an_environment_active(tmp_path: Path) -> None:
    """The function follows PATH, whoever changed it."""
    direnv = shutil.which("direnv")
    if not direnv:
        lacking("no direnv")
    there = desk("bash", tmp_path)
    recorder(tmp_path / "env" / "bin" / "python3", "python3")
    (tmp_path / ".envrc").write_text(f"PATH_add {tmp_path}/env/bin\n")
    env = {"HOME": str(tmp_path)}
    text = (
        f'cd {tmp_path} && {direnv} allow && eval "$({direnv} export bash)" && '
        "pip list && type -P python3"
    )
    said = there.run(text, **env).passed().stdout.splitlines()
    assert said == [told("spip", "python3", ["list"]), str(tmp_path / "env" / "bin" / "python3")]


def test_virtualenvwrapper_makes_an_environment_active(tmp_path: Path) -> None:
    script = shutil.which("virtualenvwrapper.sh", path=f"{_beside()}:/usr/share/virtualenvwrapper")
    script = script or os.environ.get("SPIP_TEST_VIRTUALENVWRAPPER")
    if not script:
        lacking("no virtualenvwrapper: none of the tests' parts", installable=False)
    there = desk("bash", tmp_path)
    python = Path(script).parent / "python3"
    env = {
        "HOME": str(tmp_path),
        "WORKON_HOME": str(tmp_path / "envs"),
        "VIRTUALENVWRAPPER_PYTHON": str(python if python.exists() else sys.executable),
        "VIRTUALENVWRAPPER_VIRTUALENV": str(Path(script).parent / "virtualenv"),
    }
    text = (
        f". {shlex.quote(script)} >/dev/null && "
        "mkvirtualenv --no-pip one >/dev/null && pip list && type -P python3 && "
        "deactivate && pip list && type -P python3 && workon one && type -P python3"
    )
    said = there.run(text, **env).passed().stdout.splitlines()
    inside, outside = (str(tmp_path / each / "bin" / "python3") for each in ("envs/one", "."))
    asked = told("spip", "python3", ["list"])
    assert said == [asked, inside, asked, os.path.normpath(outside), inside]


def test_pyenv_virtualenv_makes_an_environment_active(tmp_path: Path) -> None:
    root = Path(os.environ.get("PYENV_ROOT", os.path.join(own_home.account(), ".pyenv")))
    if not (root / "plugins" / "pyenv-virtualenv").is_dir():
        lacking("no pyenv-virtualenv: no registry of packages has it", installable=False)
    there = desk("bash", tmp_path)
    private = tmp_path / "pyenv"
    run([sys.executable, "-m", "venv", "--without-pip", private / "versions" / "one"]).passed()
    (private / "plugins").symlink_to(root / "plugins")
    env = {"HOME": str(tmp_path), "PYENV_ROOT": str(private)}
    where = "python3 -c 'import sys; print(sys.prefix)'"
    text = (
        f"PATH={shlex.quote(str(root / 'bin'))}:$PATH\n"
        'eval "$(pyenv init -)" && eval "$(pyenv virtualenv-init -)" && '
        f"pyenv activate one >/dev/null && pip list && {where} && pyenv deactivate && {where}"
    )
    said = there.run(text, **env).passed().stdout.splitlines()
    inside = str(private / "versions" / "one")
    assert said[:2] == [told("spip", "python3", ["list"]), inside]
    assert said[2] != inside


def _beside() -> str:
    return os.path.dirname(sys.executable)
