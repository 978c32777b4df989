"""The other pips that pip starts: run through the bridge too, so that what holds here holds there.

A build's pip installs what the build needs, and `--python` hands the whole command over. Which
copy of pip runs there, and what that process can import, stays as pip has it.
"""

import json
import os
import sys

from spip.bridge.inherited import Inherited
from spip.bridge.report import Report

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict, List, Mapping, Optional, Tuple

    from spip.bridge.run import Run

# pip sets this for the interpreter that it hands over to (`--python`, `PIP_PYTHON`).
HANDED_OVER = "_PIP_RUNNING_IN_SUBPROCESS"
# How pip starts itself: 19.3 (a folder), 21.2 to 22.1 (a copy in a zip), and 22.2 on.
_RUNNER = "__pip-runner__.py"
_STANDALONE = "__env_pip__.zip"
# What of the plan holds wherever pip runs; the rest is for one process.
_SHARED = (
    "plain",
    "debug",
    "program",
    "finding",
    "spip",
    "names_python",
    "variables",
    "certifi",
    "os_bundle",
    "extra",
    "consent",
    "names",
    "home",
    "starter",
)


def is_pip(args: "Any") -> bool:
    """Whether a command is one of pip's own: an interpreter, then the pip that runs here."""
    if not isinstance(args, (list, tuple)) or len(args) < 2:
        return False
    runner = str(args[1])
    known = os.path.basename(runner) in (_RUNNER, "pip") or _STANDALONE in runner
    return known or _is_runner(runner)


def _is_runner(path: str) -> bool:
    """Whether it is a file of pip's own folder, whatever pip calls it: nothing else is started."""
    pip = getattr(sys.modules.get("pip"), "__file__", None)
    here = os.path.dirname(os.path.abspath(path)) if path.endswith(".py") else ""
    return bool(pip and here and os.path.realpath(here) == os.path.realpath(os.path.dirname(pip)))


def words(args: "Any") -> "List[str]":
    """A child's command as text."""
    return [str(word) for word in args] if isinstance(args, (list, tuple)) else [str(args)]


def through_the_bridge(
    run: "Run", args: "Any", environ: "Mapping[str, str]"
) -> "Tuple[List[str], Inherited, Optional[Report]]":
    """The same command by way of `bridge.start`, what that inherits, what a build's pip will tell.

    It prints into what pip keeps to itself, while `--python` writes where everyone can see it.
    """
    plan = {name: run.plan[name] for name in _SHARED}  # type: Dict[str, Any]
    plan.update(_copy(str(args[1])), argv0=str(args[1]), temporary=None)
    report = None
    if HANDED_OVER in run.environ or HANDED_OVER not in environ:
        report = Report.begun()
        # Its trust is in its environment, and no connection of it is ever relaxed.
        plan["names"] = {"spip": plan["names"]["spip"]}
        plan["program"] = None  # it changes nothing that runs
        plan["consent"] = dict(plan["consent"], grants=[], notices=[])
        plan["build"] = dict(_known(run), report=report.path, argv=run.arguments)
    given = Inherited(json.dumps(plan))
    return [str(args[0]), *plan["starter"], given.word, *map(str, args[2:])], given, report


def _copy(runner: str) -> "Dict[str, Optional[str]]":
    """Which copy of pip: its own runner, or where the pip that runs here lies.

    What is older than the runner is found in the runner's manner, by its name alone.
    """
    if runner.endswith(".py"):
        return {"runner": runner, "folder": None}
    import pip

    return {
        "runner": None,
        "folder": os.path.dirname(os.path.dirname(os.path.abspath(pip.__file__))),
    }


def _known(run: "Run") -> "Dict[str, Any]":
    """What has been named and logged already, and is told to that pip by words of its own."""
    if run.unverified is None:
        return {"named": [], "lines": []}
    return run.unverified.own_ways.known()
