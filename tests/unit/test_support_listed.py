"""The files of the checkout are the same ones with git, without it, and in an archive."""

from __future__ import annotations

from pathlib import Path

import pytest

from support import listed
from support.wheelhouse import CHECKOUT


def test_without_git_the_same_files_are_listed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    known = listed.listed()
    monkeypatch.setenv("PATH", str(tmp_path))
    assert sorted(listed.listed()) == sorted(known)
    assert "scripts/test" in known


def test_what_a_run_leaves_behind_is_none_of_them(tmp_path: Path) -> None:
    (tmp_path / ".gitignore").write_text(".cache/\n*.pyc\n")
    for name in (".cache/a", "src/a.pyc", ".git/config", "src/a.py", "scripts/test"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    assert listed.unpacked(tmp_path) == [".gitignore", "scripts/test", "src/a.py"]
    assert set(listed.unpacked(CHECKOUT)) >= set(listed.listed(untracked=False))
