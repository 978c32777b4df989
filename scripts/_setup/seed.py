"""Find a pip for an environment that has none: one on this machine, or the pinned one."""

from __future__ import annotations

import glob
import os
import re
import sysconfig
from typing import TYPE_CHECKING

from _setup import fetch, machine, network, pins, roots, settings
from _setup.environment import interpreter
from _setup.words import say
from spip.errors import SpipError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from _setup.record import Record

# Where package managers leave wheels for ensurepip; a Python may be told another place.
_FOLDERS = ("/usr/share/python-wheels", "/usr/share/python3-wheels")


def bring(folder: str, environ: Mapping[str, str], record: Record) -> None:
    """Install a pip into the environment in `folder`, verified. SpipError where none is to be had.

    The machine's own needs no network; one that is too old for this Python doesn't count.
    """
    if any(_took(folder, wheel, environ, record) for wheel in on_machine()):
        return
    wheel = os.path.join(folder, pins.pip().filename)
    content = _fetched(environ)
    with open(wheel, "wb") as file:
        file.write(content)
    _install(folder, wheel, environ, record)
    os.unlink(wheel)


def _took(folder: str, wheel: str, environ: Mapping[str, str], record: Record) -> bool:
    try:
        _install(folder, wheel, environ, record)
    except SpipError:
        return False
    return True


def on_machine() -> list[str]:
    """Return pip's wheels that came with this Python or a package manager, the newest first."""
    found = {path for folder in _folders() for path in glob.glob(os.path.join(folder, "pip-*.whl"))}
    return sorted(found, key=_version, reverse=True)


def _folders() -> Iterator[str]:
    yield os.path.join(sysconfig.get_path("stdlib"), "ensurepip", "_bundled")
    yield from filter(None, (sysconfig.get_config_var("WHEEL_PKG_DIR"), *_FOLDERS))


def _version(wheel: str) -> tuple[int, ...]:
    return tuple(map(int, re.findall(r"\d+", os.path.basename(wheel).split("-")[1])))


def _fetched(environ: Mapping[str, str]) -> bytes:
    said = settings.read(environ)
    found = roots.found(environ, said.get("cert"), None)
    if not found.pem and any(place.startswith("https:") for place in settings.places(said)):
        for notice in found.notices:
            say(notice)
        raise SpipError(
            "this machine has no CA certificates, so no connection to an index can be verified",
            machine.certificates(),
        )
    return fetch.fetched(pins.pip(), said, found.pem)


def _install(folder: str, wheel: str, environ: Mapping[str, str], record: Record) -> None:
    """Let the pip in the wheel install itself; no setting of the user's has a say in that."""
    plain = {k: v for k, v in network.cleaned(environ).items() if not k.startswith("PIP_")}
    words = ["install", "--no-index", "--no-deps", "--no-cache-dir", wheel]
    argv = [interpreter(folder), os.path.join(wheel, "pip"), *words]
    record.run(argv, {**plain, "PIP_CONFIG_FILE": os.devnull})
