"""The one error that a user is meant to see; `cli` alone prints it."""

from __future__ import annotations


class SpipError(Exception):
    """What went wrong, in one sentence, and the one next thing to do.

    `exit_code` is 1 (not done) unless the words of the command were wrong (2).
    """

    def __init__(self, message: str, hint: str = "", exit_code: int = 1) -> None:
        super().__init__(message)
        self.message = _shown(message)
        self.hint = _shown(hint)
        self.exit_code = exit_code


def _shown(text: str) -> str:
    """Whatever a user put where a path belongs may be a URL with a login in it."""
    if ":/" not in text:
        return text
    from spip import redact

    return redact.sentence(text)
