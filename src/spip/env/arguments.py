"""The words after `spip env`."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from spip.env.shells import SHELLS
from spip.errors import SpipError
from spip.invocation import Parser, command_line

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


@dataclass(frozen=True)
class Wanted:
    """What was asked for: a shell's syntax, or a command to run."""

    shell: str
    command: tuple[str, ...]


def parse(arguments: Sequence[str], environ: Mapping[str, str]) -> Wanted | None:
    """Return what is asked for; None after --help. Raises SpipError (usage)."""
    words, command = list(arguments), tuple[str, ...]()
    if "--" in words:
        at = words.index("--")
        words, command = words[:at], tuple(words[at + 1 :])
        if not command:
            raise SpipError(
                "no command after --", command_line("env", "--", "COMMAND"), exit_code=2
            )
    known = parser()
    if {"-h", "--help"} & set(words):
        known.print_help(sys.stdout)
        return None
    given = known.parse_args(words)
    if given.json and given.shell not in {"", "json"}:
        raise SpipError("--json and --shell are two answers", exit_code=2)
    shell = "json" if given.json else given.shell
    return Wanted(shell or usual(environ), command)


def usual(environ: Mapping[str, str], system: str = os.name) -> str:
    """Return the shell that this user works in, as far as the environment tells."""
    if system == "nt":
        return "powershell" if "PSModulePath" in environ or "SHELL" not in environ else "bash"
    name = os.path.basename(environ.get("SHELL", ""))
    return {"pwsh": "powershell"}.get(name, name if name in SHELLS else "sh")


def parser() -> Parser:
    """The parser of all that may follow."""
    made = Parser(
        prog="spip env",
        usage="spip env [--shell NAME | --json]\n       spip env -- COMMAND...",
        description="Environment variables that give other tools the roots that pip has here; "
        "or run COMMAND with them.",
        epilog='For this shell:  eval "$(spip env)"   fish: spip env | source   '
        "PowerShell: spip env | Out-String | Invoke-Expression",
        add_help=False,
        allow_abbrev=False,
    )
    made.add_argument(
        "--shell", metavar="NAME", choices=sorted(SHELLS), default="", help=", ".join(SHELLS)
    )
    made.add_argument("--json", action="store_true", help="print JSON (docs/trust.md)")
    return made
