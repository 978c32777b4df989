"""The instructions that a command's processor runs: a number that no busy machine moves."""

from __future__ import annotations

import os
import re
import shutil
import sys
import tempfile
from typing import TYPE_CHECKING

from support.lacking import lacking
from support.run import run

if TYPE_CHECKING:
    from collections.abc import Sequence


def instructions(argv: Sequence[str | os.PathLike[str]]) -> int:
    """Count what a command of Python's takes, once its modules are compiled."""
    if not shutil.which("valgrind"):
        lacking("no valgrind, which counts instructions", installable=sys.platform == "linux")
    env = {"PYTHONHASHSEED": "0"}
    run(argv, env=env).passed()
    with tempfile.TemporaryDirectory() as folder:
        counter = ["valgrind", "--tool=callgrind", f"--callgrind-out-file={folder}/out"]
        said = run([*counter, *argv], env=env).passed().stderr
    found = re.search(r"Collected : (\d+)", said)
    assert found, said
    return int(found[1])
