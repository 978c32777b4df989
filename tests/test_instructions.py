"""The hot path in instructions that the processor runs: a number that no noise moves."""

from __future__ import annotations

import re
import shutil
import sys
from pathlib import Path

import pytest

from support.environments import Environment, environment, with_spip
from support.lacking import lacking
from support.run import run

# spip's instructions beside pip's, measured with callgrind and a fixed hash seed; two runs differ
# by a millionth. It is below 1 because the collector of cycles looks rarely (`bridge.collector`).
# What makes one of these rise has to earn it: change the number with the code, and say why.
MEASURED = {"list": 0.929}  # CPython 3.13, pip 26.3
_ROOM = 0.03  # other releases of one Python, another processor's C library


@pytest.mark.parametrize("word", MEASURED)
def test_the_way_to_pip_costs_no_more_instructions_than_before(word: str, tmp_path: Path) -> None:
    if not shutil.which("valgrind"):
        lacking("no valgrind, which counts instructions", installable=sys.platform == "linux")
    held = with_spip(environment("3.13", "26.3"))
    ours, theirs = (instructions(held, name, word, tmp_path) for name in ("spip", "pip"))
    assert ours / theirs <= MEASURED[word] + _ROOM


def instructions(held: Environment, script: str, word: str, folder: Path) -> int:
    """Count what a console script's run takes, once its modules are compiled."""
    argv = [str(held.python), str(held.scripts / script), word]
    env = {"PYTHONHASHSEED": "0"}
    run(argv, env=env).passed()
    counted = ["valgrind", "--tool=callgrind", f"--callgrind-out-file={folder / 'out'}", *argv]
    said = run(counted, env=env).passed().stderr
    found = re.search(r"Collected : (\d+)", said)
    assert found, said
    return int(found[1])
