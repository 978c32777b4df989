"""What spip does before pip starts is little, and stays little."""

from __future__ import annotations

import os
import signal
import subprocess
import tempfile
import time
from pathlib import Path

import pytest

from support.artifacts import wheel
from support.authority import Authority
from support.environments import Environment, environment, with_spip
from support.index import Index
from support.run import clean_environment, end_group, run
from support.servers import Pace, TlsServer

# Every module that `spip list` imports and `pip list` does not. Each costs about 0.15 ms, and what
# it imports in turn; a new one belongs here only if no branch that comes later could import it.
OURS = {
    "spip",
    "spip.cli",
    "spip.errors",
    "spip.run",
    "spip.standalone",
    "spip.standalone.single_file",
    "spip.paths",
    "spip.target",
    "spip.handover",
    "spip.standalone.helper_process",
    "spip.versions",
    # beside pip
    "spip.bridge",
    "spip.bridge.run",
    "spip.bridge.context",
    "spip.bridge.import_hooks",
    "spip.bridge.patch_table",
    "spip.bridge.patches",
    "spip.bridge.gc_tuning",
    "spip.bridge.session",
    "spip.bridge.relaxations",
    "spip.bridge.connections",
    "spip.bridge.connection_guard",
    "spip.bridge.subprocesses",
    "spip.bridge.install_limits",
}
STANDARD = {"gc"}

posix = pytest.mark.skipif(os.name == "nt", reason="Ctrl-C as POSIX has it")


@pytest.fixture(params=[("3.13", "26.3"), ("3.10", "23.0.1")], ids=["current", "old"])
def held(request: pytest.FixtureRequest) -> Environment:
    """An environment with a pip and spip beside it."""
    return with_spip(environment(*request.param))


def imported(held: Environment, script: str, *words: str) -> set[str]:
    """Names of all modules that a console script's run imports."""
    argv = [str(held.python), "-X", "importtime", str(held.scripts / script), *words]
    lines = run(argv).passed().stderr.splitlines()
    return {line.rpartition("|")[2].strip() for line in lines if line.startswith("import time:")}


@pytest.mark.parametrize("words", [["--version"], ["list"], ["show", "pip"]], ids=" ".join)
def test_nothing_is_imported_beside_pip_that_is_not_listed_here(
    held: Environment, words: list[str]
) -> None:
    more = imported(held, "spip", *words) - imported(held, "pip", *words)
    assert {name for name in more if not name.startswith("spip")} <= STANDARD
    assert {name for name in more if name.startswith("spip")} == OURS


# How many of spip's modules a process may load before pip works: where pip runs, and where spip
# finds out what another interpreter needs to know, and hands over to it.
MOST, MOST_TO_HAND_OVER = 26, 31
COUNT = """
import os, sys

def count(event, args):
    runs = event == "exec" and getattr(args[0], "co_filename", "").replace(os.sep, "/")
    if event == "os.exec" or runs and runs.endswith("pip/_internal/commands/download.py"):
        names = [name for name in sys.modules if name.partition(".")[0] == "spip"]
        sys.stderr.write("loaded %d %s\\n" % (len(names), " ".join(sorted(names))))

sys.addaudithook(count)
"""


@pytest.mark.parametrize("target", [None, ("3.8", "23.0.1")], ids=["here", "elsewhere"])
def test_few_modules_are_loaded_before_pip_works(
    target: tuple[str, str] | None, tmp_path: Path
) -> None:
    """In each process of a download, up to the moment in which pip loads that command."""
    (tmp_path / "sitecustomize.py").write_text(COUNT)
    env = {"PYTHONPATH": str(tmp_path)}
    if target is not None:
        env["SPIP_PYTHON"] = str(environment(*target).python)
    home = with_spip(environment("3.13", "26.3"))
    result = run(home.spip("download", "--no-index", "nothing"), env=env).failed()
    lines = [line for line in result.stderr.splitlines() if line.startswith("loaded ")]
    most = [MOST] if target is None else [MOST_TO_HAND_OVER, MOST]
    assert len(lines) == len(most), result
    for line, limit in zip(lines, most, strict=True):
        assert int(line.split()[1]) <= limit, line


@posix
def test_after_the_start_the_collector_works_as_ever(held: Environment, tmp_path: Path) -> None:
    """A download that Ctrl-C ended once left a temporary file: nothing was collected at the end."""
    site = Index([wheel("big", modules={"big.bin": os.urandom(2_000_000)})])
    authority = Authority()
    with TlsServer(authority.issue(), site, pace=Pace(0.0, 20_000, 0.05)) as server:
        words = ["download", "--no-deps", "--index-url", server.url("/simple/"), "big"]
        env = clean_environment(
            tmp_path, TMPDIR=str(tmp_path), PIP_CERT=str(authority.write(tmp_path))
        )
        with tempfile.TemporaryFile() as words_of_pip:
            code = interrupted(held.spip(*words, "-d", tmp_path / "to"), env, words_of_pip.fileno())
            words_of_pip.seek(0)
            assert code == 1, words_of_pip.read()
    left = {path.name for path in tmp_path.iterdir()} - {".cache", "to"}
    assert left == {path.name for path in tmp_path.glob("*.pem")}


def interrupted(argv: list[str], env: dict[str, str], output: int) -> int:
    """Run a download, end it by Ctrl-C once a part of the file is there; its exit code."""
    folder = Path(env["TMPDIR"])
    process = subprocess.Popen(
        argv,
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=output,
        start_new_session=True,
    )
    try:
        end = time.monotonic() + 60
        while not any(part.stat().st_size > 100_000 for part in folder.glob("tmp*")):
            assert time.monotonic() < end
            assert process.poll() is None
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        return process.wait(60)
    except BaseException:
        end_group(process)
        raise
