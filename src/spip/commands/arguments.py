"""The arguments of spip's own words: one parser for all of them, and what a shell may complete."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING, Any, NoReturn

from spip.errors import SpipError
from spip.invocation import command_line

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


class Parser(argparse.ArgumentParser):
    """argparse's, without abbreviated options, and with errors that are spip's own."""

    def __init__(self, prog: str, **settings: Any) -> None:
        super().__init__(prog=prog, **{"add_help": False, "allow_abbrev": False, **settings})
        self._words: argparse._SubParsersAction[Parser] | None = None

    def error(self, message: str) -> NoReturn:
        """Raise SpipError (usage); the hint is this word's help, spelt as this run was started."""
        raise SpipError(message, command_line(*self.prog.split()[1:], "--help"), exit_code=2)

    def list_help(self) -> None:
        """List `--help` among the options; it is understood in any case."""
        self.add_argument("-h", "--help", action="store_true", help="print this")

    def add_word(self, name: str, description: str) -> Parser:
        """Add a word that may follow, with arguments of its own; its parser."""
        if self._words is None:
            self._words = self.add_subparsers(dest="word", metavar="WORD", required=True)
        return self._words.add_parser(name, help=description, description=description)

    def helped(self, arguments: Sequence[str]) -> bool:
        """Print the help if it is asked for, of the word that stands first; whether it was."""
        if not {"-h", "--help"} & set(arguments):
            return False
        words = self._words.choices if self._words else {}
        words.get(arguments[0], self).print_help(sys.stdout)
        return True


def split_command(arguments: Sequence[str]) -> tuple[list[str], tuple[str, ...] | None]:
    """What stands before `--`, and the command after it; None without a `--`."""
    words = list(arguments)
    if "--" not in words:
        return words, None
    end = words.index("--")
    return words[:end], tuple(words[end + 1 :])


def completions(parser: argparse.ArgumentParser, before: Sequence[str]) -> Iterator[str]:
    """Yield what may follow the words `before`: options, choices, words of its own."""
    actions = parser._actions  # noqa: SLF001  # argparse has no other way to list them
    for action in actions:
        if isinstance(action, argparse._SubParsersAction):  # noqa: SLF001
            chosen = [word for word in before if word in action.choices]
            if chosen:
                rest = before[before.index(chosen[0]) + 1 :]
                yield from completions(action.choices[chosen[0]], rest)
                return
    for action in actions:
        yield from action.option_strings or action.choices or ()
