"""Left by `spip hook install --python`: where this Python runs pip, it is spip's.

Imported at each start of this Python that may be pip, so it is small. It stays what it is when
spip or pip change, does nothing once spip is gone, and prints nothing on stdout. Parses on
Python 3.6. `spip hook remove --python` takes it out.
"""

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, Dict, List, Optional, Tuple

# What a pip is imported as: 19.3 and 20.0 to current.
_MAINS = ("pip._internal.main", "pip._internal.cli.main")
# Set while spip runs pip: an old pip's isolated build starts `python .../pip` again, and whatever
# pip starts got its trust from the first one.
_GUARD = "_SPIP_RUNS_PIP"


def start():
    # type: () -> None
    """Decide by the interpreter's own arguments, and wait for pip's main if they say pip."""
    if "PIP_AUTO_COMPLETE" in os.environ or _GUARD in os.environ or not is_pip(*_arguments()):
        return
    folder = os.path.dirname(os.path.abspath(__file__))
    if os.path.isfile(os.path.join(folder, "_spip_pip.json")):
        sys.meta_path.insert(0, _Wait(folder))


def _arguments():
    # type: () -> Tuple[List[str], bool]
    """(the interpreter's arguments, whether they are complete)."""
    whole = getattr(sys, "orig_argv", None)  # 3.10
    if whole is not None:
        return whole[1:], True
    try:
        with open("/proc/self/cmdline", "rb") as file:
            return [os.fsdecode(word) for word in file.read().split(b"\0")[1:-1]], True
    except OSError:
        return list(getattr(sys, "argv", [])), False  # 3.8 and 3.9: "-m", or the script


def is_pip(arguments, complete):
    # type: (List[str], bool) -> bool
    """Whether a Python with these arguments runs pip, by the grammar of its command line.

    Not complete: the first is the script, or "-m" for a module that isn't named; then whoever
    waits for pip's main finds out.
    """
    if not complete:
        return bool(arguments) and (arguments[0] == "-m" or _is_script(arguments[0]))
    words = iter(arguments)
    for word in words:
        if word == "-" or not word.startswith("-"):
            return _is_script(word)
        if word.startswith("--"):
            if word == "--check-hash-based-pycs":
                next(words, None)
            continue
        for place, letter in enumerate(word[1:], 2):
            if letter in "cm":  # the last option: what follows is the program's
                named = word[place:] or next(words, "")
                return letter == "m" and named in ("pip", "pip.__main__")
            if letter in "WX":
                if not word[place:]:
                    next(words, None)
                break
    return False


def _is_script(path):
    # type: (str) -> bool
    """pip, pip3, pip3.12, pip.exe; a folder or a zip of that name is a pip too."""
    name = os.path.basename(path).lower()
    if name.endswith(".exe"):
        name = name[:-4]
    return name[:3] == "pip" and not name[3:].strip("0123456789.")


class _Wait(object):
    """Stands first on sys.meta_path until pip's main was imported."""

    def __init__(self, folder):
        # type: (str) -> None
        self.folder = folder

    def find_spec(self, fullname, path=None, target=None):
        # type: (str, Any, Any) -> Any
        """Pip's main, from where it would come, with an act that follows its import."""
        if fullname not in _MAINS:
            return None
        sys.meta_path.remove(self)
        from importlib.machinery import PathFinder

        spec = PathFinder.find_spec(fullname, path, target)
        if spec is not None and spec.loader is not None:
            run_module = spec.loader.exec_module

            def exec_module(module):
                # type: (Any) -> None
                run_module(module)
                self.take_over(module)

            spec.loader.exec_module = exec_module  # type: ignore[method-assign]
        return spec

    def take_over(self, module):
        # type: (Any) -> None
        """Put spip's main in the place of pip's; pip's own stays where that can't be done."""
        own = {name: getattr(module, name) for name in ("main", "cli") if hasattr(module, name)}

        def main(*arguments):
            # type: (*Any) -> Any
            for name, function in own.items():
                setattr(module, name, function)
            if arguments and arguments[0] is not None:
                return own["main"](*arguments)
            ready = _ready(self.folder)
            return ready() if ready else own.get("cli", own["main"])()

        for name in own:
            setattr(module, name, main)


def _ready(folder):
    # type: (str) -> Optional[Callable[[], Any]]
    """spip's way to run pip, or None once spip is gone."""
    import json
    import subprocess

    try:
        with open(os.path.join(folder, "_spip_pip.json"), "rb") as file:
            ask, needs = json.loads(file.read().decode("utf-8"))
        if not all(os.path.exists(path) for path in needs):
            return None
        # PYTHONHOME and PYTHONPATH are meant for this Python; the command has -I.
        environ = dict(os.environ)
        environ.pop("__PYVENV_LAUNCHER__", None)
        said = subprocess.check_output(ask, env=environ, stdin=subprocess.DEVNULL)
        plan = json.loads(said.decode("ascii"))
        sys.meta_path.insert(0, _Places(plan["names"]))
        from spip.bridge.home import Home
        from spip.bridge.run import run
    except Exception as error:  # noqa: BLE001  # whatever is wrong with spip, pip runs
        sys.stderr.write("spip: can't run here (%s); pip goes on alone\n" % (error,))
        return None
    os.environ[_GUARD] = "1"
    return lambda: run(plan, Home(plan["home"]))


class _Places(object):
    """Finds exactly these modules, and knows of no distributions."""

    def __init__(self, names):
        # type: (Dict[str, Optional[str]]) -> None
        self.names = names

    def find_spec(self, fullname, path=None, target=None):  # noqa: ARG002  # importlib passes it
        # type: (str, Any, Any) -> Any
        """Where the module is, or None."""
        place = self.names.get(fullname)
        if place is None:
            return None
        from importlib.machinery import PathFinder

        return PathFinder.find_spec(fullname, [place], target)
