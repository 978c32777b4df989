"""`spip explain`: the page of a cause, or of an error text, offline and in the user's language."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from spip.commands.arguments import Parser
from spip.commands.explain.language import LANGUAGES, choose
from spip.errors import SpipError
from spip.invocation import command_line

if TYPE_CHECKING:
    from collections.abc import Sequence


def main(arguments: Sequence[str]) -> int:
    """Print the page, or the list; 0. Raises SpipError where no page fits."""
    from spip.commands.explain import show

    wanted = parse(arguments)
    if wanted is None:  # --help was printed
        return 0
    chosen = wanted.language or choose(os.environ, sys.stdout)
    if not wanted.text:
        show.listing(chosen, sys.stdout)
    elif found := show.named(wanted.text, chosen):
        show.page(found, sys.stdout)
    else:
        text = sys.stdin.read() if wanted.text == "-" else wanted.text
        show.answer(text, chosen, sys.stdout)
    return 0


@dataclass(frozen=True)
class Options:
    """What was asked for. `text`: a name or an error text, "" for the list."""

    text: str = ""
    language: str = ""


def parse(arguments: Sequence[str]) -> Options | None:
    """Return what is asked for; None after --help. Raises SpipError (usage)."""
    known = parser()
    given, rest = known.parse_known_args(list(arguments))
    if given.help:
        known.print_help(sys.stdout)
        return None
    # An error text may begin with a dash, as in "--trusted-host".
    words = [*given.text, *rest] if rest and _is_text(rest) else given.text
    if rest and words == given.text:
        raise SpipError(f"unknown option {rest[0]}", command_line("explain", "--help"), exit_code=2)
    return Options(" ".join(words).strip(), given.lang)


def _is_text(rest: Sequence[str]) -> bool:
    """Whether what argparse takes for options are words of an error."""
    from spip.commands.explain import find
    from spip.data.pages import causes

    return bool(find.rank(" ".join(rest), causes()))


def parser() -> Parser:
    """The parser of all that may follow; for a shell that completes."""
    made = Parser(
        prog="spip explain",
        usage='spip explain [--lang LANG] [CAUSE | "ERROR TEXT" | -]',
        description="What an error means, and what to do. Without an argument: the list of causes.",
        epilog="Exit codes: 0 done, 1 no page fits, 2 wrong usage.",
        add_help=False,
        allow_abbrev=False,
    )
    made.add_argument(
        "text", metavar="CAUSE", nargs="*", help="a cause's name, an error text, or - for stdin"
    )
    made.add_argument(
        "--lang", default="", choices=["", *LANGUAGES], metavar="LANG", help="en, ko, zh or ru"
    )
    made.add_argument("-h", "--help", action="store_true", help="print this")
    return made
