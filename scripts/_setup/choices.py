"""The arguments of `scripts/test`: its own options; every other argument is pytest's."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

HELP = """\
usage: scripts/test [--quick | --whole | --pip=SOURCES] [PYTEST-ARGUMENTS ...]

Set up what the tests need, then lint (ruff), check types (mypy) and run the tests (pytest).

  --quick     lint, types and the unit tests only
  --whole     products of many dimensions in whole, not only each pair of their values
  --pip=SOURCES
              only the tests of the matrix, with the pip in an archive of pip's repository
  -h, --help  print this, and do nothing

Every other argument goes to pytest: scripts/test -k stores
With CI=true, what could be installed must be there, and root installs it. Otherwise nothing is
installed outside of the checkout: tests that lack something are skipped, and the end says what.
"""
_QUICK, _WHOLE, _HELP = "--quick", "--whole", ("-h", "--help")
_PIP = "--pip="


@dataclass(frozen=True)
class Choice:
    """Which checks to run, and what goes to pytest."""

    arguments: tuple[str, ...] = ()
    quick: bool = False
    whole: bool = False
    help: bool = False
    pip: str = ""  # an archive of its sources


def read(arguments: Sequence[str]) -> Choice:
    """Return what these arguments ask for."""
    own = (_QUICK, _WHOLE, *_HELP)
    pip = [word[len(_PIP) :] for word in arguments if word.startswith(_PIP)]
    rest = (word for word in arguments if word not in own and not word.startswith(_PIP))
    return Choice(
        tuple(rest),
        quick=_QUICK in arguments,
        whole=_WHOLE in arguments,
        help=any(word in arguments for word in _HELP),
        pip=pip[-1] if pip else "",
    )
