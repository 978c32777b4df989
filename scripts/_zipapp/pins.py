"""The wheels that are pinned by version and hash: kept in a folder, fetched where they are missing.

Whatever way a file came, it counts only by its hash.
"""

from __future__ import annotations

import glob
import hashlib
import os
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from _setup import build, child, network, pip
from _setup import environment as env
from spip.errors import SpipError

if TYPE_CHECKING:
    from collections.abc import Mapping

_HERE = os.path.dirname(os.path.abspath(__file__))
TRAVELLING = os.path.join(_HERE, "requirements.txt")
BUILDING = os.path.join(_HERE, "build-requirements.txt")
_PIN = re.compile(r"^(?P<name>[\w.-]+)==(?P<version>\S+) --hash=sha256:(?P<sha256>[0-9a-f]{64})$")
# A wheel that any Python from 3.10 on takes, on any machine.
_PURE = ["--only-binary=:all:", "--python-version", "3.10", "--implementation", "py"]
_PURE += ["--abi", "none", "--platform", "any"]


@dataclass(frozen=True)
class Pin:
    """One line of a requirements file."""

    name: str
    version: str
    sha256: str


def pins(requirements: str) -> list[Pin]:
    """Return what a requirements file pins. SpipError for a line that pins nothing."""
    found = []
    with open(requirements, encoding="utf-8") as file:
        for line in filter(None, (line.partition("#")[0].strip() for line in file)):
            pinned = _PIN.match(line)
            if not pinned:
                raise SpipError(f"{requirements}: not NAME==VERSION --hash=sha256:...: {line}")
            found.append(Pin(**pinned.groupdict()))
    return found


def wheels(requirements: str, folder: str) -> dict[str, str]:
    """Return the path of each pinned wheel by its name; what is missing is fetched first."""
    if None in (found := _found(requirements, folder)).values():
        _fetch(requirements, folder, os.environ)
        found = _found(requirements, folder)
    for name, path in found.items():
        if path is None:
            raise SpipError(f"no file in {folder} is the {name} that {requirements} pins")
    return {name: path for name, path in found.items() if path}


def _found(requirements: str, folder: str) -> dict[str, str | None]:
    return {pin.name: _wheel(pin, folder) for pin in pins(requirements)}


def _wheel(pin: Pin, folder: str) -> str | None:
    stem = re.sub(r"[-_.]+", "_", pin.name)
    pattern = os.path.join(glob.escape(folder), f"{stem}-{pin.version}-*none-any.whl")
    for path in glob.glob(pattern):
        with open(path, "rb") as file:
            if hashlib.sha256(file.read()).hexdigest() == pin.sha256:
                return path
    return None


def _fetch(requirements: str, folder: str, environ: Mapping[str, str]) -> None:
    build.ready(env.SPIP, environ)
    download = [env.SPIP.python, "-m", "spip", "download", "--quiet", "--dest", folder, *_PURE]
    verified = ["--no-deps", "--require-hashes", "--requirement", requirements]
    if child.call([*download, *verified], _strict(environ), env.CHECKOUT):
        raise SpipError(f"what {requirements} pins could not be fetched; the lines above say why")


def _strict(environ: Mapping[str, str]) -> dict[str, str]:
    """Return variables for a pip that finds its index as usual, and relaxes nothing for it."""
    configured = pip.configuration(env.SPIP.folder, environ)
    said = {"PIP_" + option.upper().replace("-", "_"): v for option, v in configured.items()}
    return {**network.cleaned({**said, **environ}), "PIP_CONFIG_FILE": os.devnull}
