"""The language of a page: the first of the user's that there are pages in."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import TextIO

# Each with a letter that its pages can't do without.
LANGUAGES = {"en": "e", "ko": "\ud55c", "zh": "\u8bc1", "ru": "\u0434"}


def choose(environ: Mapping[str, str], stream: TextIO) -> str:
    """Return the language to write to `stream` in, as POSIX has it; English where none fits.

    A terminal that can't show the letters gets English.
    """
    locale = next(
        filter(None, (environ.get(name) for name in ("LC_ALL", "LC_MESSAGES", "LANG"))), ""
    )
    if locale.partition(".")[0] in {"C", "POSIX"}:
        return "en"
    asked = [*environ.get("LANGUAGE", "").split(":"), locale or _system()]
    for each in asked:
        code = each[:2].lower()
        if code in LANGUAGES and each[2:3] in {"", "_", ".", "@", "-"}:
            return code if _shows(stream, LANGUAGES[code]) else "en"
    return "en"


def _system() -> str:
    """Return what the system says of the user's language, where no variable does (Windows)."""
    import locale

    name = (locale.getlocale()[0] or "").lower()
    return {"korean": "ko", "chinese": "zh", "russian": "ru"}.get(name.partition("_")[0], name)


def _shows(stream: TextIO, letter: str) -> bool:
    try:
        letter.encode(stream.encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True
