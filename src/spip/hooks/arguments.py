"""The words after `spip hook`."""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from spip.errors import SpipError
from spip.invocation import Parser, command_line

if TYPE_CHECKING:
    from collections.abc import Sequence

_DESCRIPTION = """\
spip hook SHELL             print code to evaluate: pip means spip
spip hook install [SHELL]   the same, kept in the shell's rc file
spip hook remove [SHELL]    take it out again, to the byte
spip hook status            what is in place, and what shadows it
"""
_EPILOG = "Exit codes: 0 done, 1 not done, 2 wrong usage."


@dataclass(frozen=True)
class Wanted:
    """What was asked for. `shell`, `venv`, `conda`, `python`: "" where not said."""

    verb: str  # print, install, remove, status
    shell: str = ""
    venv: str = ""
    conda: str = ""
    python: str = ""
    system: bool = False
    dry_run: bool = False


def parse(arguments: Sequence[str]) -> Wanted | None:
    """Return what is asked for; None after --help. Raises SpipError (usage)."""
    known = parser()
    if not arguments or {"-h", "--help"} & set(arguments):
        known.print_help(sys.stdout)
        return None
    given = known.parse_intermixed_args(list(arguments))
    if given.verb not in ("install", "remove", "status"):
        if given.shell or len(arguments) > 1:
            raise SpipError(
                f"{given.verb} is followed by nothing", command_line("hook", "--help"), 2
            )
        return Wanted("print", given.verb)
    places = [name for name in ("venv", "conda", "python") if getattr(given, name)]
    if len(places) + bool(given.system) + (bool(given.shell) and bool(places)) > 1:
        raise SpipError("one place at a time, please", command_line("hook", "--help"), 2)
    return Wanted(**vars(given))


def parser() -> Parser:
    """The parser of all that may follow."""
    made = Parser(
        prog="spip hook",
        usage="spip hook SHELL | install | remove | status",
        description=_DESCRIPTION,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        add_help=False,
        allow_abbrev=False,
    )
    made.add_argument("verb", metavar="VERB|SHELL", help="install, remove, status; or a shell")
    made.add_argument(
        "shell", nargs="?", default="", metavar="SHELL", help="default: the one it is run from"
    )
    made.add_argument(
        "--venv", default="", metavar="DIR", help="in the activate scripts of one environment"
    )
    made.add_argument(
        "--conda", default="", metavar="DIR", nargs="?", const="active", help="in a conda one"
    )
    made.add_argument(
        "--python", default="", metavar="PATH", help="for `python -m pip` of one environment"
    )
    made.add_argument("--system", action="store_true", help="for all users")
    made.add_argument("--dry-run", action="store_true", help="show the change, make none")
    return made
