"""How spip is started from anywhere: the words that go into shell code."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass

from spip import invocation, single_file
from spip.errors import SpipError
from spip.hooks import lasting


@dataclass(frozen=True)
class Program:
    """The words that start spip, absolute, and the file without which they mean nothing."""

    words: tuple[str, ...]
    file: str


def this() -> Program:
    """The spip that runs now.

    Raises SpipError where it can't be started from every folder, or where others could put theirs
    in its place.
    """
    typed = invocation.beginning(sys.orig_argv)
    if single_file.running is not None:
        archive = os.path.abspath(single_file.running.archive)
        lasting.see_to(archive, python=sys.executable)
        return Program((sys.executable, archive), archive)
    script = os.path.abspath(typed[-1])
    if not os.path.isfile(script) or script == sys.executable or script.endswith("__main__.py"):
        return beside_this()
    return _of_script(script)


def beside_this() -> Program:
    """The spip of the interpreter that runs now, for whom spip is a library. Raises SpipError."""
    return _of_script(_beside(os.path.dirname(sys.executable)))


def _of_script(script: str) -> Program:
    lasting.see_to(script, os.path.abspath(__file__), python=sys.executable)
    return Program((script,), script)


def _beside(folder: str) -> str:
    """`python -m spip` would look for spip in the folder that the shell is in first."""
    script = os.path.join(folder, "spip.exe" if os.name == "nt" else "spip")
    if not os.path.isfile(script):
        raise SpipError(
            f"a hook needs the spip command itself, and there is none in {folder}",
            "install spip-shim (pipx install spip-shim), then:  spip hook install",
        )
    return script
