"""Ask the person at the terminal; a script has to have said so before."""

from __future__ import annotations

import sys

from spip.errors import SpipError

# Where a fingerprint is found that didn't come over the same connection.
_WHERE = (
    "A browser that works on this machine\n"
    "shows it as well: the padlock, the certificate, the topmost of its chain, SHA-256."
)
COMPARE = f"Compare the fingerprint with the one that IT gave you. {_WHERE}"
TYPE = f"Type the root's fingerprint, as IT gave it to you. {_WHERE}"


def is_terminal() -> bool:
    """Whether somebody is there to answer."""
    return sys.stdin.isatty()


def confirmed(question: str, *, yes: bool, otherwise: str) -> bool:
    """Whether the answer is yes. Raises SpipError, with what to type, where nobody can answer."""
    if yes:
        return True
    if not is_terminal():
        raise SpipError("nobody is there to confirm it", otherwise)
    return answer(f"{question} [yes/no] ").strip().lower() in {"y", "yes"}


def answer(question: str) -> str:
    """What was typed after `question`; nothing at the end of input."""
    sys.stderr.write(question)
    sys.stderr.flush()
    return sys.stdin.readline()
