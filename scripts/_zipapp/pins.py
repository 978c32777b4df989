"""The wheels that are pinned by version and hash: kept in a folder, fetched where they are missing.

Whatever way a file came, it counts only by its hash.
"""

from __future__ import annotations

import glob
import os
import re
from typing import TYPE_CHECKING

from _setup import build, child, network, pip
from _setup import environment as env
from _setup.pins import TRAVELLING, Pin, pins
from spip.errors import SpipError

__all__ = ["BUILDING", "TRAVELLING", "Pin", "pins", "wheels"]

if TYPE_CHECKING:
    from collections.abc import Mapping

_HERE = os.path.dirname(os.path.abspath(__file__))
BUILDING = os.path.join(_HERE, "build-requirements.txt")
# A wheel that any Python from 3.10 on takes, on any machine.
_PURE = ["--only-binary=:all:", "--python-version", "3.10", "--implementation", "py"]
_PURE += ["--abi", "none", "--platform", "any"]


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
            if pin.fits(file.read()):
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
