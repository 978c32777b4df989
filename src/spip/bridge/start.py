"""The first file that another interpreter runs: puts spip's names in reach, then runs pip there.

Started as `PYTHON start.py WHERE PIP-ARGUMENTS...`; WHERE says where the plan is, the JSON text
that `spip.handover` writes. Parses on Python 2.7, so that a Python that is too old says so.
"""

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict, List, NoReturn, Optional


class Names(object):
    """A finder for exactly these names; it knows of no distributions, so `list` stays as it is."""

    def __init__(self, places):
        # type: (Dict[str, Optional[str]]) -> None
        self.places = places

    def find_spec(self, fullname, path=None, target=None):  # noqa: ARG002
        # type: (str, Any, Any) -> Any
        """What importlib asks for: where the module is, or None."""
        place = self.places.get(fullname)
        if place is None:
            return None
        from importlib.machinery import PathFinder

        return PathFinder.find_spec(fullname, [place], target)


def inherited(word):
    # type: (str) -> str
    """The text that `bridge.inherited` left: an open descriptor's, or a file's on Windows."""
    with os.fdopen(int(word), "rb") if word.isdigit() else open(word, "rb") as file:
        return file.read().decode("ascii")


def _stop(message, hint):
    # type: (str, str) -> NoReturn
    sys.stderr.write("spip: %s\nspip:   next: %s\n" % (message, hint))
    sys.exit(1)


def _bringing_pip():
    # type: () -> str
    """What gives this interpreter a pip; a distribution may have taken ensurepip out."""
    try:
        import ensurepip
    except ImportError:
        return "install the package that brings its pip (Debian, Ubuntu: python3-pip)"
    return '"%s" -m ensurepip' % sys.executable


def _leave_own_folder(runner):
    # type: (Optional[str]) -> None
    # Python put this file's folder first; with -P, PYTHONSAFEPATH or -I it did not. pip's own
    # runner, started by itself, would have its folder there.
    if getattr(sys.flags, "safe_path", False) or sys.flags.isolated or not sys.path:
        return
    if os.path.realpath(sys.path[0]) == os.path.dirname(os.path.realpath(__file__)):
        sys.path[:1] = [os.path.dirname(runner)] if runner else []


def has_pip():
    # type: () -> bool
    """Whether this interpreter has a pip; what an uninstall may leave of one is none."""
    from importlib.util import find_spec

    spec = find_spec("pip")
    return spec is not None and spec.origin is not None


def _find_pip(plan, names):
    # type: (Dict[str, Any], Names) -> None
    """Leave the target's own pip as it is; where there is none, put spip's in reach.

    Of a pip that another pip started, it is that one's own copy.
    """
    if plan["folder"]:
        names.places["pip"] = plan["folder"]
    if plan["runner"] or plan["folder"] or has_pip():
        return
    oldest = plan["pip_needs"]
    if plan["pip"] is None or list(sys.version_info[:2]) < oldest:
        _stop(
            "%s has no pip, and spip's own needs Python %d.%d or newer"
            % (sys.executable, oldest[0], oldest[1]),
            _bringing_pip(),
        )
    names.places["pip"] = _unpacked(plan["pip"]) if isinstance(plan["pip"], list) else plan["pip"]


def _unpacked(single):
    # type: (List[Any]) -> str
    """Folder of the single file's own pip; `single` is what `single_file.opened` takes."""
    from spip.errors import SpipError
    from spip.standalone import carried_pip, single_file

    try:
        return carried_pip.pip(single_file.opened(*single))
    except SpipError as error:
        _stop(error.message, _bringing_pip())


def _remove_at_exit(folder):
    # type: (Optional[str]) -> None
    """Remove what was made for this run alone, where there is such a folder."""
    if folder:
        import atexit
        import shutil

        atexit.register(shutil.rmtree, folder, ignore_errors=True)


def _run(runner):
    # type: (str) -> None
    """Run pip's own runner as `PYTHON runner` does; it finds its pip, and refuses old Pythons."""
    import runpy

    runpy.run_path(runner, run_name="__main__")


def _instead_of_main(plan):
    # type: (Dict[str, Any]) -> Any
    """What is run in place of the main of the pip that is found here, None for nothing."""
    if plan.get("asks_pages"):
        from spip.bridge import page_requests

        return page_requests.serve
    return (lambda: _run(plan["runner"])) if plan["runner"] else None


def main():
    # type: () -> Optional[int]
    """Put spip's names in reach and run pip; its exit code."""
    import json

    plan = json.loads(inherited(sys.argv[1]))
    runner = plan["runner"]
    _remove_at_exit(plan["temporary"])
    if sys.version_info < (3, 6) and runner:
        return _run(runner)
    if sys.version_info < (3, 6):
        _stop(
            "%s is Python %d.%d; spip works for Python 3.6 and newer"
            % ((sys.executable,) + tuple(sys.version_info[:2])),
            "that Python's own pip:  %s -m pip" % sys.executable,
        )
    _leave_own_folder(runner)
    names = Names(plan["names"])
    sys.meta_path.insert(0, names)
    _find_pip(plan, names)
    sys.argv[:2] = [plan["argv0"]]
    from spip.bridge.run import run
    from spip.bridge.trust_client import Home

    return run(plan, Home(plan["home"]), _instead_of_main(plan))


if __name__ == "__main__":
    sys.exit(main())
