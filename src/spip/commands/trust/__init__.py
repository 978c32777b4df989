"""`spip trust`: what is trusted here, from where, and why; and how to change it."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from spip.commands.arguments import Parser
from spip.errors import SpipError
from spip.invocation import command_line

if TYPE_CHECKING:
    from collections.abc import Sequence


def main(arguments: Sequence[str]) -> int:
    """Do what was asked; 0 done, 1 not done. Raises SpipError with the exit code."""
    from importlib import import_module

    options = parse(arguments)
    if options is None:  # --help was printed
        return 0
    code: int = import_module(f"spip.commands.trust.{options.word}").main(options, os.environ)
    return code


_MODULES = {"list": "listing"}  # of words whose module has another name


@dataclass(frozen=True)
class Options:
    """What the arguments say. `word` is the module of this room that does it."""

    word: str
    json: bool = False
    yes: bool = False
    file: str = ""
    from_windows: bool = False
    host: str = ""
    fingerprint: str = ""
    output: str = ""


def parse(arguments: Sequence[str]) -> Options | None:
    """Read the arguments; None once --help was printed. Raises SpipError (usage)."""
    words = list(arguments)
    if words[:1] and words[0].startswith("-") and words[0] not in {"-h", "--help"}:
        words.insert(0, "list")
    known = parser()
    if known.helped(words):
        return None
    given = vars(known.parse_args(words or ["list"]))
    word = given.pop("word")
    options = Options(_MODULES.get(word, word), **given)
    if options.word == "add" and bool(options.file) is options.from_windows:
        raise SpipError(
            "name one file, or --from-windows", command_line("trust", "add", "FILE"), exit_code=2
        )
    return options


def parser() -> Parser:
    """The parser of the arguments."""
    made = Parser(
        prog="spip trust",
        description="What is trusted here, from where, and why; and how to change it.",
        epilog="Exit codes: 0 done, 1 not done, 2 wrong usage.",
    )
    word = made.add_word("list", "what is trusted here (without a WORD: this)")
    word.add_argument("--json", action="store_true", help="print JSON (docs/trust.md)")
    word = made.add_word("add", "keep a root certificate: PEM, DER or PKCS#7")
    word.add_argument("file", metavar="FILE", nargs="?", default="")
    word.add_argument(
        "--from-windows",
        action="store_true",
        help="inside WSL: the roots of Windows that are missing here",
    )
    word.add_argument("--yes", action="store_true", help="trust it without asking")
    word = made.add_word("fetch", "take the root that a host presents, once it is confirmed")
    word.add_argument("host", metavar="HOST[:PORT]")
    word.add_argument(
        "--fingerprint", default="", help="SHA-256 of the root, as its administrator gave it"
    )
    word = made.add_word("remove", "no longer trust a root that was added")
    word.add_argument(
        "fingerprint", metavar="FINGERPRINT", help="or a part of it that no other root has"
    )
    word = made.add_word("export", "write one file with every root of this machine")
    word.add_argument(
        "-o", "--output", metavar="FILE", default="", help="where to (standard output)"
    )
    return made
