"""The words after `spip env`."""

from __future__ import annotations

import argparse
import os
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, NoReturn

from spip.env.shells import SHELLS
from spip.errors import SpipError
from spip.spelling import spelt

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


@dataclass(frozen=True)
class Wanted:
    """What was asked for: a shell's syntax, or a command to run."""

    shell: str
    command: tuple[str, ...]


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise SpipError(message, spelt("env", "--help"), exit_code=2)


def parse(arguments: Sequence[str], environ: Mapping[str, str]) -> Wanted | None:
    """Return what is asked for; None after --help. Raises SpipError (usage)."""
    words, command = list(arguments), tuple[str, ...]()
    if "--" in words:
        at = words.index("--")
        words, command = words[:at], tuple(words[at + 1 :])
        if not command:
            raise SpipError("no command after --", spelt("env", "--", "COMMAND"), exit_code=2)
    parser = _parser()
    if {"-h", "--help"} & set(words):
        parser.print_help(sys.stdout)
        return None
    given = parser.parse_args(words)
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


def _parser() -> _Parser:
    parser = _Parser(
        prog="spip env",
        usage="spip env [--shell NAME | --json]\n       spip env -- COMMAND...",
        description="Environment variables that give other tools the roots that pip has here; "
        "or run COMMAND with them.",
        epilog='For this shell:  eval "$(spip env)"   fish: spip env | source   '
        "PowerShell: spip env | Out-String | Invoke-Expression",
        add_help=False,
        allow_abbrev=False,
    )
    parser.add_argument(
        "--shell", metavar="NAME", choices=sorted(SHELLS), default="", help=", ".join(SHELLS)
    )
    parser.add_argument("--json", action="store_true", help="print JSON (docs/trust.md)")
    return parser
