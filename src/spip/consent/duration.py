"""How long: `30m`, `1h30m`, `2d`, as people write it."""

from __future__ import annotations

import re

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_WRITTEN = re.compile(r"(?:\d{1,9}[smhd])+")
_PART = re.compile(r"(\d+)([smhd])")


def seconds(text: str) -> int:
    """Return the seconds that `text` means. Raises ValueError where it isn't a duration."""
    text = text.strip().lower()
    if not _WRITTEN.fullmatch(text):
        raise ValueError("write it as in 30m, 1h30m or 1d")
    return sum(int(number) * _UNITS[unit] for number, unit in _PART.findall(text))


def shown(length: float) -> str:
    """Return seconds as a person reads them: "58 min", "3 h 20 min", "40 s"."""
    if length < 59.5:
        return f"{round(length)} s"
    hours, minutes = divmod(round(length / 60), 60)
    parts = (f"{hours} h" if hours else "", f"{minutes} min" if minutes else "")
    return " ".join(part for part in parts if part)


def written(length: int) -> str:
    """Return seconds as `seconds` takes them."""
    return f"{length // 60}m" if length % 60 == 0 else f"{length}s"
