"""spip's own wheel, from the files of this checkout."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile

from _setup import environment as env
from _setup import network
from _zipapp import archive
from spip.errors import SpipError

_BUILD = (
    "import sys; sys.path.insert(0, sys.argv[1]); "
    "from flit_core.buildapi import build_wheel; build_wheel(sys.argv[2])"
)


def wheel(flit_core: str) -> tuple[str, dict[str, bytes]]:
    """Return the name of spip's wheel, and its members. `flit_core` is the path of its wheel."""
    with tempfile.TemporaryDirectory(prefix="spip-") as folder:
        # 1980, where zip's time begins; not that it matters, since it is packed anew.
        environ = {**network.cleaned(os.environ), "SOURCE_DATE_EPOCH": "315532800"}
        argv = [sys.executable, "-I", "-B", "-c", _BUILD, flit_core, folder]
        done = subprocess.run(
            argv, cwd=env.CHECKOUT, env=environ, capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise SpipError(f"spip's own wheel could not be built:\n{done.stderr}")
        (name,) = os.listdir(folder)
        return name, archive.members(os.path.join(folder, name))
