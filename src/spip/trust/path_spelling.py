"""What a setting for a file of roots was meant to say, where it names no file as it stands.

Nothing is trusted by this: pip and OpenSSL take such a value to the letter, and so does spip.
"""

from __future__ import annotations

import os
import re
from urllib.parse import unquote, urlsplit

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

_QUOTES = "\"'`\u201c\u201d\u2018\u2019\u00ab\u00bb"
_BLANKS = " \t\r\n\v\f\ufeff\u00a0"
_SEVERAL = re.compile(r"[:;,\s]+")


def meant(value: str) -> tuple[str, tuple[str, ...]]:
    """Return what is astray in `value`, and the files that it means; ("", ()) where none is found.

    The files' paths are absolute; there are several where the value joins them.
    """
    for astray, path in _one(value):
        if path != value and os.path.exists(path):
            return astray, (os.path.abspath(path),)
    parts = [_bare(part) for part in _SEVERAL.split(value)]
    files = tuple(os.path.abspath(part) for part in parts if part and os.path.isfile(part))
    return ("several files in one value; it takes one file", files) if files else ("", ())


def _one(value: str) -> Iterator[tuple[str, str]]:
    """Yield what may be astray, and the path without it."""
    bare = _bare(value)
    yield " and ".join(_around(value, bare)), bare
    yield "a ~ in it, which is not replaced here", os.path.expanduser(bare)
    yield "the name of a variable in it, which is not replaced here", os.path.expandvars(bare)
    yield (
        "a comment behind it, which is taken for a part of the name",
        _bare(re.split(r"\s[#;]", value)[0]),
    )
    if bare.lower().startswith("file:"):
        yield "a file: address, where a path belongs", unquote(urlsplit(bare).path)


def _around(value: str, bare: str) -> Iterator[str]:
    around = value.replace(bare, "", 1)
    if set(around) & set(_QUOTES):
        yield "quotes around it, which are taken for letters of the name"
    if "\r" in around:
        yield "a carriage return (CR, of a Windows line end) behind it"
    elif set(around) & set(_BLANKS):
        yield "a blank or a line end beside it"


def _bare(value: str) -> str:
    return value.strip(_BLANKS).strip(_QUOTES).strip(_BLANKS)
