"""`spip trust`: what is trusted here, from where, and why; and how to change it."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from spip.errors import SpipError
from spip.invocation import Parser, command_line

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence


def main(arguments: Sequence[str]) -> int:
    """Do what was asked; 0 done, 1 not done. Raises SpipError with the exit code."""
    from importlib import import_module

    wanted = parse(arguments)
    if wanted is None:  # --help was printed
        return 0
    done: int = import_module(f"spip.commands.trust.{wanted.word}").main(wanted, os.environ)
    return done


_WORDS = {"list": "listing", "add": "add", "fetch": "fetch", "remove": "remove", "export": "export"}


@dataclass(frozen=True)
class Options:
    """What was asked for. `word` is the module of this room that does it."""

    word: str
    json: bool = False
    yes: bool = False
    file: str = ""
    from_windows: bool = False
    host: str = ""
    fingerprint: str = ""
    output: str = ""


def parse(arguments: Sequence[str]) -> Options | None:
    """Return what is asked for; None after --help. Raises SpipError (usage)."""
    words = list(arguments)
    if words[:1] and words[0].startswith("-") and words[0] not in {"-h", "--help"}:
        words.insert(0, "list")
    parser, subparsers = _parser()
    if {"-h", "--help"} & set(words):
        (subparsers.get(words[0]) or parser).print_help(sys.stdout)
        return None
    given = vars(parser.parse_args(words or ["list"]))
    wanted = Options(_WORDS[given.pop("word")], **given)
    if wanted.word == "add" and bool(wanted.file) is wanted.from_windows:
        raise SpipError(
            "name one file, or --from-windows", command_line("trust", "add", "FILE"), exit_code=2
        )
    return wanted


def parser() -> Parser:
    """The parser of all that may follow; for a shell that completes."""
    return _parser()[0]


def _parser() -> tuple[Parser, dict[str, argparse.ArgumentParser]]:
    parser = Parser(
        prog="spip trust",
        description="What is trusted here, from where, and why; and how to change it.",
        epilog="Exit codes: 0 done, 1 not done, 2 wrong usage.",
        add_help=False,
        allow_abbrev=False,
    )
    words = parser.add_subparsers(dest="word", metavar="WORD", required=True)
    made = {
        "list": _word(words, "list", "what is trusted here (without a WORD: this)"),
        "add": _word(words, "add", "keep a root certificate: PEM, DER or PKCS#7"),
        "fetch": _word(words, "fetch", "take the root that a host presents, once it is confirmed"),
        "remove": _word(words, "remove", "no longer trust a root that was added"),
        "export": _word(words, "export", "write one file with every root of this machine"),
    }
    made["list"].add_argument("--json", action="store_true", help="print JSON (docs/trust.md)")
    made["add"].add_argument("file", metavar="FILE", nargs="?", default="")
    made["add"].add_argument(
        "--from-windows",
        action="store_true",
        help="inside WSL: the roots of Windows that are missing here",
    )
    made["add"].add_argument("--yes", action="store_true", help="trust it without asking")
    made["fetch"].add_argument("host", metavar="HOST[:PORT]")
    made["fetch"].add_argument(
        "--fingerprint", default="", help="SHA-256 of the root, as its administrator gave it"
    )
    made["remove"].add_argument(
        "fingerprint", metavar="FINGERPRINT", help="or a part of it that no other root has"
    )
    made["export"].add_argument(
        "-o", "--output", metavar="FILE", default="", help="where to (standard output)"
    )
    return parser, made


def _word(
    words: argparse._SubParsersAction[Parser], name: str, what: str
) -> argparse.ArgumentParser:
    return words.add_parser(name, help=what, description=what, add_help=False, allow_abbrev=False)
