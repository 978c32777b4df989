"""`scripts/spip` under a Python that is too old, or that lacks what set-up needs."""

from __future__ import annotations

import os
import sys
import zipfile
from pathlib import Path

import pytest

from _setup import pins
from support.checkout import BASE, Checkout, assert_one_sentence, copied, wheels_for_set_up
from support.interpreters import interpreter
from support.wheelhouse import pip_wheel

if os.name == "nt":
    pytest.skip("interpreters and package managers of POSIX", allow_module_level=True)


@pytest.fixture(scope="module")
def ready(tmp_path_factory: pytest.TempPathFactory) -> Checkout:
    """A checkout that is set up."""
    checkout = copied(tmp_path_factory.mktemp("ready") / "my checkout")
    checkout.spip("--version").passed()
    return checkout


@pytest.fixture
def bare(tmp_path: Path) -> Checkout:
    """A checkout in which nothing was ever run."""
    return copied(tmp_path / "my checkout")


def old_python(minor: str) -> Path:
    """Return an interpreter that spip doesn't run on."""
    return interpreter(minor).path


OLD = ["2.7", "3.6", "3.8", "3.9"]


@pytest.mark.parametrize("minor", OLD)
def test_an_old_python_says_so_and_goes_on_with_a_newer_one(
    ready: Checkout, tmp_path: Path, minor: str
) -> None:
    newer = tmp_path / f"python3.{sys.version_info[1]}"
    newer.symlink_to(BASE)
    result = ready.spip(
        "--version", python=old_python(minor), env={"PATH": os.fspath(tmp_path)}
    ).passed()
    assert result.stdout.startswith("pip ")
    assert result.stderr.splitlines() == [
        f"spip: Python {minor} is too old for this; going on with {newer}"
    ]


@pytest.mark.parametrize("minor", OLD)
def test_an_old_python_alone_says_what_is_needed(
    ready: Checkout, tmp_path: Path, minor: str
) -> None:
    shim = tmp_path / "python3.12"
    shim.write_text("#!/bin/sh\necho 'pyenv: python3.12: command not found' >&2\nexit 127\n")
    shim.chmod(0o755)
    result = ready.spip(
        "--version", python=old_python(minor), env={"PATH": os.fspath(tmp_path)}
    ).failed()
    assert result.code == 1
    assert result.stderr.startswith("spip: spip needs Python 3.10 or newer, and this is")
    assert len(result.stderr.splitlines()) == 1


# A Python as Debian has it: no ensurepip, and no wheel of pip's that a package manager left.
_HIDING = """
import glob, sys
find = glob.glob
glob.glob = lambda pattern, **how: [] if pattern.endswith("pip-*.whl") else find(pattern, **how)
sys.modules["ensurepip"] = None
"""


@pytest.fixture
def without_ensurepip(tmp_path: Path) -> dict[str, str]:
    """What a Python needs to lack ensurepip and all like it, where no place has a wheel of pip."""
    (tmp_path / "hiding").mkdir()
    (tmp_path / "hiding" / "sitecustomize.py").write_text(_HIDING, "utf-8")
    wheels = (file.as_uri() for file in wheels_for_set_up() if not file.name.startswith("pip-"))
    hiding = os.fspath(tmp_path / "hiding")
    return {"PYTHONPATH": hiding, "PATH": hiding, "PIP_FIND_LINKS": " ".join(wheels)}


def test_without_ensurepip_the_pinned_pip_is_brought(
    bare: Checkout, without_ensurepip: dict[str, str]
) -> None:
    """scripts/spip had asked for a package of the distribution's, and for root's rights."""
    pinned = pip_wheel(pins.pip().version).as_uri()
    links = {"PIP_FIND_LINKS": f"{without_ensurepip['PIP_FIND_LINKS']} {pinned}"}
    result = bare.spip("--version", env={**without_ensurepip, **links}).passed()
    assert result.stdout.startswith(f"pip {pins.pip().version} from {bare.venv}")
    assert not list(bare.venv.glob("*.whl"))
    bare.assert_nothing_is_left()


def test_without_any_pip_it_is_said_which_is_missing(
    bare: Checkout, without_ensurepip: dict[str, str]
) -> None:
    result = bare.spip("--version", env=without_ensurepip).failed()
    assert_one_sentence(result, pins.pip().filename)
    assert not bare.venv.exists()
    bare.assert_nothing_is_left()


def test_a_file_that_is_not_the_pinned_pip_is_never_run(
    bare: Checkout, without_ensurepip: dict[str, str], tmp_path: Path
) -> None:
    touched = tmp_path / "touched"
    false = tmp_path / pins.pip().filename
    with zipfile.ZipFile(false, "w") as archive:
        archive.writestr("pip/__main__.py", f"open({os.fspath(touched)!r}, 'w').close()")
    links = {"PIP_FIND_LINKS": f"{without_ensurepip['PIP_FIND_LINKS']} {false.as_uri()}"}
    result = bare.spip("--version", env={**without_ensurepip, **links}).failed()
    assert_one_sentence(result, "its SHA-256 differs")
    assert not touched.exists()
    assert not bare.venv.exists()
