"""`spip` instead of `pip`: the same bytes, the same exit code, the same ending."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from support.artifacts import wheel
from support.authority import Authority
from support.environments import Environment, current_environment, environment, with_spip
from support.index import Index, standard_artifacts
from support.project import project_wheel
from support.run import Result, clean_environment, run
from support.servers import Pace, TlsServer
from support.terminal import at_terminal

if sys.platform == "win32":
    pytest.skip("streams and signals are tested as POSIX has them", allow_module_level=True)


@pytest.fixture(scope="module")
def current() -> Environment:
    """spip beside a current pip, in one environment."""
    return with_spip(current_environment())


@pytest.fixture(scope="module")
def old() -> Environment:
    """spip beside the pip that Python 3.10's venv seeds."""
    return with_spip(environment("3.10", "23.0.1"))


@pytest.fixture(params=["current", "old"])
def both(request: pytest.FixtureRequest) -> Environment:
    chosen = request.getfixturevalue(request.param)
    assert isinstance(chosen, Environment)
    return chosen


def side_by_side(
    where: Environment, *words: str, env: dict[str, str] | None = None
) -> tuple[Result, Result]:
    """The same words to pip's and to spip's console script, each under the same HOME."""
    scripts = where.scripts
    plain = run([scripts / "pip", *words], env=env)
    ours = run([scripts / "spip", *words], env=env)
    return plain, ours


SAME = [
    ["--version"],
    ["-V"],
    ["--help"],
    ["help"],
    [],
    ["help", "install"],
    ["install", "--help"],
    ["list"],
    ["list", "--format=json"],
    ["freeze", "--all"],
    ["inspect"],
    ["show", "pip"],
    ["config", "list"],
    ["config", "debug"],
    ["cache", "dir"],
    ["check"],
    ["no-such-command"],
    ["install"],
    ["install", "--no-such-option"],
    ["show", "no-such-distribution"],
    ["list", "--format", "no-such-format"],
]


# With an old pip one of a kind: about itself, its help, its settings, and each exit code.
SAME_WITH_OLD = [SAME[at] for at in (0, 2, 6, 7, 13, 16, 17, 19, 20)]


@pytest.mark.parametrize(
    ("where", "words"),
    [*(("current", words) for words in SAME), *(("old", words) for words in SAME_WITH_OLD)],
    ids=lambda each: each if isinstance(each, str) else " ".join(each),
)
def test_output_and_exit_code_are_pips_own(
    request: pytest.FixtureRequest, where: str, words: list[str], tmp_path: Path
) -> None:
    env = {"HOME": str(tmp_path)}
    if "install" not in words:  # that one has a session, and so a notice
        env |= {"REQUESTS_CA_BUNDLE": "/nowhere.pem", "PIP_CERT": "/nowhere.pem"}
    plain, ours = side_by_side(request.getfixturevalue(where), *words, env=env)
    assert (ours.code, ours.stdout, ours.stderr) == (plain.code, plain.stdout, plain.stderr)


def test_pips_own_account_of_itself_shows_nothing_of_spip(
    both: Environment, tmp_path: Path
) -> None:
    plain, ours = side_by_side(both, "debug", env={"HOME": str(tmp_path)})
    assert (ours.code, ours.stdout) == (plain.code, plain.stdout)


def test_as_a_module_it_says_what_pip_says_as_a_module(both: Environment, tmp_path: Path) -> None:
    (tmp_path / "rich-1.0.dist-info").mkdir()  # a distribution in the working folder is not listed
    for words in (["install", "--help"], ["list"], ["freeze", "--all"]):
        plain = run([both.python, "-m", "pip", *words], cwd=tmp_path)
        ours = run([both.python, "-m", "spip", *words], cwd=tmp_path)
        assert (ours.code, ours.stdout) == (plain.code, plain.stdout)


@pytest.mark.parametrize("how", ["command", "module"])
def test_nothing_is_imported_from_the_current_folder(
    both: Environment, tmp_path: Path, how: str
) -> None:
    for name in ("json", "ssl", "truststore", "pip", "certifi", "subprocess", "re", "base64"):
        (tmp_path / f"{name}.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'a')\n")
    argv = both.spip("list") if how == "command" else [str(both.python), "-m", "spip", "list"]
    if how == "module":
        # Python itself searches the current folder for `spip` and what runpy imports before it.
        (tmp_path / "re.py").unlink()
    run(argv, cwd=tmp_path).passed()
    assert not (tmp_path / "ran").exists()


