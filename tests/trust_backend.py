"""A PEP 517 backend that runs what `fetch-commands.json` in the sdist says, then builds a wheel.

Served as a wheel of its own, beside minibackend, which does the rest. Runs on Python 3.6 and later.
Each command is a list of words and the folder to run in; "PYTHON" stands for this interpreter.
"""

import json
import subprocess
import sys

from minibackend import (
    build_wheel as _build_wheel,
)
from minibackend import (
    get_requires_for_build_wheel,
    prepare_metadata_for_build_wheel,
)

__all__ = ["build_wheel", "get_requires_for_build_wheel", "prepare_metadata_for_build_wheel"]


def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):  # noqa: ANN001, ANN201
    """Run each command; the first that fails ends the build."""
    with open("fetch-commands.json") as file:
        commands = json.load(file)
    for words, folder in commands:
        argv = [sys.executable if word == "PYTHON" else word for word in words]
        subprocess.check_call(argv, cwd=folder)
    return _build_wheel(wheel_directory, config_settings, metadata_directory)
