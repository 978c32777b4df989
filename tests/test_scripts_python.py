"""`scripts/spip` under a Python that is too old, or that lacks what set-up needs."""

from __future__ import annotations

import os
import shlex
import sys
from pathlib import Path

import pytest

from support.checkout import BASE, Checkout, copied
from support.interpreters import Interpreter, distribution_python, interpreter
from support.lacking import lacking
from support.run import run

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


@pytest.fixture
def incomplete(tmp_path: Path) -> Incomplete:
    """The distribution's Python as it is without the package that brings ensurepip."""
    python = distribution_python()
    if not python or tuple(map(int, python.version.split("."))) < (3, 10):
        lacking("no distribution's Python 3.10 or newer")
    if run([python.path, "-c", "import ensurepip"]).code:
        lacking(f"{python.path} has no ensurepip")
    return Incomplete(tmp_path / "incomplete", python)


# Hides a module as if no file of it were there, until a package manager brought it.
_HIDING = """
import os
from importlib.machinery import PathFinder
find = PathFinder.find_spec
def hiding(name, *rest):
    return None if name == "ensurepip" and not os.path.exists({flag!r}) else find(name, *rest)
PathFinder.find_spec = staticmethod(hiding)
"""


class Incomplete:
    """A Python without ensurepip, and stand-ins for the programs that could bring it."""

    def __init__(self, folder: Path, python: Interpreter) -> None:
        folder.mkdir()
        self.folder = folder
        self.python = python.path
        self.package = f"python{python.minor}-venv"
        self.flag = folder / "brought"
        (folder / "sitecustomize.py").write_text(_HIDING.format(flag=os.fspath(self.flag)))

    def program(self, name: str, *lines: str) -> None:
        """Put a program on its PATH."""
        (self.folder / name).write_text("\n".join(["#!/bin/sh", *lines, ""]))
        (self.folder / name).chmod(0o755)

    @property
    def environ(self) -> dict[str, str]:
        """Variables for the script."""
        return {"PYTHONPATH": os.fspath(self.folder), "PATH": os.fspath(self.folder)}


def test_a_missing_ensurepip_is_installed_where_that_is_allowed(
    bare: Checkout, incomplete: Incomplete
) -> None:
    asked = shlex.quote(os.fspath(incomplete.folder / "asked"))
    flag = shlex.quote(os.fspath(incomplete.flag))
    incomplete.program("sudo", 'test "$1" = -n && shift && exec "$@"')
    incomplete.program("true")
    incomplete.program(
        "apt-get",
        f'echo "$@" >> {asked}',
        f'case "$1" in update) : > {asked}.lists;; esac',
        f"test -e {asked}.lists || exit 100",  # a fresh container knows no package
        f": > {flag}",
    )
    result = bare.spip("--version", python=incomplete.python, env=incomplete.environ).passed()
    install = f"install --yes --no-install-recommends {incomplete.package}"
    lines = (incomplete.folder / "asked").read_text().splitlines()
    assert lines == [install, "update", install]
    assert f"lacks ensurepip; installing {incomplete.package}" in result.stderr


def test_a_missing_ensurepip_is_named_where_it_is_not_allowed(
    bare: Checkout, incomplete: Incomplete
) -> None:
    incomplete.program("sudo", "exit 1")
    incomplete.program("apt-get", "exit 100")
    result = bare.spip("--version", python=incomplete.python, env=incomplete.environ).failed()
    assert incomplete.package in result.stderr.splitlines()[-2]
    assert f"apt-get install --yes --no-install-recommends {incomplete.package}" in result.stderr
    assert "Traceback" not in result.stderr
    assert not bare.venv.exists()


def test_without_a_package_manager_another_python_is_asked_for(
    bare: Checkout, incomplete: Incomplete
) -> None:
    result = bare.spip("--version", python=incomplete.python, env=incomplete.environ).failed()
    assert "has no venv or no ensurepip" in result.stderr
    assert not bare.venv.exists()