def test_a_link_to_spip_goes_by_its_own_name(both: Environment, tmp_path: Path) -> None:
    (tmp_path / "pip3").symlink_to(both.scripts / "spip")
    assert "pip3 install [options]" in run([tmp_path / "pip3", "install", "--help"]).passed().stdout


def test_spip_pip_hands_everything_after_it_to_pip(both: Environment) -> None:
    ours = run(both.spip("pip", "--version"))
    assert ours.stdout == run([both.scripts / "pip", "--version"]).stdout


def test_disabled_it_is_plain_pip(both: Environment, index: TlsServer, tmp_path: Path) -> None:
    words = [*download(index, tmp_path), "--retries=0"]
    plain, ours = side_by_side(both, *words, env={"SPIP_DISABLE": "1", "HOME": str(tmp_path)})
    assert plain.code == ours.code == 1
    assert "confirming the ssl certificate" in ours.stderr + ours.stdout
    assert not list((tmp_path / ".cache").glob("spip*"))


# --- streams and signals


def test_requirements_come_through_standard_input(
    both: Environment, index: TlsServer, authority: Authority, tmp_path: Path
) -> None:
    words = [
        *download(index, tmp_path, "-r", "/dev/stdin"),
        "--cert",
        str(authority.write(tmp_path)),
    ]
    run(both.spip(*words), stdin="demo\n").passed()
    assert list(tmp_path.glob("demo*.whl"))


def test_arguments_that_are_not_utf8_arrive_as_they_are(both: Environment) -> None:
    name = os.fsdecode(b"caf\xe9")
    plain, ours = side_by_side(both, "show", name)
    assert (ours.code, ours.stderr) == (plain.code, plain.stderr)
    handed = run(
        both.spip("show", name), env={"SPIP_PYTHON": str(environment("3.8", "23.0.1").python)}
    )
    assert handed.code == 1
    assert name in handed.stderr or "caf\\udce9" in handed.stderr


def test_a_closed_pipe_ends_it_as_it_ends_pip(both: Environment) -> None:
    def ending(script: str) -> tuple[int, str]:
        command = f'"{both.scripts / script}" list --format=json 2>err; echo "$?" >code'
        done = run(["sh", "-c", f"({command}) | true; sleep 1; cat code err"])
        return done.code, done.stdout.replace("/spip", "/pip")

    assert ending("spip") == ending("pip")


@pytest.mark.parametrize("mode", ["same environment", "handed over"])
@pytest.mark.parametrize("which", [signal.SIGINT, signal.SIGTERM])
def test_signals_end_it_as_they_end_pip(
    both: Environment, slow: TlsServer, authority: Authority, tmp_path: Path,
    which: signal.Signals, mode: str,
) -> None:  # fmt: skip
    words = [*download(slow, tmp_path), "--cert", str(authority.write(tmp_path))]
    environ = clean_environment(tmp_path)
    if mode == "handed over":
        environ["SPIP_PYTHON"] = str(environment("3.8", "23.0.1").python)
    codes = []
    for argv in ([str(both.scripts / "pip"), *words], both.spip(*words)):
        slow.forget()
        with subprocess.Popen(
            argv, env=environ, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        ) as process:
            wait_until(lambda: bool(slow.record.requests))
            process.send_signal(which)
            codes.append(process.wait(60))
    assert codes[0] == codes[1]


def test_on_a_terminal_pip_draws_its_bar_and_its_colours(
    both: Environment, index: TlsServer, authority: Authority, tmp_path: Path
) -> None:
    big = wheel("big", modules={"big.py": f"DATA = {os.urandom(400_000)!r}"})
    assert isinstance(index.site, Index)
    index.site.add(big)
    words = [*download(index, tmp_path, "big"), "--cert", str(authority.write(tmp_path))]
    seen = on_terminal(both.spip(*words), tmp_path)
    assert "\x1b[" in seen
    assert "━━━" in seen
    assert "Successfully downloaded big" in seen
    assert "spip:" not in seen


def test_pips_prompt_is_answered_on_the_terminal(both: Environment, tmp_path: Path) -> None:
    private = both.copy(tmp_path / "env")
    seen = on_terminal(private.spip("uninstall", "rich"), tmp_path, "y")
    assert "Proceed (Y/n)?" in seen
    assert "Successfully uninstalled rich" in seen


