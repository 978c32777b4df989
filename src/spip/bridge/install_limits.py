"""Say what pip can't change here: an externally managed Python, and `spip.exe` while it runs."""

import os
import re
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Iterable, List

    from spip.bridge.context import Context
    from spip.bridge.patches import Patches

_MARK = "EXTERNALLY-MANAGED"
_DISTRIBUTION = "spip-shim"


class ExternallyManaged:
    """A Python that its distribution keeps to itself (PEP 668): where to install instead.

    pip refuses it, and names a venv command that fails where ensurepip is a package of its own.
    """

    def __init__(self, context: "Context", patches: "Patches") -> None:
        self.context = context
        self.patches = patches
        self.advice = ""

    def watch(self) -> None:
        """Note when pip refuses, on such a Python; elsewhere this costs one `stat`."""
        if sys.prefix == sys.base_prefix and os.path.exists(_marker()):
            self.patches.use("managed", self.patches.nicety("managed", self._note))

    def advise(self, code: "Any") -> None:
        """Say it, under pip's own lines."""
        if code and self.advice:
            sys.stdout.flush()
            self.context.say(self.advice)

    def _note(self, *_: "Any") -> None:
        # Now, since pip allows no import once it has begun to install.
        self.advice = _advice(self.context)


def _marker() -> str:
    """Where PEP 668 has it, in the library's folder; importing sysconfig would cost all of them."""
    return os.path.join(os.path.dirname(os.__file__), _MARK)


def _advice(context: "Context") -> str:
    from importlib.util import find_spec

    if "install" not in context.arguments or find_spec("venv") is None:
        return ""
    folder = _folder()
    steps = [] if os.path.exists(os.path.join(folder, "pyvenv.cfg")) else [_making(folder)]
    steps += _installing(context, folder)
    return "into an environment of your own instead:  " + " && ".join(steps)


def _folder() -> str:
    return ".venv" if os.access(os.curdir, os.W_OK) else "~/.venv"


def _making(folder: str) -> str:
    """Also where ensurepip is missing: spip brings its own pip to an environment without one."""
    from importlib.util import find_spec

    has_pip = find_spec("ensurepip") is not None
    python = _quoted([sys.executable])
    return "%s -m venv %s%s" % (python, "" if has_pip else "--without-pip ", folder)


def _installing(context: "Context", folder: str) -> "List[str]":
    """The same command for that environment; a shell of Windows sets variables in its own way."""
    if os.name == "nt":
        return []
    from spip import redact

    python = folder + "/bin/python"
    shown = redact.words(context.arguments) == context.arguments
    words = _quoted(context.arguments) if shown else "install ..."
    if context.plan["names_python"] and "SPIP_PYTHON" not in os.environ:
        return ["%s %s %s" % (python, context.plan["names_python"], words)]
    return ["SPIP_PYTHON=%s %s %s" % (python, context.plan["spip"], words)]


def _quoted(words: "List[str]") -> str:
    if os.name == "nt":
        from subprocess import list2cmdline

        return list2cmdline(words)
    from shlex import quote

    return " ".join(quote(word) for word in words)


def guard_own_program(patches: "Patches", command: str) -> None:
    """Windows can't replace a program that runs: stop before pip tries to change `spip.exe`.

    pip has the same rule for `pip.exe`, which doesn't run here; so `spip install --upgrade pip`
    works. `command` is what the user is to type instead, ready to be pasted.

    "" where the running `spip.exe` lies in another environment than the one that pip changes.
    """
    for word in ("install", "uninstall"):
        patches.use(word + ", may change pip", lambda _: _allow)
    if not command:
        return
    # Now, since pip allows no import once it has begun to install.
    from spip.bridge import stop_run

    def refuse_own(requirements: "Iterable[str]") -> None:
        """Raise pip's CommandError, which it prints with exit code 1, if spip is among them."""
        if any(map(_is_own, requirements)):
            raise stop_run.error("spip.exe can't replace itself while it runs; run:  %s" % command)

    def install(given: "Any", *_: "Any") -> None:
        names = (requirement.name or "" for requirement in given["requirements"])
        refuse_own(names)

    def uninstall(given: "Any", *_: "Any") -> None:
        refuse_own(given["args"])

    patches.use("install", patches.nicety("install", install))
    patches.use("uninstall", patches.nicety("uninstall", uninstall))


def _allow(*_: "Any", **__: "Any") -> None:
    """What pip asks before it changes itself: `pip.exe` doesn't run, so it may."""


def _is_own(requirement: str) -> bool:
    name = re.split(r"[^\w.-]", requirement.strip(), maxsplit=1)[0]
    return re.sub(r"[-_.]+", "-", name).lower() == _DISTRIBUTION
