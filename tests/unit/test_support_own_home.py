"""The tests have a home of their own, and a test that uses it fails by name."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from spip import paths
from support import own_home
from support.run import run
from support.wheelhouse import CHECKOUT

WRITES = 'from pathlib import Path\n\ndef test_it():\n    Path("~/.note").expanduser().touch()\n'


def test_it_is_empty_and_nobodys() -> None:
    home = Path("~").expanduser()
    assert os.listdir(home) == []
    assert str(home) != own_home.account()


def test_an_environment_without_a_home_leads_to_it_as_well() -> None:
    assert paths.home_folder({}) == os.path.expanduser("~")


@pytest.mark.parametrize(
    ("text", "code", "said"),
    [
        ("def test_it():\n    pass\n", 0, ""),
        (WRITES, 1, "written to the home of whoever runs the tests: ['.note']"),
    ],
    ids=["nothing", "something"],
)
def test_a_run_that_leaves_something_there_fails(
    tmp_path: Path, text: str, code: int, said: str
) -> None:
    test = tmp_path / "test_one.py"
    test.write_text(text, "utf-8")
    config = os.fspath(CHECKOUT / "pyproject.toml")
    argv = [sys.executable, "-B", "-m", "pytest", "-q", "-c", config]
    result = run([*argv, "-p", "conftest", test], env={"PYTHONPATH": str(CHECKOUT / "tests")})
    assert result.code == code, str(result)
    assert said in result.stdout
