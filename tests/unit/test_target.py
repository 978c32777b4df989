"""Which interpreter a pip command acts on: each rule, on folders that look like the real ones."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import pytest

from spip import run as spip_run
from spip.errors import SpipError
from spip.target import Home, Target, resolve

pytestmark = pytest.mark.skipif(os.name == "nt", reason="the folders are made as POSIX has them")


def environment(folder: Path, *, python: str = sys.executable) -> Path:
    """A folder that looks like a virtual environment of `python`."""
    (folder / "bin").mkdir(parents=True)
    (folder / "pyvenv.cfg").write_text("home = /nowhere\n")
    (folder / "bin" / "python").symlink_to(python)
    (folder / "bin" / "python3").symlink_to("python")
    return folder


def home_in(folder: Path) -> Home:
    return Home(str(folder / "bin" / "python"), str(folder), "/usr")


@pytest.fixture
def system() -> Home:
    """spip installed for a plain interpreter, as a user install is."""
    return Home(os.path.realpath(sys.executable), "/usr", "/usr")


@pytest.fixture
def venv(tmp_path: Path) -> Path:
    return environment(tmp_path / "venv")


def activated(
    prefix: Path, variable: str = "VIRTUAL_ENV", after: str = "/usr/bin"
) -> dict[str, str]:
    return {variable: str(prefix), "PATH": f"{prefix}/bin{os.pathsep}{after}"}


def test_an_active_environment_is_the_target_of_a_spip_installed_elsewhere(
    venv: Path, system: Home
) -> None:
    target = resolve(activated(venv), system, by_module=False)
    assert (target.python, target.rule) == (str(venv / "bin" / "python"), "VIRTUAL_ENV")


def test_spip_python_wins_over_everything(tmp_path: Path, venv: Path) -> None:
    other = environment(tmp_path / "other")
    environ = {**activated(venv), "SPIP_PYTHON": str(other / "bin" / "python")}
    target = resolve(environ, home_in(venv), by_module=True)
    assert (target.python, target.rule) == (str(other / "bin" / "python"), "SPIP_PYTHON")


@pytest.mark.parametrize("spelling", ["{0}/other", "{0}/other/bin/python3", "python3"])
def test_spip_python_may_be_a_folder_a_path_or_a_name(tmp_path: Path, spelling: str) -> None:
    other = environment(tmp_path / "other")
    environ = {"SPIP_PYTHON": spelling.format(tmp_path), "PATH": f"{other}/bin"}
    target = resolve(environ, home_in(tmp_path), by_module=False)
    assert target.python is not None
    assert os.path.dirname(target.python) == f"{other}/bin"


def test_a_name_is_never_found_in_the_current_folder(
    tmp_path: Path, system: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A repository with a folder `python3` had its `python3/bin/python` run by each hook."""
    environment(tmp_path / "here" / "python3")
    plain = environment(tmp_path / "plain")
    monkeypatch.chdir(tmp_path / "here")
    environ = {"SPIP_PYTHON": "python3", "PATH": f"{plain}/bin"}
    assert resolve(environ, system, by_module=False).python == f"{plain}/bin/python3"
    with pytest.raises(SpipError, match="looked for each folder on PATH") as caught:
        resolve({**environ, "PATH": "/nowhere"}, system, by_module=False)
    assert caught.value.hint.endswith("  ./python3")
    environ["SPIP_PYTHON"] = "./python3"
    assert resolve(environ, system, by_module=False).python == "./python3/bin/python"


def test_spip_python_that_is_home_needs_no_handover(venv: Path) -> None:
    environ = {"SPIP_PYTHON": str(venv)}
    assert resolve(environ, home_in(venv), by_module=False).python is None


def test_two_environments_of_one_python_are_not_mistaken_for_each_other(
    tmp_path: Path, venv: Path
) -> None:
    other = environment(tmp_path / "other")
    environ = {"SPIP_PYTHON": str(other)}
    assert resolve(environ, home_in(venv), by_module=False).python is not None


