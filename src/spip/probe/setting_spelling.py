"""Letters around a value that its writer doesn't see, or takes for quoting, and pip takes as given.

An env file keeps the quotes that a shell would take away, and the carriage return of an editor on
Windows; a text that was copied brings blanks and typographic quotes along.
"""

from __future__ import annotations

_QUOTES = "\"'`\u2018\u2019\u201c\u201d\u00ab\u00bb"
_INVISIBLE = "\ufeff\u200b\u200e\u200f\u00a0"
_NAMES = {"\r": "a carriage return", "\n": "a line feed", "\t": "a tab"}


def stripped(value: str) -> str:
    """Return `value` without what surrounds it by mistake."""
    before = None
    while before != value:
        before = value
        value = value.strip().strip(_QUOTES + _INVISIBLE)
    return value


def named(value: str) -> str:
    """Return the names of the letters that `stripped` takes away, "" for none."""
    inner = stripped(value)
    around = value.replace(inner, "", 1) if inner else value
    found = dict.fromkeys(map(_name, around))
    return " and ".join(found)


def _name(letter: str) -> str:
    if letter in _QUOTES:
        return "quotes around it"
    if letter in _INVISIBLE:
        return f"an invisible letter (U+{ord(letter):04X})"
    return _NAMES.get(letter, "blanks around it")
