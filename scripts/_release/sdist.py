"""spip's source distribution."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile

from _setup import environment as env
from _setup import network
from spip.errors import SpipError

_BUILD = (
    "import sys; sys.path.insert(0, sys.argv[1]); "
    "from flit_core.buildapi import build_sdist; build_sdist(sys.argv[2])"
)


def made(flit_core: str) -> dict[str, bytes]:
    """Return its name and content. `flit_core` is the path of its wheel."""
    with tempfile.TemporaryDirectory(prefix="spip-") as folder:
        environ = {**network.cleaned(os.environ), "SOURCE_DATE_EPOCH": "315532800"}
        argv = [sys.executable, "-I", "-B", "-c", _BUILD, flit_core, folder]
        done = subprocess.run(
            argv, cwd=env.CHECKOUT, env=environ, capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise SpipError(f"the source distribution could not be built:\n{done.stderr}")
        (name,) = os.listdir(folder)
        with open(os.path.join(folder, name), "rb") as file:
            return {name: file.read()}
