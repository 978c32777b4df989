"""`spip env`: what gives the other tools of this machine the trust that pip has here."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from spip.bridge import env_vars
from spip.commands.arguments import Parser, split_command
from spip.commands.env.shell_syntax import SHELLS
from spip.commands.trust.survey import ask_target
from spip.errors import SpipError
from spip.hooks import detect_shell
from spip.invocation import command_line
from spip.trust.resolve import resolve_bundle

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence


def main(arguments: Sequence[str]) -> int:
    """Print the variables, or run a command with them; the exit code. Raises SpipError."""
    options = parse(arguments, os.environ)
    if options is None:  # --help was printed
        return 0
    from spip.commands.env import shell_syntax

    answer = resolve(os.environ)
    for notice in answer.notices:
        print(f"spip: {notice}", file=sys.stderr)
    if options.command:
        from spip.commands.env import run_command

        return run_command.run(options.command, answer, os.environ)
    if answer.temporary:
        print(
            f"spip: there is no cache folder for the bundle; {answer.bundle} is yours to remove",
            file=sys.stderr,
        )
    shell_syntax.write(options.shell, answer)
    return 0


@dataclass(frozen=True)
class Options:
    """What the arguments say: a shell's syntax, or a command to run."""

    shell: str
    command: tuple[str, ...]


def parse(arguments: Sequence[str], environ: Mapping[str, str]) -> Options | None:
    """Read the arguments; None once --help was printed. Raises SpipError (usage)."""
    words, command = split_command(arguments)
    if command is not None and not command:
        raise SpipError("no command after --", command_line("env", "--", "COMMAND"), exit_code=2)
    known = parser()
    if known.helped(words):
        return None
    given = known.parse_args(words)
    if given.json and given.shell not in {"", "json"}:
        raise SpipError("--json and --shell are two answers", exit_code=2)
    shell = "json" if given.json else given.shell
    return Options(shell or default_shell(environ), command or ())


def default_shell(environ: Mapping[str, str], system: str = os.name) -> str:
    """The shell whose syntax is printed where none is named: the one that this user works in."""
    if system == "nt":
        shell = detect_shell.nearest_shell()
        if shell and shell.name in SHELLS:
            return shell.name
        return "bash" if "SHELL" in environ else "powershell"
    name = os.path.basename(environ.get("SHELL", ""))
    return {"pwsh": "powershell"}.get(name, name if name in SHELLS else "sh")


def parser() -> Parser:
    """The parser of the arguments."""
    made = Parser(
        prog="spip env",
        usage="spip env [--shell NAME | --json]\n       spip env -- COMMAND...",
        description="Environment variables that give other tools the roots that pip has here; "
        "or run COMMAND with them.",
        epilog='For this shell:  eval "$(spip env)"   fish: spip env | source   '
        "PowerShell: spip env | Out-String | Invoke-Expression",
    )
    made.add_argument(
        "--shell", metavar="NAME", choices=sorted(SHELLS), default="", help=", ".join(SHELLS)
    )
    made.add_argument("--json", action="store_true", help="print JSON (docs/trust.md)")
    return made


@dataclass(frozen=True)
class ToolSettings:
    """The variables for other tools, and the bundle that they name.

    `temporary` is the private folder of a bundle that no cache could take, "" for none.
    """

    bundle: str
    variables: Mapping[str, str]
    temporary: str
    notices: tuple[str, ...]


def resolve(environ: Mapping[str, str]) -> ToolSettings:
    """What holds on this machine now. Raises SpipError where there is no bundle to name."""
    target = ask_target(environ)
    cert = target.settings.get("cert")
    pip = target.facts.pip
    own = env_vars.own_files(environ)
    answer = resolve_bundle(
        environ,
        {
            # A setting of pip's own would lose its say to PIP_CERT, so it is in the bundle.
            "cert": cert.value if cert and cert.file else None,
            "whole": True,
            "pip_certifi": pip.certifi if pip and pip.certifi else None,
            "tools": own,
        },
    )
    if not answer["merged"]:
        raise SpipError("; ".join(answer["notices"]) or "there is no bundle to name")
    bundle = answer["path"]
    kept = env_vars.kept(environ, answer["lacking"])
    return ToolSettings(
        bundle,
        {
            **{name: bundle for name in ("PIP_CERT", *env_vars.PIP_READS) if name not in kept},
            **env_vars.of_other_tools(environ, bundle, answer["tools"]),
        },
        answer["temporary"] or "",
        (*target.notices, *answer["notices"], *_left(environ, [*kept, *own], answer["tools"])),
    )


def _left(
    environ: Mapping[str, str], kept: Iterable[str], folded: Mapping[str, str]
) -> Iterator[str]:
    for name in kept:
        if name in environ and name not in folded:
            yield f"{name} is left as it is, since the bundle lacks something of what it names"
