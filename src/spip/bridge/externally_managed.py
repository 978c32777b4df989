"""A Python that its distribution keeps to itself (PEP 668): where to install instead, in one line.

pip refuses it, and names a venv command that fails where ensurepip is a package of its own.
"""

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, List

    from spip.bridge.run import Run

_MARK = "EXTERNALLY-MANAGED"


class Managed:
    """What is said once pip has refused; "" where it didn't."""

    def __init__(self, run: "Run") -> None:
        self.run = run
        self.advice = ""

    def watch(self) -> None:
        """Note when pip refuses, on such a Python; elsewhere this costs one `stat`."""
        if sys.prefix == sys.base_prefix and os.path.exists(_marker()):
            patches = self.run.patches
            patches.use("managed", patches.nicety("managed", self._note))

    def tell(self, code: "Any") -> None:
        """Say it, under pip's own lines."""
        if code and self.advice:
            sys.stdout.flush()
            self.run.say(self.advice)

    def _note(self, *_: "Any") -> None:
        # Now, since pip allows no import once it has begun to install.
        self.advice = _advice(self.run)


def _marker() -> str:
    """Where PEP 668 has it, in the library's folder; importing sysconfig would cost all of them."""
    return os.path.join(os.path.dirname(os.__file__), _MARK)


def _advice(run: "Run") -> str:
    from importlib.util import find_spec

    if "install" not in run.arguments or find_spec("venv") is None:
        return ""
    folder = _folder()
    steps = [] if os.path.exists(os.path.join(folder, "pyvenv.cfg")) else [_making(folder)]
    steps += _installing(run, folder)
    return "into an environment of your own instead:  " + " && ".join(steps)


def _folder() -> str:
    return ".venv" if os.access(os.curdir, os.W_OK) else "~/.venv"


def _making(folder: str) -> str:
    """Also where ensurepip is missing: spip brings its own pip to an environment without one."""
    from importlib.util import find_spec

    has_pip = find_spec("ensurepip") is not None
    python = _quoted([sys.executable])
    return "%s -m venv %s%s" % (python, "" if has_pip else "--without-pip ", folder)


def _installing(run: "Run", folder: str) -> "List[str]":
    """The same command for that environment; a shell of Windows sets variables in its own way."""
    if os.name == "nt":
        return []
    from spip import redact

    python = folder + "/bin/python"
    shown = redact.words(run.arguments) == run.arguments
    words = _quoted(run.arguments) if shown else "install ..."
    if run.plan["names_python"] and "SPIP_PYTHON" not in os.environ:
        return ["%s %s %s" % (python, run.plan["names_python"], words)]
    return ["SPIP_PYTHON=%s %s %s" % (python, run.plan["spip"], words)]


def _quoted(words: "List[str]") -> str:
    if os.name == "nt":
        from subprocess import list2cmdline

        return list2cmdline(words)
    from shlex import quote

    return " ".join(quote(word) for word in words)
