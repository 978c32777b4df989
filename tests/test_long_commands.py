"""What travels to other processes: nothing of it stands in their words, however long it is."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from relaxed_world import User, lasting, spip
from spip.bridge.inherited_text import Inherited
from spip.bridge.trust_client import Home
from support.artifacts import sdist
from support.authority import Authority
from support.index import standard_artifacts
from support.matrix import Cell, parameters
from support.run import run
from support.servers import TlsServer

# Both start other pips for a build: by a folder, and by a runner.
CELLS = (Cell("3.6", "21.3.1"), Cell("3.12", "24.2"))
# Words that change nothing; pip hands none of them to the pips that it starts.
LONG = ["--progress-bar=off"] * 8500
NEEDY = sdist("needy", build_requires=("minibackend", "needsbuild"))
NOTE = """
import os
with open("/proc/self/cmdline", "rb") as words, open(os.environ["WORDS_SEEN"], "ab") as seen:
    seen.write(words.read() + b"\\n")
"""


@pytest.mark.parametrize("cell", parameters(*CELLS))
def test_a_build_works_after_150_kb_of_arguments_and_no_process_shows_what_it_was_told(
    cell: Cell, user: User, authority: Authority, to: Path, tmp_path: Path
) -> None:
    """It ended with "Argument list too long"; a grant's reason was in the list of processes."""
    copy = cell.environment().copy(tmp_path / "target")
    (copy.site_packages / "sitecustomize.py").write_text(NOTE)
    seen = tmp_path / "seen"
    environ = {
        **user.environ,
        "SPIP_PYTHON": str(copy.python),
        "SPIP_CA_BUNDLE": str(authority.write(tmp_path)),
        "WORDS_SEEN": str(seen),
    }
    user.grant(1, "ab" * 32)
    with TlsServer(authority.issue(), lasting(*standard_artifacts(), NEEDY)) as index:
        words = ["--index-url", index.url("/simple/"), "-w", str(to), *LONG]
        run(spip().spip("wheel", "--no-deps", *words, "needy"), env=environ).passed()
    assert list(to.glob("needy-1.0*"))
    started = [line.split(b"\0") for line in seen.read_bytes().splitlines()]
    assert sum(b"start" in words[1] for words in started) >= 3  # pip, a build's, and that one's
    assert not any(b"roll-out" in word or b'"grants"' in word for ws in started for word in ws)
    assert not any(ws.count(b"--progress-bar=off") > 1 for ws in started if b"install" in ws)
    assert max(len(word) for ws in started for word in ws if ws[1] != b"-c") < 1000


@pytest.mark.parametrize("size", [0, 100, 65_536, 300_000])
def test_text_of_any_length_is_inherited(size: int) -> None:
    given = Inherited("x" * size)
    read = "import sys; sys.path.insert(0, sys.argv[2]); from spip.bridge.start import inherited; "
    command = [sys.executable, "-c", read + "print(len(inherited(sys.argv[1])))", given.word]
    options: dict[str, object] = {"stdout": subprocess.PIPE}
    given.give(options)
    source = Path(__file__).parents[1] / "src"
    with subprocess.Popen([*command, str(source)], **options) as process:  # type: ignore[call-overload]
        given.close()
        assert int(process.communicate()[0]) == size


@pytest.mark.skipif(os.name == "nt", reason="Windows has no descriptors to leave open")
def test_nothing_stays_open_or_on_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    before = os.dup(0)
    os.close(before)
    for size in (10, 300_000):
        Inherited("x" * size).close()
    after = os.dup(0)
    os.close(after)
    assert after == before
    assert list(tmp_path.iterdir()) == []


def test_without_a_place_for_files_what_is_short_is_inherited_all_the_same(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "none"))
    given = Inherited("plan")
    with open(given.descriptor or 0, "rb") as file:
        assert file.read() == b"plan"


# --- what spip's own Python is asked


def test_a_long_question_is_asked_and_its_words_show_nothing_of_it() -> None:
    tell = (
        "import json, sys; json.dump({'asked': json.load(sys.stdin), 'argv': sys.argv}, sys.stdout)"
    )
    question = {"pip_certifi": "/x", "policy": "secret" * 50_000}
    answer = Home([sys.executable, "-c", tell]).roots({}, question)
    assert answer == {"asked": question, "argv": ["-c"]}


def test_an_answer_that_never_comes_has_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("spip.bridge.trust_client._SECONDS", 0.5)
    command = [sys.executable, "-c", "import time; time.sleep(600)"]
    answer = Home(command).roots({}, {"pip_certifi": "/somewhere/cacert.pem"})
    assert answer["failed"]
    assert "timed out after 0.5 seconds" in str(answer["notices"])
    assert answer["path"] == "/somewhere/cacert.pem"
