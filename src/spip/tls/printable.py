"""Text from the network or from a certificate, made safe to show in a terminal, a log, a report."""

from __future__ import annotations

import re
import unicodedata

# Controls, invisible format marks (right-to-left overrides among them), surrogates, private use,
# unassigned, the two separators that end a line, and blanks that are not the usual one.
_UNSAFE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp", "Zs"})
_LONGEST = 120
# More marks on one letter than any language writes pile up over the lines around it.
_MOST_MARKS = 4


def printable(text: str, longest: int = _LONGEST) -> str:
    """Return `text` on one line, at most `longest` characters, with nothing that moves a cursor.

    What is unsafe is shown as an escape in ASCII, so that a reader sees that it was there.
    """
    shown: list[str] = []
    marks = 0
    for letter in text[: longest + 1]:
        marks = marks + 1 if unicodedata.combining(letter) else 0
        shown.append(letter if _safe(letter) and marks <= _MOST_MARKS else _escaped(letter))
    line = "".join(shown)
    return line if len(text) <= longest and len(line) <= 4 * longest else line[:longest] + "..."


def without_secrets(text: str) -> str:
    """Return an error's text without the logins and the paths that a URL in it may carry.

    A path is left out as well, since some indexes take a token in it.
    """
    text = re.sub(r"\b(\w+://)[^/\s@]*@", r"\1", text)
    text = re.sub(r"(\w+://[^/\s'\"]+)/[^\s'\")]*", r"\1/...", text)
    return re.sub(r"(with url: )\S+", r"\1...", text)


def _safe(letter: str) -> bool:
    return letter == " " or unicodedata.category(letter) not in _UNSAFE


def _escaped(letter: str) -> str:
    return (
        letter.encode("ascii", "backslashreplace").decode()
        if ord(letter) > 0x7F
        else (f"\\x{ord(letter):02x}")
    )