def test_about_itself_it_speaks_only_on_a_terminal(both: Environment, tmp_path: Path) -> None:
    seen = on_terminal(both.spip("--version"), tmp_path)
    assert "spip: spip " in seen
    assert "its own words: doctor, " in seen
    assert run(both.spip("--version")).stderr == ""


def test_a_spip_whose_own_python_has_no_ssl_still_starts(
    both: Environment, index: TlsServer, tmp_path: Path
) -> None:
    bare = both.without_ssl(tmp_path / "env")
    assert "ssl" not in run(bare.spip("list")).passed().stderr
    result = run(bare.spip(*download(index, tmp_path))).failed()
    assert "ssl" in result.output.lower()
    assert index.record.connections == 0
    assert "Traceback" not in result.output
    assert "has no ssl module" in result.stderr


# --- completion


def test_completion_knows_pips_words_and_spips(both: Environment) -> None:
    asked = {"PIP_AUTO_COMPLETE": "1", "COMP_WORDS": "pip in", "COMP_CWORD": "1"}
    plain, ours = side_by_side(both, env=asked)
    assert set(plain.stdout.split()) <= set(ours.stdout.split())
    asked["COMP_WORDS"] = "pip p"
    assert "pip" in run(both.spip(), env=asked).stdout.split()


@pytest.mark.parametrize(
    ("typed", "place", "expected"),
    [
        ("pip tru", "1", {"trust"}),
        ("pip trust fe", "2", {"fetch"}),
        ("pip trust fetch --f", "3", {"--fingerprint"}),
        ("pip doctor --js", "2", {"--json"}),
        ("pip env --sh", "2", {"--shell"}),
    ],
)
def test_completion_knows_what_follows_spips_words(
    current: Environment, typed: str, place: str, expected: set[str]
) -> None:
    asked = {"PIP_AUTO_COMPLETE": "1", "COMP_WORDS": typed, "COMP_CWORD": place}
    assert set(run(current.spip(), env=asked).stdout.split()) == expected


def test_the_completion_script_is_for_the_name_it_was_asked_under(both: Environment) -> None:
    assert " spip\n" in run(both.spip("completion", "--bash")).passed().stdout


# --- pip's import guard, and changing itself


def test_pips_import_guard_never_fires(
    current: Environment, index: TlsServer, authority: Authority, tmp_path: Path
) -> None:
    private = current.copy(tmp_path / "env")
    words = [
        "install",
        *index_options(index),
        "--cert",
        str(authority.write(tmp_path)),
        "needsbuild",
        "demo",
    ]
    done = run(private.spip(*words)).passed()
    assert "import" not in done.output.lower().replace("important", "")


def test_spip_upgrades_the_pip_beside_it_and_itself(both: Environment, tmp_path: Path) -> None:
    private = both.copy(tmp_path / "env")
    wheels = Path(__file__).parent.parent / ".cache" / "wheels"
    words = ["install", "--no-index", "--find-links", str(wheels), "--upgrade"]
    run(private.spip(*words, "pip")).passed()
    assert "pip 26.3" in run(private.spip("--version")).passed().stdout
    again = run(private.spip(*words, "--force-reinstall", "--no-deps", str(project_wheel())))
    assert "Successfully installed spip-shim" in again.passed().stdout
    run(private.spip("list")).passed()


# --- what the tests above share


@pytest.fixture
def slow(authority: Authority) -> Iterator[TlsServer]:
    """An index that takes its time before each answer."""
    with TlsServer(authority.issue(), Index(standard_artifacts()), pace=Pace(wait=2)) as server:
        yield server


def index_options(server: TlsServer) -> list[str]:
    return ["--index-url", server.url("/simple/"), "--no-cache-dir"]


def download(server: TlsServer, folder: Path, *what: str) -> list[str]:
    return ["download", *index_options(server), "--no-deps", "-d", str(folder), *(what or ["demo"])]


def wait_until(true: Callable[[], bool], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it did not come"
        time.sleep(0.02)


def on_terminal(argv: list[str], home: Path, *types: str) -> str:
    """What a command prints on a terminal, where these lines are typed."""
    environ = clean_environment(home, TERM="xterm-256color")
    if types:
        del environ["PIP_NO_INPUT"]
    return at_terminal(argv, environ, *types)[1]
