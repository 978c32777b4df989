"""Build spip's own wheel from the files of this checkout."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import tempfile
from typing import TYPE_CHECKING

from _setup import environment as env
from _setup import network
from _zipapp import archive
from spip.errors import SpipError

if TYPE_CHECKING:
    from collections.abc import Iterator

_BUILD = (
    "import sys; sys.path[:0] = [sys.argv[1], 'scripts/_build']; "
    "import backend; getattr(backend, sys.argv[3])(sys.argv[2])"
)


def wheel(flit_core: str) -> tuple[str, dict[str, bytes]]:
    """Return the name of spip's wheel, and its members. `flit_core` is the path of its wheel."""
    with built(flit_core, "build_wheel") as path:
        return os.path.basename(path), archive.members(path)


@contextlib.contextmanager
def built(flit_core: str, hook: str) -> Iterator[str]:
    """Run that hook of the build backend; yield the path of what it made. Raises SpipError."""
    with tempfile.TemporaryDirectory(prefix="spip-") as folder:
        # 1980, where zip's time begins; not that it matters to a wheel, which is packed anew.
        environ = {**network.cleaned(os.environ), "SOURCE_DATE_EPOCH": "315532800"}
        argv = [sys.executable, "-I", "-B", "-c", _BUILD, flit_core, folder, hook]
        done = subprocess.run(
            argv, cwd=env.CHECKOUT, env=environ, capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise SpipError(f"{hook} of spip's own build failed:\n{done.stderr}")
        (name,) = os.listdir(folder)
        yield os.path.join(folder, name)
