"""Text made safe to show, whoever wrote it; and durations as people write and read them.

Whatever could move a cursor, turn the direction of writing or end a line is shown as an escape in
ASCII, so that a reader sees that it was there.
"""

from __future__ import annotations

# Controls, invisible format marks (right-to-left overrides among them), surrogates, private use,
# unassigned, the two separators that end a line, and blanks that are not the usual one.
_UNSAFE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp", "Zs"})
# More marks on one letter than any language writes pile up over the lines around it.
_MOST_MARKS = 4


def printable(text: str, longest: int = 120) -> str:
    """Return `text` on one line, at most `longest` characters, in any script."""
    from unicodedata import category, combining

    shown: list[str] = []
    marks = 0
    for letter in text[: longest + 1]:
        marks = marks + 1 if combining(letter) else 0
        safe = letter == " " or category(letter) not in _UNSAFE
        shown.append(letter if safe and marks <= _MOST_MARKS else _escaped(letter))
    line = "".join(shown)
    return line if len(text) <= longest and len(line) <= 4 * longest else line[:longest] + "..."


def in_ascii(text: str, longest: int = 200) -> str:
    """Return `text` on one line of ASCII, at most `longest` characters, fit for a PEM file too.

    `cadata=` of Python's ssl module takes no other text, and it survives every code page; nothing
    in it is a PEM boundary.
    """
    if not (text.isascii() and text.isprintable()):
        text = "".join(c if " " <= c <= "~" else _escaped(c) for c in text[:longest])
    text = text.replace("-----", "----\\x2d")
    return text if len(text) <= longest else text[: longest - 3] + "..."


def _escaped(letter: str) -> str:
    return ascii(letter)[1:-1]


_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def parse_duration(text: str) -> int:
    """Return the seconds that `text` means. Raises ValueError where it isn't a duration."""
    import re  # an unchanged bundle needs this module, and is looked at before every pip

    text = text.strip().lower()
    if not re.fullmatch(r"(?:\d{1,9}[smhd])+", text):
        raise ValueError("write it as in 30m, 1h30m or 1d")
    return sum(int(number) * _UNITS[unit] for number, unit in re.findall(r"(\d+)([smhd])", text))


def format_duration(length: float) -> str:
    """Return seconds as a person reads them: "58 min", "3 h 20 min", "40 s"."""
    if length < 59.5:
        return f"{round(length)} s"
    hours, minutes = divmod(round(length / 60), 60)
    parts = (f"{hours} h" if hours else "", f"{minutes} min" if minutes else "")
    return " ".join(part for part in parts if part)


def duration_word(length: int) -> str:
    """Return seconds as `seconds` takes them."""
    return f"{length // 60}m" if length % 60 == 0 else f"{length}s"
