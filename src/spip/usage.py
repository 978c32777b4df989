"""The words after one of spip's own: refused in a sentence, or offered to a shell."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, NoReturn

from spip.errors import SpipError
from spip.spelling import spelt

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


class Parser(argparse.ArgumentParser):
    """argparse's, whose error is spip's own, with exit code 2."""

    def error(self, message: str) -> NoReturn:
        """Raise SpipError; the hint is this word's help, spelt as this run was started."""
        raise SpipError(message, spelt(*self.prog.split()[1:], "--help"), exit_code=2)


def offered(parser: argparse.ArgumentParser, before: Sequence[str]) -> Iterator[str]:
    """Yield what may follow the words `before`: options, choices, words of its own."""
    actions = parser._actions  # noqa: SLF001  # argparse has no other way to list them
    for action in actions:
        if isinstance(action, argparse._SubParsersAction):  # noqa: SLF001
            chosen = [word for word in before if word in action.choices]
            if chosen:
                yield from offered(action.choices[chosen[0]], before[before.index(chosen[0]) + 1 :])
                return
    for action in actions:
        yield from action.option_strings or action.choices or ()
