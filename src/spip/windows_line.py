"""Spell a command so that it works when pasted on Windows, whose shells quote differently."""

from __future__ import annotations

import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

# What needs no quotes in cmd, PowerShell or Git's bash, wherever it stands in a line. Not the
# backslash, which bash takes away.
_PLAIN = re.compile(r"[A-Za-z0-9_.:/+=-][A-Za-z0-9_.:/+=\\~-]*")


def joined(words: Sequence[str], shell: str | None = None) -> str:
    """The words as a line for `shell` ("cmd", "powershell", a POSIX shell's name).

    None: for the one that this was typed in, which is asked for only where that matters.
    """
    plain = all(map(_PLAIN.fullmatch, words))
    if plain and not any("\\" in word for word in words):
        return " ".join(words)
    if shell is None:
        shell = _shell()
    if shell == "powershell":
        return _powershell(words)
    if shell != "cmd":
        from shlex import join

        return join(words)
    return " ".join(map(_cmd, words))


def _shell() -> str:
    """The shell among the parent processes; PowerShell, which Windows starts, where none is."""
    try:
        import shellingham

        return str(shellingham.detect_shell()[0]).replace("pwsh", "powershell")
    except (ImportError, OSError, RuntimeError, ValueError, LookupError):
        return "powershell"


def _powershell(words: Sequence[str]) -> str:
    """A quoted word at the beginning is a text, which only the operator & runs."""
    said = " ".join(word if _PLAIN.fullmatch(word) else _in_powershell(word) for word in words)
    return f"& {said}" if said[:1] in {"'", '"'} else said


def _in_powershell(word: str) -> str:
    """The word between single quotes; it takes typographic ones for those.

    Before PowerShell 7.3, a double quote within is lost on the way to a program without a
    backslash.
    """
    quoted = re.sub("(['\u2018\u2019\u201a\u201b])", r"\1\1", word.replace('"', '\\"'))
    return f"'{quoted}'"


def _cmd(word: str) -> str:
    r"""The word as cmd passes it on, and as a program takes it apart (CommandLineToArgvW).

    Between double quotes only % means something to cmd; typed at the prompt, a caret outside of
    quotes takes that away. Backslashes count twice where a quote follows.
    """
    if _PLAIN.fullmatch(word):
        return word
    escaped = re.sub(r'(\\*)"', r'\1\1\\"', word)
    trailing = escaped[len(escaped.rstrip("\\")) :]
    apart = re.sub(r"(\\*)%", r'\1\1"^%"', escaped + trailing)
    return f'"{apart}"'
