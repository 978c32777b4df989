"""The cached environments hold exactly the pip that they are named after."""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest

from support.cache import cached
from support.environments import with_spip
from support.interpreters import interpreter, interpreters
from support.matrix import MATRIX, Cell, parameters
from support.run import run
from support.wheelhouse import CHECKOUT

if TYPE_CHECKING:
    from pathlib import Path

_MAKE = """
import time
from support.cache import cached

def make(folder):
    time.sleep(0.2)
    folder.mkdir()
    print("made")

cached("key", make)
"""
CURRENT = parameters(Cell("3.13", "26.3"))


def test_names_of_cells_are_unique() -> None:
    assert len({cell.name for cell in MATRIX}) == len(MATRIX)


def test_the_running_python_is_found() -> None:
    assert ".".join(map(str, sys.version_info[:2])) in interpreters()


@pytest.mark.parametrize("cell", parameters())
def test_an_environment_has_its_own_pip_and_nothing_else(cell: Cell) -> None:
    made = cell.environment()
    if not made.is_venv and made.pip_version is None:  # Debian's has a package of its own for it
        assert "No module named pip" in run(made.pip("--version")).failed().stderr
        return
    if not made.is_venv:
        assert run(made.pip("--version")).passed().stdout.startswith(f"pip {made.pip_version}")
        return
    found = sorted(path.name for path in made.site_packages.glob("*.dist-info"))
    assert found == ([f"pip-{cell.pip}.dist-info"] if cell.pip else [])


@pytest.mark.parametrize("cell", CURRENT)
def test_a_copy_stands_alone(cell: Cell, tmp_path: Path) -> None:
    made = cell.environment()
    copy = made.copy(tmp_path / "copy")
    files = [file for file in copy.folder.rglob("*") if file.is_file() and not file.is_symlink()]
    assert {file.stat().st_nlink for file in files} == {1}  # what a test writes to is its own
    assert run([copy.scripts / "pip", "uninstall", "--yes", "pip"]).passed()
    assert run(copy.pip("--version")).failed()
    assert run(made.pip("--version")).passed()


@pytest.mark.parametrize("cell", CURRENT)
def test_an_interpreter_without_ssl_and_its_children(cell: Cell, tmp_path: Path) -> None:
    bare = cell.environment().without_ssl(tmp_path / "bare")
    code = "import subprocess, sys; sys.exit(subprocess.call([sys.executable, '-c', 'import ssl']))"
    assert "_ssl" in run([bare.python, "-I", "-c", "import ssl"]).failed().stderr
    assert "_ssl" in run([bare.python, "-c", code]).failed().stderr
    assert run(bare.pip("list")).passed()


@pytest.mark.parametrize("cell", CURRENT)
def test_spip_comes_beside_the_pip_that_is_there(cell: Cell) -> None:
    made = with_spip(cell.environment())
    listed = run(made.pip("list", "--format=freeze")).passed().stdout
    assert f"pip=={cell.pip}\n" in listed
    assert {"spip-shim", "truststore", "certifi", "rich"} <= set(listed.replace("==", "\n").split())
    assert (made.scripts / "spip").exists()
    assert "spip" not in run(cell.environment().pip("list")).passed().stdout


def test_a_half_made_environment_is_made_again(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("SPIP_TEST_CACHE", str(tmp_path))

    def stop(folder: Path) -> None:
        folder.mkdir()
        (folder / "half").touch()
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        cached("key", stop)
    folder = cached("key", lambda folder: folder.mkdir())
    assert list(folder.iterdir()) == []


def test_runs_at_the_same_time_make_an_environment_once(tmp_path: Path) -> None:
    env = {"SPIP_TEST_CACHE": str(tmp_path), "PYTHONPATH": str(CHECKOUT / "tests")}
    with ThreadPoolExecutor(3) as pool:
        runs = [pool.submit(run, [sys.executable, "-c", _MAKE], env=env) for _ in range(3)]
    assert sorted(each.result().passed().stdout for each in runs) == ["", "", "made\n"]


@pytest.mark.parametrize(
    ("environ", "optional", "skipped"),
    [
        ({}, False, ["no CPython 3.99"]),
        ({"CI": "true"}, False, []),
        ({"CI": "true"}, True, ["no CPython 3.99"]),
        ({"CI": "true", "SPIP_TEST_WITHOUT": "3.6,3.99"}, False, ["no CPython 3.99"]),
    ],
)
def test_what_is_missing_is_skipped_by_name_and_never_in_ci(
    monkeypatch: pytest.MonkeyPatch,
    environ: dict[str, str],
    optional: bool,  # noqa: FBT001 - a row of the table above
    skipped: list[str],
) -> None:
    for name in ("CI", "SPIP_TEST_WITHOUT"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    parameter: Any = parameters(Cell("3.99", "26.3", optional=optional))[0]
    assert [mark.kwargs["reason"] for mark in parameter.marks] == skipped


@pytest.mark.parametrize(
    ("environ", "ends"),
    [
        ({"CI": ""}, pytest.skip.Exception),
        ({"CI": "true"}, pytest.fail.Exception),
        ({"CI": "true", "SPIP_TEST_WITHOUT": "2.7,3.99"}, pytest.skip.Exception),
    ],
)
def test_what_is_found_to_be_missing_in_a_test_is_so_too(
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
    environ: dict[str, str],
    ends: type[BaseException],
) -> None:
    """It once was a LookupError, also where the workflow concedes that Python."""
    monkeypatch.delenv("SPIP_TEST_WITHOUT", raising=False)
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(request.node, "runtest", lambda: interpreter("3.99"))
    with pytest.raises(ends, match=r"no CPython 3\.99"):
        request.node.ihook.pytest_runtest_call(item=request.node)
