"""Warnings as errors: spip ends as `python -m pip` of that pip does, and says the same."""

from __future__ import annotations

import pytest

from relaxed_world import User, said
from support.matrix import Cell
from support.pairwise import parameters

CELLS = (
    Cell("3.6", "21.3.1"),
    Cell("3.9", "23.0.1"),
    Cell("3.10", "20.3.4"),
    Cell("3.13", "26.3"),
)
SETTINGS = ("PYTHONWARNINGS=error", "PYTHONWARNINGS=error::DeprecationWarning", "PYTHONDEVMODE=1")
WORDS = (
    "--version",
    "list",
    "check",
    "freeze --all",
    "download --no-deps --retries 0 -i https://localhost:1/simple/ demo",
)


@pytest.mark.parametrize(
    ("cell", "setting", "words"),
    parameters([CELLS, SETTINGS, WORDS], lambda cell, *_: not cell.missing),
)
def test_it_ends_and_prints_as_pip_alone(cell: Cell, setting: str, words: str, user: User) -> None:
    """It ended with 2 and a traceback: pip's `__main__` ignores a warning of its own first."""
    name, _, value = setting.partition("=")
    plain = user.pip(cell, *words.split(), **{name: value})
    ours = user.spip(cell, *words.split(), **{name: value})
    assert ours.code == plain.code, str(ours)
    assert ours.stdout == plain.stdout
    told = [line for line in ours.stderr.splitlines() if not line.startswith("spip: ")]
    if "Traceback (most recent call last)" in plain.stderr:  # 20.3.4 ends itself so
        assert told[-1] == plain.stderr.splitlines()[-1]
    else:
        assert told == plain.stderr.splitlines()
    assert bool(said(ours)) is words.startswith("download")


@pytest.mark.parametrize("word", ["env", "doctor https://localhost:1", "trust", "hook status"])
def test_spips_own_words_say_the_same_as_without(word: str, user: User) -> None:
    usual = user.spip(CELLS[1], *word.split())
    strict = user.spip(CELLS[1], *word.split(), PYTHONWARNINGS="error")
    assert strict.code == usual.code, str(strict)
    assert strict.stderr == usual.stderr
    assert "Traceback" not in strict.output
