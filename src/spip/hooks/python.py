"""The hook of one Python: `python -m pip` and its console scripts `pip` run through spip.

A `.pth` beside its packages looks at the interpreter's own arguments, and only if they say pip is
anything else imported. Nothing of pip is touched, so `pip install --upgrade pip` changes nothing.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys

from spip import invocation, target
from spip.errors import SpipError
from spip.hooks import shells
from spip.hooks.install import Hook, Own
from spip.hooks.record import Bounds
from spip.standalone import helper_process, single_file

_QUESTION = (
    "import json, sys, sysconfig; "
    "print(json.dumps([sysconfig.get_paths()['purelib'], list(sys.version_info[:2])]))"
)
# `.start` takes the place of the `.pth` from Python 3.15 on (PEP 829); older ones don't know it.
_FILES = ("_spip_pip.py", "_spip_pip.pth", "_spip_pip.start")
# The bridge runs inside that Python.
_OLDEST = (3, 6)


def folder(packages: str) -> str:
    """Where the record is, in a Python's folder of packages."""
    return os.path.join(packages, "_spip_hook")


def bounds(packages: str) -> Bounds:
    """What a hook makes in a folder of packages."""
    return Bounds(packages, r"_spip_pip\.(py|pth|start|json)")


def hook(python: str) -> Hook:
    """All that it takes for one Python, as `pythons.asked_for` finds it. Raises SpipError."""
    beside = packages(python)
    written = [
        Own(os.path.join(beside, "_spip_pip.json"), _settings(), "python"),
        *(Own(os.path.join(beside, name), shells.template(name), "python") for name in _FILES),
    ]
    # The one that sets it all going comes last.
    return Hook(folder(beside), bounds(beside), tuple(written))


def packages(python: str) -> str:
    """The folder of its packages, as that Python says, which `pythons.asked_for` finds.

    Raises SpipError.
    """
    program = target.asked_for(python, os.environ, "--python")
    environ = {name: each for name, each in os.environ.items() if name != "__PYVENV_LAUNCHER__"}
    try:
        said = subprocess.run(
            [program, "-I", "-c", _QUESTION],
            env=environ,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=60,
            check=True,
        ).stdout
        folder, version = json.loads(said)
    except (OSError, ValueError, subprocess.SubprocessError) as error:
        raise SpipError(f"{program} is no Python that starts: {error}") from error
    if tuple(version) < _OLDEST:
        raise SpipError(f"{program} is Python {version[0]}.{version[1]}; spip needs 3.6 or newer")
    return str(folder)


def _settings() -> str:
    """The command that prints a plan, and the files without which spip is gone."""
    single = single_file.running
    needed = os.path.abspath(single.archive if single else __file__)
    command = [
        *helper_process.command("spip.hooks.plan_command:print_plan"),
        invocation.command_line(),
    ]
    return json.dumps([command, [sys.executable, needed]])
