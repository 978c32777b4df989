"""Every script ends on Ctrl-C as a program does: at once, without a traceback."""

from __future__ import annotations

import os
import signal
import sys

import pytest

from support.run import run
from support.wheelhouse import CHECKOUT

if sys.platform == "win32":
    pytest.skip("Ctrl-C as POSIX has it", allow_module_level=True)

PATH = os.pathsep.join(str(CHECKOUT / name) for name in ("scripts", "src", "tests"))
# The desk, and what it waits in when somebody presses Ctrl-C.
DESKS = {
    "spip": ("_setup.build.ready", "_setup.desk.spip"),
    "test": ("_setup.checks.announce", "_setup.desk.test"),
    "bench": ("_setup.build.ready", "_bench.desk.bench"),
    "gauntlet": ("_setup.build.ready", "_gauntlet.desk.gauntlet"),
    "machines": ("_machines.desk._see_to_means", "_machines.desk.machines"),
    "mutate": ("_setup.build.ready", "_mutate.desk.mutate"),
    "site": ("_setup.build.ready", "_site.desk.site"),
    "release": ("_zipapp.pins.wheels", "_release.desk.release"),
    "build_zipapp": ("_zipapp.pins.wheels", "_zipapp.desk.main"),
}
WORDS = {
    "release": ["--as-it-is", "--out", "out", "--wheels", "wheels"],
    "build_zipapp": ["--out", "out", "--wheels", "wheels"],
}
CODE = """
import importlib, sys
from _setup import environment

def interrupted(*_):
    raise KeyboardInterrupt

def named(name):
    module, _, attribute = name.rpartition(".")
    return importlib.import_module(module), attribute

environment.is_ready = lambda _: False
setattr(*named(sys.argv[1]), interrupted)
sys.exit(getattr(*named(sys.argv[2]))(sys.argv[3:]))
"""


def test_no_script_is_left_out() -> None:
    scripts = {path.name for path in (CHECKOUT / "scripts").iterdir() if path.is_file()}
    assert set(DESKS) == scripts


@pytest.mark.parametrize("name", DESKS)
def test_ctrl_c_ends_it_without_a_traceback(name: str) -> None:
    """It once was a traceback, in all but two of them."""
    argv = [sys.executable, "-B", "-c", CODE, *DESKS[name], *WORDS.get(name, [])]
    ended = run(argv, env={"PYTHONPATH": PATH})
    assert ended.code == -signal.SIGINT, str(ended)
    assert ended.output == ""


def test_a_program_that_ctrl_c_ended_ends_the_script_as_well() -> None:
    code = (
        "from _setup import child, ending\n"
        "kill = ['/bin/sh', '-c', 'kill -INT $$; sleep 5']\n"
        "ending.ended(lambda: child.call(kill, {'PATH': '/usr/bin:/bin'}))"
    )
    ended = run([sys.executable, "-B", "-c", code], env={"PYTHONPATH": PATH})
    assert ended.code == -signal.SIGINT, str(ended)
