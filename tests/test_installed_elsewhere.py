"""spip installed for itself, as people really do it, acts on the environment they are in."""

from __future__ import annotations

import os
import shutil
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from support.environments import Environment, current_environment, environment, find_uv, with_spip
from support.interpreters import interpreter
from support.project import project_wheel
from support.run import Result, run
from support.wheelhouse import NEWEST_PIP, dependency_wheels, pip_wheel

BESIDE = Path(sys.executable).parent
SYSTEM_PATH = "/usr/bin:/bin"


@pytest.fixture(scope="module")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with spip's wheel and all that it needs: nothing comes from elsewhere."""
    folder = tmp_path_factory.mktemp("wheels")
    for wheel in (project_wheel(), pip_wheel(NEWEST_PIP), *dependency_wheels()):
        shutil.copy(wheel, folder)
    return folder


@pytest.fixture
def active() -> Environment:
    """Another environment than any that spip is installed in, with an old pip of its own."""
    return environment("3.10", "23.0.1")


@pytest.fixture
def home(tmp_path: Path) -> dict[str, str]:
    """A user's environment with the tools' folders in one place."""
    return {
        "HOME": str(tmp_path),
        "PIPX_HOME": str(tmp_path / "pipx"),
        "PIPX_BIN_DIR": str(tmp_path / "bin"),
        "PIPX_DEFAULT_PYTHON": sys.executable,
        "UV_TOOL_DIR": str(tmp_path / "uv-tools"),
        "UV_TOOL_BIN_DIR": str(tmp_path / "bin"),
        "UV_CACHE_DIR": str(tmp_path / "uv-cache"),
        "UV_NO_CONFIG": "1",
        "UV_PYTHON_DOWNLOADS": "never",
        "UV_LINK_MODE": "copy",
        "USE_EMOJI": "0",
    }


def in_active(home: dict[str, str], env: Environment) -> dict[str, str]:
    path = f"{env.scripts}:{home['HOME']}/bin:{BESIDE}:{SYSTEM_PATH}"
    return {**home, "VIRTUAL_ENV": str(env.folder), "PATH": path}


def acts_on(result: Result, env: Environment) -> None:
    assert result.code == 0, str(result)
    assert result.stdout.startswith(f"pip {env.pip_version} from {env.folder}"), str(result)
    assert "spip:" not in result.stderr


def offline(wheels: Path) -> dict[str, str]:
    """For pip, and for uv, which pipx uses where it finds it."""
    return {
        "PIP_NO_INDEX": "1",
        "PIP_FIND_LINKS": str(wheels),
        "UV_OFFLINE": "1",
        "UV_NO_INDEX": "1",
        "UV_FIND_LINKS": str(wheels),
    }


def test_pipx_install(wheels: Path, home: dict[str, str], active: Environment) -> None:
    install = [str(BESIDE / "pipx"), "install", str(next(wheels.glob("spip_shim-*")))]
    run(install, env={**home, **offline(wheels), "PATH": f"{BESIDE}:{SYSTEM_PATH}"}).passed()
    acts_on(run([f"{home['HOME']}/bin/spip", "--version"], env=in_active(home, active)), active)


def test_pipx_install_without_anything_active_takes_the_first_python_on_path(
    wheels: Path, home: dict[str, str], active: Environment
) -> None:
    install = [str(BESIDE / "pipx"), "install", str(next(wheels.glob("spip_shim-*")))]
    run(install, env={**home, **offline(wheels), "PATH": f"{BESIDE}:{SYSTEM_PATH}"}).passed()
    plain = {**home, "PATH": f"{active.scripts}:{SYSTEM_PATH}"}
    acts_on(run([f"{home['HOME']}/bin/spip", "--version"], env=plain), active)


def test_pipx_run(wheels: Path, home: dict[str, str], active: Environment) -> None:
    spec = str(next(wheels.glob("spip_shim-*")))
    words = [str(BESIDE / "pipx"), "run", "--spec", spec, "spip", "--version"]
    result = run(words, env={**in_active(home, active), **offline(wheels)})
    acts_on(replace(result, stderr=""), active)


def test_uv_tool_install(wheels: Path, home: dict[str, str], active: Environment) -> None:
    install: list[str] = [find_uv(), "tool", "install", "--python", sys.executable, "spip-shim"]
    run(install, env={**home, **offline(wheels)}).passed()
    acts_on(run([f"{home['HOME']}/bin/spip", "--version"], env=in_active(home, active)), active)


@pytest.mark.parametrize("words", [["tool", "run", "--from"], ["run", "--no-project", "--with"]])
def test_uvx_and_uv_run_with(
    wheels: Path, home: dict[str, str], active: Environment, words: list[str]
) -> None:
    argv = [find_uv(), *words, "spip-shim", "spip", "--version"]
    result = run(argv, env={**in_active(home, active), **offline(wheels)})
    acts_on(replace(result, stderr=""), active)


def test_a_user_install(wheels: Path, home: dict[str, str], active: Environment) -> None:
    python = interpreter("3.12").path
    words = ["install", "--user", "--no-index", "--find-links", str(wheels), "spip-shim"]
    base = {**home, "PYTHONUSERBASE": f"{home['HOME']}/local"}
    run([python, pip_wheel(NEWEST_PIP) / "pip", *words], env=base).passed()
    environ = {**in_active(home, active), "PYTHONUSERBASE": base["PYTHONUSERBASE"]}
    acts_on(run([f"{home['HOME']}/local/bin/spip", "--version"], env=environ), active)


@pytest.mark.parametrize("tool", ["tox", "nox"])
def test_in_an_environment_that_tox_or_nox_made(
    wheels: Path, home: dict[str, str], tmp_path: Path, tool: str
) -> None:
    install = [str(BESIDE / "pipx"), "install", str(next(wheels.glob("spip_shim-*")))]
    run(install, env={**home, **offline(wheels), "PATH": f"{BESIDE}:{SYSTEM_PATH}"}).passed()
    spip = f"{home['HOME']}/bin/spip"
    (tmp_path / "tox.ini").write_text(
        "[testenv]\nskip_install = true\nallowlist_externals = *\n"
        f"commands = {spip} --version\nskipsdist = true\n"
    )
    (tmp_path / "noxfile.py").write_text(
        "import nox\n@nox.session\ndef look(session):\n"
        f"    session.run({spip!r}, '--version', external=True)\n"
    )
    words = {"tox": ["-e", "py", "--workdir", "made"], "nox": ["--envdir", "made"]}[tool]
    result = run(
        [BESIDE / tool, *words], env={**home, "PATH": f"{BESIDE}:{SYSTEM_PATH}"}, cwd=tmp_path
    ).passed()
    assert f" from {tmp_path}{os.sep}made" in result.output


def test_sudo_with_a_kept_home_leaves_that_users_cache_alone(tmp_path: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can be somebody else's root")
    cache = tmp_path / "home" / ".cache"
    cache.mkdir(parents=True)
    for folder in (tmp_path / "home", cache):
        os.chown(folder, 1000, 1000)
    env = environment("3.8", "23.0.1")
    words = ["download", "--index-url", "https://localhost:9/simple/", "--retries=0", "demo"]
    spip = with_spip(current_environment()).spip(*words)
    run(spip, env={"HOME": str(tmp_path / "home"), "SPIP_PYTHON": str(env.python)}).refused(
        "refuses"
    )
    assert not list(cache.glob("spip*"))
