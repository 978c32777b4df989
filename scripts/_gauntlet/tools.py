"""The columns: each tool, and the command by which it installs one thing into a folder."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from _gauntlet import peer
from support.environments import (
    Environment,
    current_environment,
    distribution,
    environment,
    find_uv,
    uv_environment,
    with_spip,
)
from support.interpreters import interpreter
from support.wheelhouse import pip_wheel

if TYPE_CHECKING:
    from _gauntlet.scene import Scene


@dataclass(frozen=True)
class Target:
    """A Python to install for. `env` is None where it is none that a virtual environment holds."""

    python: Path
    pip: tuple[str, ...]
    env: Environment | None


@dataclass(frozen=True)
class Command:
    """A command and the variables that it gets beside the scene's."""

    argv: list[str]
    env: Mapping[str, str]


Tool = Callable[[Target, "Scene", Path], Command]


def target(python: str, pip: str, folder: Path) -> Target:
    """Return the Python that a row names; LookupError says what this machine lacks."""
    if python == "distribution":
        made = distribution()
        return Target(made.python, tuple(made.pip()), made)
    if python == "2.7":
        path = interpreter(python).path
        return Target(path, (str(path), str(pip_wheel(pip) / "pip")), None)
    if pip == "no ssl":
        made = environment(python, "26.3").without_ssl(folder / "no-ssl")
    elif pip == "none":
        made = uv_environment(python) if python == "3.13" else environment(python, None)
    else:
        made = environment(python, pip)
    return Target(made.python, tuple(made.pip()), made)


def _pip(found: Target, scene: Scene, folder: Path, *more: str) -> Command:
    return Command([*found.pip, *_words(scene, folder), *more], {})


def _with_cert(found: Target, scene: Scene, folder: Path) -> Command:
    return _pip(found, scene, folder, "--cert", str(scene.root))


def _trusting(found: Target, scene: Scene, folder: Path) -> Command:
    host = scene.index.split("/")[2]
    return _pip(found, scene, folder, "--trusted-host", host)


def _peer(found: Target, scene: Scene, folder: Path) -> Command:
    if not found.env:
        raise LookupError("it can't be installed for that Python")
    holding = peer.beside(found.env, folder / "peer")
    return Command([*holding.pip(), *_words(scene, folder)], {})


def _uv(found: Target, scene: Scene, folder: Path, *more: str) -> Command:
    where = ["--no-config", "--no-cache", "--default-index", scene.index, *more]
    which = ["--python", str(found.python), "--target", str(folder / "to"), "--no-deps"]
    return Command([find_uv(), "pip", "install", *where, *which, scene.what], _UV)


def _spip(found: Target, scene: Scene, folder: Path) -> Command:
    words = _words(scene, folder)
    beside = _holding_spip(found)
    if beside:
        return Command(beside.spip(*words), {})
    # It lives elsewhere, as pipx would have it.
    home = with_spip(current_environment())
    return Command(home.spip(*words), {"SPIP_PYTHON": str(found.python)})


def _holding_spip(found: Target) -> Environment | None:
    """Return the target with spip in it; None where it can't hold it."""
    if not found.env or not found.env.is_venv or not found.env.pip_version:
        return None
    if (found.env.site_packages / "no_ssl.pth").exists():
        return None
    try:
        return with_spip(found.env)
    except LookupError:
        return None


def _words(scene: Scene, folder: Path) -> list[str]:
    where = ["--index-url", scene.index, "--no-cache-dir", "--retries=0", *scene.pip_options]
    return ["install", *where, "--no-deps", "--target", str(folder / "to"), scene.what]


# A connection that fails is asked again by all of them; that changes nothing here, but the time.
_UV = {"UV_HTTP_RETRIES": "0", "UV_PYTHON_DOWNLOADS": "never"}
UNVERIFIED = "pip --trusted-host"
TOOLS: dict[str, Tool] = {
    "spip": _spip,
    "pip": _pip,
    "pip --cert": _with_cert,
    UNVERIFIED: _trusting,
    peer.NAME: _peer,
    "uv": _uv,
    "uv --system-certs": lambda t, s, f: _uv(t, s, f, "--system-certs"),
}
