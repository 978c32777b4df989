"""`spip env`: other tools get the roots that pip has; each is really run, against a real server."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from spip.commands.env import run_command
from support import own_home
from support.authority import Authority
from support.environments import Environment, current_environment, with_spip
from support.lacking import lacking
from support.run import clean_environment, run
from support.servers import TlsServer
from trust_tools import TOOLS, Everything, Tool, program


@pytest.fixture(scope="module")
def spip() -> Environment:
    return with_spip(current_environment())


@pytest.fixture
def home(tmp_path: Path) -> Path:
    folder = tmp_path / "home"
    folder.mkdir()
    return folder


@pytest.fixture
def server(authority: Authority, tmp_path: Path) -> Iterator[TlsServer]:
    site = Everything(tmp_path / "site")
    with TlsServer(authority.issue(), site) as running:
        site.base = running.url("").rstrip("/")
        yield running


@pytest.fixture
def added(spip: Environment, home: Path, authority: Authority, tmp_path: Path) -> None:
    """The root is an extra one: nobody but spip knows it."""
    file = authority.write(tmp_path)
    run(spip.spip("trust", "add", "--yes", file), env={"HOME": str(home)}).passed()


def around(home: Path) -> dict[str, str]:
    cargo = os.path.dirname(program("cargo"))
    path = os.pathsep.join([os.path.dirname(sys.executable), cargo, "/usr/bin", "/bin"])
    return {
        "HOME": str(home),
        "PATH": path,
        # Where cargo's launcher keeps the compiler that it starts, in another home than this one.
        "RUSTUP_HOME": os.environ.get("RUSTUP_HOME") or os.path.join(own_home.account(), ".rustup"),
    }


@pytest.mark.parametrize("tool", TOOLS, ids=str)
@pytest.mark.usefixtures("added")
def test_a_tool_trusts_what_was_added(
    tool: Tool, spip: Environment, home: Path, server: TlsServer, tmp_path: Path
) -> None:
    if tool.missing():
        lacking(tool.missing(), installable=False)
    for attempt in ("alone", "with spip env"):
        folder = tmp_path / attempt
        folder.mkdir()
        words = tool.words(server, folder)
        if attempt == "alone":
            run(words, env=around(home), cwd=folder).failed()
            assert server.record.handed_over == 0
        else:
            run(spip.spip("env", "--", *words), env=around(home), cwd=folder).passed()
            assert server.record.handed_over > 0


@pytest.mark.usefixtures("added")
def test_a_setting_of_gits_own_for_one_host_keeps_its_meaning(
    spip: Environment, home: Path, server: TlsServer, stranger: Authority, tmp_path: Path
) -> None:
    """GIT_SSL_CAINFO would beat it: a host that is pinned to one CA would accept another."""
    pinned = stranger.write(tmp_path)
    (home / ".gitconfig").write_text(f'[http "{server.url("/")}"]\n\tsslCAInfo = {pinned}\n')
    url = server.url("/git/repository.git")
    words = spip.spip("env", "--", "git", "ls-remote", url)
    assert "certificate" in run(words, env=around(home)).failed().stderr
    assert server.record.handed_over == 0
    other = server.url("/git/repository.git", host="127.0.0.1")
    run(spip.spip("env", "--", "git", "ls-remote", other), env=around(home)).passed()


@pytest.mark.usefixtures("added")
def test_git_is_left_alone_where_its_own_setting_names_roots_for_every_host(
    spip: Environment, home: Path, stranger: Authority, tmp_path: Path
) -> None:
    if not shutil.which("git"):
        lacking("no git")
    (home / ".gitconfig").write_text(f"[http]\n\tsslCAInfo = {stranger.write(tmp_path)}\n")
    said = run(spip.spip("env", "--json"), env=around(home)).passed().stdout
    assert not any(name.startswith("GIT_") for name in json.loads(said)["variables"])


@pytest.mark.usefixtures("added")
def test_what_the_user_gave_one_tool_is_completed_for_it_and_trusted_for_no_other(
    spip: Environment, home: Path, stranger: Authority, tmp_path: Path
) -> None:
    own = {"NODE_EXTRA_CA_CERTS": str(stranger.write(tmp_path))}
    said = run(spip.spip("env", "--json"), env={**around(home), **own}).passed().stdout
    told = json.loads(said)
    body = stranger.pem.decode().splitlines()[1]
    assert body in Path(told["variables"]["NODE_EXTRA_CA_CERTS"]).read_text()
    others = {path for name, path in told["variables"].items() if name not in own}
    assert others == {told["bundle"]}
    assert body not in Path(told["bundle"]).read_text()


def test_in_a_shell_that_evaluated_it_nothing_of_the_users_is_lost(
    spip: Environment, home: Path, authority: Authority, stranger: Authority, tmp_path: Path
) -> None:
    """What a variable had named was forgotten once the bundle stood in its place."""
    (tmp_path / "node").mkdir()
    files = {
        "REQUESTS_CA_BUNDLE": authority.write(tmp_path),
        "NODE_EXTRA_CA_CERTS": stranger.write(tmp_path / "node"),
    }
    shell = {**around(home), **{name: str(file) for name, file in files.items()}}
    for gone in (None, "REQUESTS_CA_BUNDLE", "NODE_EXTRA_CA_CERTS"):
        if gone:
            files.pop(gone).unlink()
        told = json.loads(run(spip.spip("env", "--json"), env=shell).passed().stdout)
        shell.update(told["variables"])
        held = {name: Path(shell[name]).read_text() for name in ("PIP_CERT", "NODE_EXTRA_CA_CERTS")}
        bodies = [each.pem.decode().splitlines()[1] for each in (authority, stranger)]
        corp, node = "REQUESTS_CA_BUNDLE" in files, "NODE_EXTRA_CA_CERTS" in files
        assert [body in held["PIP_CERT"] for body in bodies] == [corp, False]
        assert [body in held["NODE_EXTRA_CA_CERTS"] for body in bodies] == [corp, node]


@pytest.mark.skipif(os.name == "nt", reason="mode bits say nothing on Windows")
def test_a_file_that_others_may_write_to_stays_the_tools_own_affair(
    spip: Environment, home: Path, stranger: Authority, tmp_path: Path
) -> None:
    file = stranger.write(tmp_path)
    file.chmod(0o666)
    own = {"NODE_EXTRA_CA_CERTS": str(file)}
    said = run(spip.spip("env", "--json"), env={**around(home), **own}).passed().stdout
    assert "NODE_EXTRA_CA_CERTS" not in json.loads(said)["variables"]


@pytest.mark.usefixtures("added")
def test_a_removed_root_is_gone_from_a_shell_that_evaluated_it_before(
    spip: Environment, home: Path, server: TlsServer, authority: Authority
) -> None:
    said = run(spip.spip("env", "--json"), env=around(home)).passed().stdout
    told = json.loads(said)["variables"]
    words = ["curl", "-sS", "--fail", server.url("/hello")]
    run(words, env={**around(home), **told}).passed()
    removal = spip.spip("trust", "remove", authority.fingerprint[:12])
    run(removal, env={**around(home), **told}).passed()
    server.forget()
    for each in (words, spip.spip("env", "--", *words)):
        refused = run(each, env={**around(home), **told}).failed()
        assert "curl: (60)" in refused.stderr  # not verified
    assert server.record.handed_over == 0


# --- shells


SHELLS = {
    "bash": ["bash", "-c", 'eval "$(cat {})"; printf %s "$SSL_CERT_FILE"'],
    "sh": ["sh", "-c", 'eval "$(cat {})"; printf %s "$SSL_CERT_FILE"'],
    "zsh": ["zsh", "-c", 'eval "$(cat {})"; printf %s "$SSL_CERT_FILE"'],
    "fish": ["fish", "-c", 'source {}; printf %s "$SSL_CERT_FILE"'],
    "powershell": ["pwsh", "-NoProfile", "-c", "iex (Get-Content -Raw {}); $Env:SSL_CERT_FILE"],
}


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.usefixtures("added")
def test_a_shell_evaluates_it_whatever_the_home_is_called(
    shell: str, spip: Environment, tmp_path: Path
) -> None:
    name = SHELLS[shell][0]
    if not shutil.which(name):
        lacking(f"no {name}", installable=name in {"zsh", "fish"})
    odd = tmp_path / 'it\'s a $HOME `of` \\ "ann"'
    odd.mkdir()
    text = run(spip.spip("env", "--shell", shell), env={"HOME": str(odd)}).passed().stdout
    file = tmp_path / "variables"
    file.write_text(text)
    words = [word.replace("{}", shlex.quote(str(file))) for word in SHELLS[shell]]
    path = run(words, env={"HOME": str(odd)}).passed().stdout.strip("\n")
    assert path.startswith(str(odd))
    assert Path(path).is_file()


def test_a_workflow_and_a_build_get_lines_of_their_own(spip: Environment, home: Path) -> None:
    lines = run(spip.spip("env", "--shell", "github"), env=around(home)).passed().stdout
    assert all("=" in line and " " not in line for line in lines.splitlines())
    build = run(spip.spip("env", "--shell", "docker"), env=around(home)).passed().stdout
    assert "--secret id=spip-roots,src=" in build
    assert build.count("--build-arg ") == build.count("=/run/secrets/spip-roots")


# --- the command


def test_arguments_streams_and_the_exit_code_pass_through(spip: Environment, home: Path) -> None:
    code = "import sys; sys.stdout.write(sys.stdin.read() + repr(sys.argv[1:])); sys.exit(7)"
    odd = ["--json", "a b", "", "--", "*"]
    words = spip.spip("env", "--", sys.executable, "-c", code, *odd)
    done = run(words, env=around(home), stdin="in ")
    assert done.stdout == f"in {odd!r}"
    assert (done.code, done.stderr) == (7, "")


def test_a_command_that_is_not_there(spip: Environment, home: Path) -> None:
    done = run(spip.spip("env", "--", "no-such-command"), env=around(home))
    assert (done.code, done.stderr) == (127, "spip: no-such-command is not found\n")
    assert run(spip.spip("env", "--"), env=around(home)).code == 2


@pytest.mark.skipif(os.name == "nt", reason="Windows has no signals to pass on")
def test_a_pipe_that_nobody_reads_any_more_ends_the_command(spip: Environment, home: Path) -> None:
    """Python ignores that signal, and handed this down: `yes` said "Broken pipe" instead."""
    line = f"{shlex.join(spip.spip('env', '--', 'yes'))} | head -n 1; exit ${{PIPESTATUS[0]}}"
    done = run(["bash", "-c", line], env=around(home))
    assert (done.code, done.stdout, done.stderr) == (128 + signal.SIGPIPE, "y\n", "")


def test_on_windows_a_command_is_never_found_in_the_current_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for file in ("curl.exe", "far/npm", "far/npm.cmd", "far/curl.exe"):
        (tmp_path / file).parent.mkdir(exist_ok=True)
        (tmp_path / file).touch()
    far = tmp_path / "far"
    path = {"PATH": os.pathsep.join(["", ".", "far", str(far)]), "PATHEXT": ".EXE;.CMD"}
    for name, found in (("curl", "curl.exe"), ("curl.exe", "curl.exe"), ("npm", "npm.cmd")):
        assert run_command._program(name, path, windows=True) == str(far / found)
    with pytest.raises(FileNotFoundError):
        run_command._program("curl", {"PATH": ""}, windows=True)


@pytest.mark.skipif(os.name == "nt", reason="Windows has no signals to pass on")
@pytest.mark.parametrize("cache", ["a cache", "none"])
def test_a_signal_ends_the_command_and_spip_as_it_would_end_it_alone(
    spip: Environment, home: Path, cache: str
) -> None:
    if cache == "none":
        (home / ".cache").write_text("")  # no folder can be made there
    code = "import os; print(os.environ['SSL_CERT_FILE'], flush=True); import time; time.sleep(60)"
    words = spip.spip("env", "--", sys.executable, "-c", code)
    with subprocess.Popen(
        words, env=clean_environment(home, **around(home)), stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout
        bundle = process.stdout.readline().strip()
        assert Path(bundle).is_file()
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == -signal.SIGTERM
    assert Path(bundle).exists() is (cache == "a cache")
