"""What `scripts/test` is asked for: its own words, pytest's, and what it may do to a machine."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from _setup import checks, choices, machine
from support.checkout import BASE, copied
from support.run import run


@pytest.mark.parametrize(
    ("words", "choice"),
    [
        ((), choices.Choice()),
        (("-k", "stores", "-x"), choices.Choice(("-k", "stores", "-x"))),
        (("--quick", "-x"), choices.Choice(("-x",), quick=True)),
        (("-x", "--whole"), choices.Choice(("-x",), whole=True)),
        (("--pip=pip-main.tar.gz", "-x"), choices.Choice(("-x",), pip="pip-main.tar.gz")),
        (("-h",), choices.Choice(help=True)),
        (("--quick", "--help"), choices.Choice(quick=True, help=True)),
    ],
)
def test_its_own_words_are_told_from_those_of_pytest(
    words: tuple[str, ...], choice: choices.Choice
) -> None:
    assert choices.read(words) == choice


def test_help_is_printed_and_nothing_else_is_done(tmp_path: Path) -> None:
    """It used to install packages, and to set up an environment."""
    bare = copied(tmp_path / "checkout")
    before = sorted(bare.folder.rglob("*"))
    asked = run([BASE, "-B", bare.folder / "scripts" / "test", "--help"]).passed()
    assert (asked.stdout, asked.stderr) == (choices.HELP, "")
    assert sorted(bare.folder.rglob("*")) == before


@pytest.mark.skipif(os.name == "nt", reason="there is no root")
@pytest.mark.parametrize(
    ("user", "said", "may"),
    [
        (0, "true", True),
        (0, "", False),
        (0, "false", False),
        (1000, "true", False),
        (1000, "", False),
    ],
)
def test_only_root_on_a_machine_of_ci_installs_packages(
    user: int, said: str, *, may: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: user)
    assert machine.may_install({"CI": said} if said else {}) is may


@pytest.mark.parametrize(
    ("lacking", "said"),
    [
        ((), ""),
        (("uv",), "tests were skipped that need uv"),
        (("CPython 3.6", "uv", "CPython 3.12"), "CPython 3.6, uv, CPython 3.12"),
        (("CPython 3.6", "uv", "CPython 3.12"), "; to have the Pythons: pyenv install 3.6 3.12"),
    ],
)
def test_what_the_tests_lack_is_one_sentence(lacking: tuple[str, ...], said: str) -> None:
    sentence = checks._as_sentence(lacking)
    assert said in sentence
    assert bool(sentence) == bool(lacking)
