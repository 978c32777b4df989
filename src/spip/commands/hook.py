"""`spip hook`: `pip` means spip, in a shell, in an environment, or for `python -m pip`."""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from spip.commands.arguments import Parser
from spip.errors import SpipError
from spip.hooks import actions, status
from spip.hooks.actions import Selection
from spip.invocation import command_line

if TYPE_CHECKING:
    from collections.abc import Sequence

_DESCRIPTION = """\
spip hook SHELL             print code to evaluate: pip means spip
spip hook install [SHELL]   the same, kept in the shell's rc file
spip hook remove [SHELL]    take it out again, to the byte
spip hook status            what is in place, and what shadows it
"""


def main(arguments: Sequence[str]) -> int:
    """Print, install, remove or show; 0 done, 1 not done, 2 usage. Raises SpipError."""
    options = parse(arguments)
    if options is None:  # --help was printed
        return 0
    if options.verb == "status":
        return status.print_status(options.selection)
    if options.verb == "print":
        _print_code(options.selection.shell)
    elif options.verb == "install":
        actions.install(options.selection, dry_run=options.dry_run)
    else:
        actions.remove(options.selection, dry_run=options.dry_run)
    return 0


def _print_code(shell: str) -> None:
    from spip.hooks import shells, spip_command

    code = shells.code(shells.named(shell), spip_command.this())
    # A path may hold bytes that are no UTF-8; what is evaluated must be they.
    sys.stdout.buffer.write(code.encode("utf-8", "surrogateescape"))
    sys.stdout.flush()


@dataclass(frozen=True)
class Options:
    """What the arguments say. `verb`: print, install, remove or status."""

    verb: str
    selection: Selection
    dry_run: bool = False


def parse(arguments: Sequence[str]) -> Options | None:
    """Read the arguments; None once --help was printed. Raises SpipError (usage)."""
    known = parser()
    if known.helped(arguments or ["--help"]):
        return None
    given = known.parse_intermixed_args(list(arguments))
    if given.verb not in ("install", "remove", "status"):
        if given.shell or len(arguments) > 1:
            raise SpipError(
                f"{given.verb} is followed by nothing", command_line("hook", "--help"), 2
            )
        return Options("print", Selection(given.verb))
    places = [name for name in ("venv", "conda", "python") if getattr(given, name)]
    if len(places) + bool(given.system) + (bool(given.shell) and bool(places)) > 1:
        raise SpipError("one place at a time, please", command_line("hook", "--help"), 2)
    selection = Selection(given.shell, given.venv, given.conda, given.python, given.system)
    return Options(given.verb, selection, given.dry_run)


def parser() -> Parser:
    """The parser of the arguments."""
    made = Parser(
        prog="spip hook",
        usage="spip hook SHELL | install | remove | status",
        description=_DESCRIPTION,
        epilog="Exit codes: 0 done, 1 not done, 2 wrong usage.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
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