def test_started_as_a_module_acts_on_that_python(tmp_path: Path, venv: Path) -> None:
    other = environment(tmp_path / "other")
    target = resolve(activated(other), home_in(venv), by_module=True)
    assert (target.python, target.rule) == (None, "the Python that runs spip")


def test_an_environments_own_spip_acts_on_it_whatever_is_active(tmp_path: Path, venv: Path) -> None:
    other = environment(tmp_path / "other")
    target = resolve(activated(other), home_in(venv), by_module=False)
    assert (target.python, target.rule) == (None, "spip's own environment")


@pytest.mark.parametrize("marker", ["pipx_metadata.json", "uv-receipt.toml", "../../CACHEDIR.TAG"])
def test_an_application_environment_is_never_the_target_of_itself(
    tmp_path: Path, venv: Path, marker: str
) -> None:
    application = environment(tmp_path / "cache" / "archive-v0" / "spip")
    (application / marker).resolve().touch()
    target = resolve(activated(venv), home_in(application), by_module=False)
    assert (target.python, target.rule) == (str(venv / "bin" / "python"), "VIRTUAL_ENV")


def test_an_environment_that_tox_or_nox_made_is_no_application(tmp_path: Path) -> None:
    made = environment(tmp_path / ".tox" / "py311")
    (tmp_path / ".tox" / "CACHEDIR.TAG").touch()
    target = resolve(activated(made), home_in(made), by_module=False)
    assert (target.python, target.rule) == (None, "spip's own environment")


def test_an_application_environment_that_is_itself_active_gives_way_to_path(tmp_path: Path) -> None:
    application = environment(tmp_path / "uvx")
    (application / "uv-receipt.toml").touch()
    plain = environment(tmp_path / "plain")
    environ = activated(application, after=f"{plain}/bin")
    target = resolve(environ, home_in(application), by_module=False)
    assert (target.python, target.rule) == (f"{plain}/bin/python3", "first Python on PATH")
    assert not target.notices


def test_without_any_python_on_path_an_application_environment_acts_on_itself(
    tmp_path: Path,
) -> None:
    application = environment(tmp_path / "spip")
    (application / "pipx_metadata.json").touch()
    assert resolve({"PATH": "/nowhere"}, home_in(application), by_module=False).python is None


@pytest.mark.parametrize(
    ("first", "second", "rule"),
    [("conda", "venv", "CONDA_PREFIX"), ("venv", "conda", "VIRTUAL_ENV")],
)
def test_of_conda_and_venv_the_one_that_comes_first_on_path_counts(
    tmp_path: Path, system: Home, first: str, second: str, rule: str
) -> None:
    for name in (first, second):
        environment(tmp_path / name)
    environ = {
        "VIRTUAL_ENV": f"{tmp_path}/venv",
        "CONDA_PREFIX": f"{tmp_path}/conda",
        "PATH": f"{tmp_path}/{first}/bin:{tmp_path}/{second}/bin:/usr/bin",
    }
    target = resolve(environ, system, by_module=False)
    assert (target.rule, target.notices) == (rule, ())


def test_a_stale_virtual_env_is_passed_over_with_a_notice(tmp_path: Path, system: Home) -> None:
    environ = activated(tmp_path / "gone")
    target = resolve(environ, system, by_module=False)
    assert target.python is None
    assert target.notices == (f"VIRTUAL_ENV names {tmp_path}/gone, which is gone: passed over",)


def test_an_environment_that_is_not_on_path_is_passed_over_with_a_notice(
    venv: Path, system: Home
) -> None:
    target = resolve({"VIRTUAL_ENV": str(venv), "PATH": "/usr/bin"}, system, by_module=False)
    assert target.python is None
    assert "is not on PATH" in target.notices[0]


def test_a_folder_without_python_is_passed_over_with_a_notice(tmp_path: Path, system: Home) -> None:
    (tmp_path / "empty" / "bin").mkdir(parents=True)
    target = resolve(activated(tmp_path / "empty"), system, by_module=False)
    assert target.python is None
    assert "has no Python" in target.notices[0]


