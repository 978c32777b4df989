"""`scripts/gauntlet`: each row is run for real, none is left out."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from _gauntlet import page, table
from _gauntlet.__main__ import main  # all that fills the list of situations comes with it
from _gauntlet.scene import ALL, CURRENT, Group, Situation, Wanted
from _gauntlet.standing import completed
from _gauntlet.table import Outcome, Row, cell, last_words
from _gauntlet.tools import TOOLS, UNVERIFIED
from support.interpreters import interpreter
from support.lacking import lacking
from support.os_store import missing
from support.run import run
from support.wheelhouse import CHECKOUT, wheels


def shown(path: Path) -> list[str]:
    return list(table.lines_of(path.read_text("utf-8")))


def test_no_row_is_left_out() -> None:
    titles = [line.split(" | ")[0].removeprefix("| ") for line in shown(page.PAGE)[2:]]
    rows = [title for title in titles if not title.startswith("**")]
    assert rows == [table.title(situation) for situation in ALL]
    assert len(rows) >= 60


def test_each_tool_has_a_column() -> None:
    head = shown(page.PAGE)[0]
    assert head == f"| situation | {' | '.join(TOOLS)} |"


def test_the_sum_below_the_table_is_the_tables() -> None:
    text = page.PAGE.read_text("utf-8")
    columns: dict[str, int] = dict.fromkeys(TOOLS, 0)
    for line in shown(page.PAGE)[2:]:
        cells = [each.strip() for each in line.strip("|").split("|")][1:]
        for tool, said in zip(TOOLS, cells, strict=True):
            columns[tool] += said in {"works", "refuses"}
    said = ", ".join(f"{tool} {count}" for tool, count in columns.items())
    assert f"Right in so many of {len(ALL)}: {said}." in text


@pytest.mark.parametrize(
    ("tool", "wanted", "installed", "word"),
    [
        ("pip", Wanted.INSTALLS, True, "works"),
        ("pip", Wanted.INSTALLS, False, "**fails**"),
        ("pip", Wanted.REFUSES, False, "refuses"),
        ("pip", Wanted.REFUSES, True, "**lets it in**"),
        (UNVERIFIED, Wanted.INSTALLS, True, "*unverified*"),
        (UNVERIFIED, Wanted.REFUSES, True, "**lets it in**"),
        ("uv", Wanted.REFUSES, None, "n/a"),
    ],
)
def test_what_came_out_becomes_a_word(
    tool: str,
    wanted: Wanted,
    installed: bool | None,  # noqa: FBT001  # pytest's parameters have no names
    word: str,
) -> None:
    assert cell(tool, wanted, Outcome(installed)) == word


def test_the_most_telling_line_is_kept_without_what_differs_each_time() -> None:
    said = (
        "Looking\nCould not fetch https://localhost:4711/simple/demo/: [SSL: CERTIFICATE_VERIFY"
        "_FAILED] unable (_ssl.c:1007)\nERROR: No matching distribution found\n"
    )
    plain = last_words(said)
    assert plain.startswith("Could not fetch https://localhost:PORT/simple/demo/")
    assert plain.endswith("(_ssl.c)")
    assert last_words("ERROR: no /tmp/x/y/pip-req-build-a1b2") == "ERROR: no .../pip-req-build-..."
    assert last_words("") == ""


def test_a_failure_is_shown_with_its_words() -> None:
    situation = Situation(Group.STORE, "a thing", CURRENT, Wanted.INSTALLS, ALL[0].make)
    outcomes = {tool: Outcome(installed=True) for tool in TOOLS}
    outcomes["uv"] = Outcome(installed=False, words="UnknownIssuer")
    rows = [Row(situation, outcomes)]
    assert "| a thing | uv | UnknownIssuer |" in table.failures(rows)
    assert "uv 0" in table.sums(rows)
    assert "spip 1" in table.sums(rows)


def test_a_row_that_is_not_run_stays_as_the_page_has_it() -> None:
    """One missing interpreter once took the whole page away."""
    before = page.PAGE.read_text("utf-8")
    rows, kept = completed([Row(situation, {}) for situation in ALL], before)
    assert kept == [table.title(situation) for situation in ALL]
    assert table.table(rows).splitlines() == shown(page.PAGE)
    assert table.sums(rows) in before
    assert table.failures(rows) in before


def test_a_row_that_was_never_run_is_called_so() -> None:
    rows, kept = completed([Row(ALL[0], {})], "")
    assert kept == []
    assert table.table(rows).splitlines()[-1].endswith(" | not run" * len(TOOLS) + " |")
    assert table.failures(rows) == table.failures([])
    again, _ = completed(rows, f"{table.BEGIN}\n{table.table(rows)}{table.END}")
    assert table.table(again) == table.table(rows)


def test_help_is_there(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--help"])
    assert "--only" in capsys.readouterr().out


def test_one_row_is_run_for_real(tmp_path: Path) -> None:
    if missing():
        lacking(missing(), installable=sys.platform.startswith("linux"))
    if not list(wheels().glob("pip_system_certs-4.0-*")):
        lacking("the peers of scripts/gauntlet were not fetched")
    path = f"{CHECKOUT / 'scripts'}:{CHECKOUT / 'tests'}"
    words = ["--only", "`SSL_CERT_FILE` names an old bundle", "--out", str(tmp_path / "page.md")]
    words += ["--only", "Python 2.7"]  # of which this PYENV_ROOT has none
    (versions := tmp_path / "versions").mkdir()
    (versions / "3.13").symlink_to(interpreter("3.13").path.parent.parent)
    env = {"PYTHONPATH": path, "PYENV_ROOT": str(tmp_path)}
    done = run([sys.executable, "-m", "_gauntlet", *words], env=env).passed()
    absent, row = done.stdout.splitlines()
    assert absent.endswith("Python 2.7, pip 20.3.4: not run here: no CPython 2.7")
    assert "spip: installs, pip: installs" in row
    assert row.endswith("uv: doesn't, uv --system-certs: doesn't")
    assert not (tmp_path / "page.md").exists()  # part of the rows is no table
