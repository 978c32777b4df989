"""Bytes of any file as text whose ASCII can be read, and back again to the byte."""

from __future__ import annotations

import codecs

from spip.errors import SpipError

_BOMS = ((codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))


def decoded(content: bytes) -> tuple[str, str]:
    """(text, encoding). latin-1 gives every byte back as it was. SpipError for half a text."""
    for bom, encoding in _BOMS:
        if content.startswith(bom):
            if len(content) % 2:
                raise SpipError("ends within a character (it is UTF-16)", "save it anew")
            return content.decode(encoding, "surrogatepass"), encoding
    return content.decode("latin-1"), "latin-1"


def encoded(text: str, encoding: str) -> bytes:
    """The bytes that `decoded` made the text of."""
    return text.encode(encoding, "surrogatepass" if encoding != "latin-1" else "strict")
