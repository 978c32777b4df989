"""A PEP 517 backend that runs what `fetch-commands.json` in the sdist says, then builds a wheel.

Served as a wheel of its own, beside minibackend, which does the rest. Runs on Python 3.6 and later.
Each command is a list of words and the folder to run in; "PYTHON" stands for this interpreter.
"""

import json
import subprocess
import sys
from typing import Dict, Optional  # noqa: UP035  # Python 3.6 knows nothing newer

import minibackend  # type: ignore[import-not-found]

Settings = Optional[Dict[str, str]]  # noqa: UP006, UP045  # the same

get_requires_for_build_wheel = minibackend.get_requires_for_build_wheel
prepare_metadata_for_build_wheel = minibackend.prepare_metadata_for_build_wheel


def build_wheel(
    wheel_directory: str,
    config_settings: Settings = None,
    metadata_directory: Optional[str] = None,  # noqa: UP045
) -> str:
    """Run each command; the first that fails ends the build."""
    with open("fetch-commands.json") as file:
        commands = json.load(file)
    for words, folder in commands:
        argv = [sys.executable if word == "PYTHON" else word for word in words]
        subprocess.check_call(argv, cwd=folder)
    built: str = minibackend.build_wheel(wheel_directory, config_settings, metadata_directory)
    return built
