"""`scripts/spip` on a bare checkout: one command that sets itself up, and nothing half done."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import zipfile
from pathlib import Path

import pytest

from support.artifacts import wheel
from support.checkout import BASE, Checkout, assert_one_sentence, copied
from support.run import end_group, run
from support.wheelhouse import CHECKOUT, NEWEST_PIP, dependency_wheels, pip_wheel

posix = pytest.mark.skipif(os.name == "nt", reason="signals and programs of POSIX")

SETTING_UP = "setting it up"
UPDATING = "bringing it up to date"
WAITING = "waiting for it"


@pytest.fixture
def bare(tmp_path: Path) -> Checkout:
    """A checkout in which nothing was ever run."""
    return copied(tmp_path / "my checkout")


@pytest.fixture(scope="module")
def ready(tmp_path_factory: pytest.TempPathFactory) -> Checkout:
    """A checkout that is set up; the tests that share it only look, or install."""
    checkout = copied(tmp_path_factory.mktemp("ready") / "my checkout")
    result = checkout.spip("--version").passed()
    assert SETTING_UP in result.stderr
    return checkout


def test_it_ends_in_the_spip_of_its_own_environment(ready: Checkout) -> None:
    result = ready.spip("--version").passed()
    assert result.stdout.startswith("pip ")
    assert os.fspath(ready.venv) in result.stdout
    ready.assert_nothing_is_left()


def test_the_second_run_sets_nothing_up(ready: Checkout) -> None:
    before = (ready.venv / "spip-set-up.txt").stat()
    result = ready.spip("--version").passed()
    assert result.stderr == ""
    assert (ready.venv / "spip-set-up.txt").stat() == before


def test_the_console_script_works_where_the_environment_ended_up(ready: Checkout) -> None:
    program = ready.scripts / "spip"
    assert run([program, "--version"]).passed().stdout.startswith("pip ")
    for file in (ready.scripts).iterdir():
        assert b".vnew" not in file.read_bytes()


def test_a_change_of_the_source_takes_effect(ready: Checkout) -> None:
    asked = run([ready.scripts / "python", "-c", "import spip; print(spip.__file__)"])
    assert Path(asked.stdout.strip()) == ready.folder / "src" / "spip" / "__init__.py"


@posix
def test_the_script_runs_by_its_own_name_and_through_a_link(
    ready: Checkout, tmp_path: Path
) -> None:
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "python3").symlink_to(BASE)
    link = tmp_path / "bin" / "spip"
    link.symlink_to(ready.folder / "scripts" / "spip")
    environ = {**ready.environ, "PATH": f"{tmp_path / 'bin'}:/usr/bin:/bin"}
    assert run([link, "--version"], env=environ).passed().stdout.startswith("pip ")


def test_arguments_and_exit_code_pass_through(ready: Checkout) -> None:
    result = ready.spip("install", "no such thing").failed()
    assert "Invalid requirement" in result.stderr
    assert result.code == 1


def test_what_changes_the_dependencies_is_noticed_and_what_was_added_stays(
    bare: Checkout, tmp_path: Path
) -> None:
    for artifact in (wheel("demo"), wheel("newdependency")):
        (tmp_path / artifact.filename).write_bytes(artifact.data)
    links = {"PIP_FIND_LINKS": f"{bare.environ['PIP_FIND_LINKS']} {tmp_path.as_uri()}"}
    bare.spip("install", "demo", env=links).passed()
    bare.edit("pyproject.toml", 'dependencies = [\n    "pip",', 'dependencies = ["newdependency",')
    bare.edit("src/spip/__init__.py", "__version__ = ", "__version__ = '9' + ")
    result = bare.spip("list", env=links).passed()
    assert UPDATING in result.stderr
    listed = dict(line.split()[:2] for line in result.stdout.splitlines())
    assert {"demo", "newdependency"} <= set(listed)
    assert listed["spip-shim"].startswith("9")
    bare.assert_nothing_is_left()


@posix
def test_an_active_environment_gets_what_is_installed(ready: Checkout, tmp_path: Path) -> None:
    (tmp_path / "active").mkdir()
    artifact = wheel("demo")
    (tmp_path / artifact.filename).write_bytes(artifact.data)
    run([BASE, "-m", "venv", "--without-pip", tmp_path / "active"]).passed()
    active = {"VIRTUAL_ENV": os.fspath(tmp_path / "active")}
    active["PATH"] = f"{tmp_path / 'active' / 'bin'}:/usr/bin:/bin"
    result = ready.spip("install", os.fspath(tmp_path / artifact.filename), env=active).passed()
    assert "no environment is active" not in result.stderr
    assert list((tmp_path / "active").glob("lib/*/site-packages/demo-*"))
    assert not list(ready.venv.glob("lib/*/site-packages/demo-*"))


def test_a_failed_update_leaves_what_stood_there(ready: Checkout) -> None:
    now, later = '    "pip",\n', '    "pip", "nowhere-to-be",\n'
    ready.edit("pyproject.toml", now, later)
    assert_one_sentence(ready.spip("--version").failed(), "nowhere-to-be")
    ready.edit("pyproject.toml", later, now)
    assert ready.spip("--version").passed().stderr == ""
    ready.assert_nothing_is_left()


def test_other_words_of_the_project_file_set_nothing_up(ready: Checkout) -> None:
    ready.edit("pyproject.toml", "line-length = 100", "line-length = 99")
    assert ready.spip("--version").passed().stderr == ""


@posix
def test_a_checkout_that_was_moved_is_set_up_at_its_new_place(
    ready: Checkout, tmp_path: Path
) -> None:
    shutil.copytree(ready.folder, tmp_path / "moved", symlinks=True)
    moved = Checkout(tmp_path / "moved", ready.environ)
    result = moved.spip("--version").passed()
    assert SETTING_UP in result.stderr
    assert os.fspath(moved.venv) in result.stdout


@posix
def test_two_at_once_share_one_set_up(bare: Checkout, tmp_path: Path) -> None:
    files = [tmp_path / "first", tmp_path / "second"]
    both = [bare.started(words) for words in files]
    assert [process.wait(120) for process in both] == [0, 0], [f.read_text() for f in files]
    said = [file.read_text().splitlines() for file in files]
    assert all(lines[-1].startswith("pip ") for lines in said)
    assert "".join(line for lines in said for line in lines).count(SETTING_UP) == 1
    bare.assert_nothing_is_left()


@posix
@pytest.mark.parametrize("point", ["bin/python", "lib/python3*/site-packages/pip/_vendor/rich"])
def test_a_kill_in_the_middle_leaves_nothing_half(bare: Checkout, point: str) -> None:
    bare.killed(point, end_group)
    assert not bare.venv.exists()
    result = bare.spip("--version").passed()
    assert SETTING_UP in result.stderr
    bare.assert_nothing_is_left()


@posix
def test_a_killed_parent_leaves_its_child_to_finish_before_the_next(bare: Checkout) -> None:
    # Once pip's files lie there, the child that unpacked them compiles them all.
    bare.killed("lib/python3*/site-packages/pip/_internal", subprocess.Popen.kill)
    result = bare.spip("--version").passed()
    assert WAITING in result.stderr
    bare.assert_nothing_is_left()


@posix
def test_ctrl_c_ends_it_as_it_ends_pip(bare: Checkout) -> None:
    code, said = bare.killed("bin/python", lambda process: os.killpg(process.pid, signal.SIGINT))
    assert code == -signal.SIGINT
    assert "Traceback" not in said
    assert not bare.venv.exists()
    bare.assert_nothing_is_left()


def test_a_kill_between_the_two_renames_is_mended(ready: Checkout) -> None:
    ready.venv.rename(ready.folder / ".vold")
    assert SETTING_UP not in ready.spip("--version").passed().stderr
    ready.assert_nothing_is_left()


def test_settings_of_where_to_install_are_for_other_commands(
    bare: Checkout, tmp_path: Path
) -> None:
    """Neither variables, nor a configuration file, nor what PYTHONPATH has in reach."""
    elsewhere = tmp_path / "elsewhere"
    found = tmp_path / "found"
    for file in dependency_wheels():
        with zipfile.ZipFile(file) as archive:
            archive.extractall(found)
    config = tmp_path / "pip.conf"
    said = "target = {0}\nroot = {0}\nprefix = {0}\nuser = true\n"
    config.write_text(
        "[install]\n" + said.format(elsewhere) + "[global]\nrequire-hashes = true\n"
        "no-index = true\nfind-links =\n    file:///nowhere\n    "
        + bare.environ["PIP_FIND_LINKS"]
        + "\n",
        "utf-8",
    )
    bare.environ.clear()  # the wheels are found by the file alone
    settings = {
        "PIP_USER": "1",
        "PIP_TARGET": os.fspath(elsewhere),
        "PIP_PREFIX": os.fspath(elsewhere),
        "PIP_ROOT": os.fspath(elsewhere),
        "PIP_PYTHON": os.fspath(elsewhere),
        "PIP_REQUIRE_HASHES": "1",
        "PIP_DRY_RUN": "1",
        "PIP_NO_DEPS": "1",
        "PIP_NO_BUILD_ISOLATION": "0",
        "PIP_CONFIG_FILE": os.fspath(config),
        "PYTHONPATH": os.fspath(found),
    }
    # What pip itself makes of them afterwards is of no interest here.
    result = bare.spip("--version", env=settings)
    assert "could not be set up" not in result.stderr
    bare.spip("check").passed()
    assert not elsewhere.exists()


def test_a_place_that_cannot_be_written_is_named(bare: Checkout) -> None:
    (bare.folder / ".cache").write_text("in the way", "utf-8")
    result = bare.spip("--version").failed()
    assert_one_sentence(result, os.fspath(bare.folder))


def test_a_wheel_that_is_missing_is_named(bare: Checkout, tmp_path: Path) -> None:
    links = f"{tmp_path.as_uri()} {pip_wheel(NEWEST_PIP).as_uri()}"  # not each Python brings a pip
    result = bare.spip("--version", env={"PIP_FIND_LINKS": links}).failed()
    assert_one_sentence(result, "flit_core")
    assert not bare.venv.exists()
    bare.assert_nothing_is_left()


@posix
def test_each_script_stands_on_its_own() -> None:
    scripts = [path for path in (CHECKOUT / "scripts").iterdir() if path.is_file()]
    assert {"spip", "test", "release"} < {path.name for path in scripts}
    for script in scripts:
        assert os.access(script, os.X_OK)
        assert script.read_text("utf-8").startswith("#!/usr/bin/env python3\n")
