"""Build an environment of the checkout beside its place, and move it there once it is complete."""

from __future__ import annotations

import importlib.util
import os
import shutil
import sys
from typing import TYPE_CHECKING

from _setup import environment as env
from _setup import lock, network, pip, relocate, seed
from _setup.record import FinalError, Record
from _setup.words import say
from spip.errors import SpipError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from _setup.environment import Environment


def ready(environment: Environment, environ: Mapping[str, str]) -> None:
    """Build it unless it stands, here or by another command that was first.

    SpipError where that can't be done; then what stood there before still stands.
    """
    if env.is_ready(environment):
        return
    _see_to_path()
    name = os.path.relpath(environment.folder, env.CHECKOUT)
    record = os.path.join(env.CHECKOUT, ".cache", f"set-up-of-{os.path.basename(name)}")
    waiting = f"{name} is being set up by another command; waiting for it"
    try:
        with lock.held(record + ".lock", lambda: say(waiting)) as descriptor:
            _recover(environment)
            if not env.is_ready(environment):
                _build(environment, environ, Record(record + ".log", name, descriptor))
    except OSError as error:
        raise SpipError(
            f"{name} could not be set up: {error}",
            f"see that {env.CHECKOUT} is yours to write to and has room, then run this again",
        ) from error


def _see_to_path() -> None:
    if len(env.CHECKOUT.splitlines()) > 1:
        # pyvenv.cfg, each program's first line and pip's own answers end at it.
        raise SpipError(
            f"there is a line break in the path of this checkout: {env.CHECKOUT!a}",
            "move it to a folder without one, then run this again",
        )


def _recover(environment: Environment) -> None:
    """Undo what a set-up left that was killed: at any moment, one of the two is complete."""
    if not os.path.lexists(environment.folder) and os.path.isdir(environment.outgoing):
        os.rename(environment.outgoing, environment.folder)
    for folder in (environment.aside, environment.outgoing):
        if os.path.lexists(folder):
            shutil.rmtree(folder)


def _build(environment: Environment, environ: Mapping[str, str], record: Record) -> None:
    aside = environment.aside
    workplace = os.path.join(aside, "tmp")  # the machine's own may be small
    environ = {**environ, "TMPDIR": workplace}
    try:
        os.makedirs(workplace)
        if env.can_be_updated(environment):
            say(
                f"{os.path.basename(environment.folder)}: bringing it up to date with this checkout"
            )
            shutil.copytree(environment.folder, aside, symlinks=True, dirs_exist_ok=True)
        else:
            _make(environment, environ, record)
        _install(environment, environ, record)
        shutil.rmtree(workplace)
        relocate.rewrite(aside, aside, environment.folder)
        relocate.find_by_place(aside, environment.folder)
        with open(env.stamp_file(aside), "w", encoding="utf-8") as file:
            file.write(env.stamp(environment, aside))
        _move_in(environment)
    finally:
        _recover(environment)


def _make(environment: Environment, environ: Mapping[str, str], record: Record) -> None:
    name = os.path.basename(environment.folder)
    say(f"{name}: setting it up with Python {sys.version.split()[0]}; this happens once")
    if not importlib.util.find_spec("venv"):
        raise SpipError(
            f"{sys.executable} has no module venv, which set-up needs",
            "run this with another Python 3.10 or newer",
        )
    # -I: neither the user's variables nor the current folder have a say in it. Without pip, since
    # ensurepip is missing in many a distribution's Python.
    venv = [sys.executable, "-I", "-m", "venv", "--without-pip", "--prompt", name]
    record.run([*venv, environment.aside], environ)
    seed.bring(environment.aside, environ, record)


def _install(environment: Environment, environ: Mapping[str, str], record: Record) -> None:
    """Install the project, editable, so that a change of its source takes effect at once."""
    aside = environment.aside
    configured = pip.configuration(aside, environ)
    bundle = os.path.join(aside, "set-up-roots.pem")
    trusting = pip.environment(aside, environ, configured, bundle)
    install = [env.interpreter(aside), "-m", "pip", "install"]
    if pip.version(aside) < environment.pip:
        _patiently([*install, "--upgrade", f"pip>={environment.pip_text}"], trusting, record)
    # Most of what the tests can call is never imported: what is gets compiled then.
    later = ["--no-compile"] if environment.groups else []
    _patiently([*install, *later, *environment.requirements], trusting, record)
    os.unlink(bundle)
    record.run([env.interpreter(aside), "-c", "import spip.cli, truststore"], environ)


def _patiently(argv: list[str], environ: Mapping[str, str], record: Record) -> None:
    """Run a pip; what was refused is told at once, and what just failed is tried again."""
    if "PIP_RETRIES" in environ:
        record.run(argv, environ)
        return
    try:
        record.run(argv, network.at_once(environ))
    except FinalError:
        raise
    except SpipError:
        record.run(argv, environ)


def _move_in(environment: Environment) -> None:
    if os.path.lexists(environment.folder):
        os.rename(environment.folder, environment.outgoing)
    os.rename(environment.aside, environment.folder)
