"""`spip trust`: what is trusted here, from where, and why; and how to change it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


def main(arguments: Sequence[str]) -> int:
    """Do what was asked; 0 done, 1 not done. Raises SpipError with the exit code."""
    from importlib import import_module

    from spip.trusting.arguments import parse

    wanted = parse(arguments)
    if wanted is None:  # --help was printed
        return 0
    done: int = import_module(f"spip.trusting.{wanted.word}").main(wanted, os.environ)
    return done
