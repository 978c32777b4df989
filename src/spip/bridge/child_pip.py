"""Run a pip that pip starts through the bridge as well, and read what it reports.

A build's pip prints into what pip keeps to itself, so it writes to a file what is to be said.
`--python` writes where everyone can see it.
"""

import json
import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, Dict, List, Mapping, Optional, Tuple

    from spip.bridge.context import Context
    from spip.bridge.inherited_text import Inherited

# pip sets this for the interpreter that it hands over to (`--python`, `PIP_PYTHON`).
HANDED_OVER = "_PIP_RUNNING_IN_SUBPROCESS"
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


class ChildReport:
    """A file that a build's pip adds entries to, and that the pip that started it reads."""

    def __init__(self, path: str) -> None:
        self.path = path

    @classmethod
    def create(cls) -> "ChildReport":
        """Return one that is this user's alone and goes with this process. Raises OSError."""
        import tempfile

        from spip.bridge.inherited_text import remove_at_exit

        folder = tempfile.mkdtemp(prefix="spip-")
        remove_at_exit(folder)
        return cls(os.path.join(folder, "report"))

    def add(self, **facts: "Any") -> None:
        """Add an entry. Raises OSError, which ends that pip: what can't be told must not happen."""
        with open(self.path, "ab") as file:
            file.write(json.dumps(facts).encode("ascii") + b"\n")

    def follow(self, process: "Any", act: "Callable[[List[Dict[str, Any]]], None]") -> None:
        """Call `act` with all entries, once the process has been waited for."""
        original = process.wait

        def wait(*args: "Any", **options: "Any") -> "Any":
            code = original(*args, **options)
            process.wait = original
            act(self._entries())
            return code

        process.wait = wait

    def _entries(self) -> "List[Dict[str, Any]]":
        if not os.path.exists(self.path):
            return []
        with open(self.path, "rb") as file:
            lines = file.read().split(b"\n")[:-1]
        return [json.loads(line.decode("ascii")) for line in lines]


def through_the_bridge(
    context: "Context", args: "Any", environ: "Mapping[str, str]", known: "Dict[str, Any]"
) -> "Tuple[List[str], Inherited, Optional[ChildReport]]":
    """Return the same command by way of `bridge.start`, what it inherits, and a build's report.

    `known`: what `Relaxations.known` says.
    """
    from spip.bridge.inherited_text import Inherited

    plan = {name: context.plan[name] for name in _SHARED}  # type: Dict[str, Any]
    plan.update(_copy(str(args[1])), argv0=str(args[1]), temporary=None)
    report = None
    if HANDED_OVER in context.environ or HANDED_OVER not in environ:
        report = ChildReport.create()
        # Its trust is in its environment, and no connection of it is ever relaxed.
        plan["names"] = {"spip": plan["names"]["spip"]}
        plan["program"] = None  # it changes nothing that runs
        plan["consent"] = dict(plan["consent"], grants=[], notices=[])
        plan["build"] = dict(known, report=report.path, argv=context.arguments)
    text = Inherited(json.dumps(plan))
    return [str(args[0]), *plan["starter"], text.word, *map(str, args[2:])], text, report


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
