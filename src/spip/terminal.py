"""Tell whether a stream is a terminal, and ask the person there."""

from __future__ import annotations

import sys
from typing import Any

from spip.errors import SpipError


def is_terminal(stream: Any) -> bool:
    """Whether a standard stream is a terminal; one that is missing or closed is none."""
    try:
        return bool(stream is not None and stream.isatty())
    except ValueError:  # it is closed
        return False


def can_answer() -> bool:
    """Whether somebody is there to answer a question."""
    return is_terminal(sys.stdin)


def ask(question: str) -> str:
    """What was typed after `question`, with its line end; "" at the end of the input."""
    sys.stderr.write(question)
    sys.stderr.flush()
    return sys.stdin.readline()


def confirm(question: str, *, yes: bool, otherwise: str) -> bool:
    """Whether the answer is yes; not asked where `yes` was said before.

    Raises SpipError, with the command `otherwise`, where nobody can answer.
    """
    if yes:
        return True
    if not can_answer():
        raise SpipError("nobody is there to confirm it", otherwise)
    return ask(f"{question} [yes/no] ").strip().lower() in {"y", "yes"}