def test_a_broken_environment_stops_with_the_python_it_lost(tmp_path: Path, system: Home) -> None:
    broken = environment(tmp_path / "broken", python=str(tmp_path / "python3.9"))
    with pytest.raises(SpipError, match=r"broken environment.*python3\.9, which is gone") as caught:
        resolve(activated(broken), system, by_module=False)
    assert f'python3 -m venv --clear "{broken}"' in caught.value.hint
    with pytest.raises(
        SpipError, match=r"broken environment.*python3\.9, which is gone"
    ) as by_path:
        resolve({"SPIP_PYTHON": str(broken / "bin" / "python")}, system, by_module=False)
    assert by_path.value.hint == caught.value.hint


@pytest.mark.parametrize("value", ["/nowhere/python3", "python3.99"])
def test_a_spip_python_that_does_not_exist_says_where_it_was_looked_for(
    value: str, system: Home
) -> None:
    with pytest.raises(SpipError, match=r"does not exist \(looked for") as caught:
        resolve({"SPIP_PYTHON": value, "PATH": "/usr/bin"}, system, by_module=False)
    assert caught.value.exit_code == 1
    assert "SPIP_PYTHON" in caught.value.hint


@pytest.mark.parametrize("name", ["cat", "true"])
def test_a_spip_python_that_is_another_program_is_refused(name: str, system: Home) -> None:
    program = shutil.which(name, path="/usr/bin:/bin")
    assert program is not None
    with pytest.raises(SpipError, match="is not a Python"):
        resolve({"SPIP_PYTHON": program}, system, by_module=False)


def test_a_file_that_cannot_be_run_is_not_a_python(tmp_path: Path, system: Home) -> None:
    (tmp_path / "python3").write_text("#!/bin/sh\n")
    (tmp_path / "python3").chmod(0o644)
    with pytest.raises(SpipError, match="is not a Python"):
        resolve({"SPIP_PYTHON": str(tmp_path / "python3")}, system, by_module=False)


def test_a_program_under_another_name_is_asked_whether_it_is_a_python(
    tmp_path: Path, system: Home
) -> None:
    other = tmp_path / "python3-config"
    other.write_text("#!/bin/sh\necho usage\n")
    other.chmod(0o755)
    with pytest.raises(SpipError, match="is not a Python"):
        resolve({"SPIP_PYTHON": str(other)}, system, by_module=False)
    renamed = tmp_path / "snake"
    renamed.symlink_to(sys.executable)
    target = resolve({"SPIP_PYTHON": str(renamed)}, system, by_module=False)
    assert target.rule == "SPIP_PYTHON"


def test_without_anything_active_the_python_that_has_spip_is_the_target(system: Home) -> None:
    target = resolve({"PATH": "/usr/bin"}, system, by_module=False)
    assert (target.python, target.rule) == (None, "the Python that spip is installed in")


def test_nothing_is_read_from_the_real_environment(
    venv: Path, system: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SPIP_PYTHON", str(venv))
    assert resolve({"PATH": "/usr/bin"}, system, by_module=False).python is None


@pytest.mark.parametrize(
    ("words", "environ", "told"),
    [
        (["--python", "u1", "list"], {}, "u1 (pip's --python), by the pip for home"),
        (["-q", "--proxy", "p", "--py=u1", "list"], {}, "u1 (pip's --python), by the pip for home"),
        (["list"], {"PIP_PYTHON": "u2"}, "u2 (PIP_PYTHON), by the pip for home"),
        (["--isolated", "list"], {"PIP_PYTHON": "u2"}, "home (any rule)"),
        (["install", "--python-version", "3.9", "x"], {}, "home (any rule)"),
        (["--proxy", "--python", "list"], {}, "home (any rule)"),
        ([], {}, "home (any rule)"),
    ],
)
def test_the_target_that_is_shown_is_the_one_that_pip_goes_on_to(
    words: list[str], environ: dict[str, str], told: str
) -> None:
    """SPIP_DEBUG named the interpreter whose pip only hands over."""
    assert spip_run._acted_on(Target("home", "any rule"), words, environ) == told
