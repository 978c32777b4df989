"""A Windows library that has nothing of its own: one function, which is another library's.

Made byte by byte by the PE format ("PE Format" in Microsoft's documentation), since no compiler for
Windows is at hand.
"""

from __future__ import annotations

import struct

_AT = 0x1000  # where the only section lies in memory
_HEADERS = 0x200  # and in the file
_BASE = 0x1_8000_0000
_AMD64, _EXECUTABLE, _LARGE_ADDRESSES, _LIBRARY = 0x8664, 0x2, 0x20, 0x2000
_CONSOLE, _READABLE_DATA = 3, 0x40000040


def library(name: str, function: str, forwarded: str) -> bytes:
    """Return the file `name` whose `function` is the one that "LIBRARY.function" names."""
    exports = _exports(name, function, forwarded)
    return _headers(len(exports)).ljust(_HEADERS, b"\0") + exports.ljust(_HEADERS, b"\0")


def _exports(name: str, function: str, forwarded: str) -> bytes:
    """The export directory, its three tables, and the texts that these name."""
    tables = _AT + 40
    texts = tables + 10
    offsets, text = [], b""
    for each in (name, function, forwarded):
        offsets.append(texts + len(text))
        text += each.encode("ascii") + b"\0"
    numbers = (0, 0, 0, 0, offsets[0], 1, 1, 1, tables, tables + 4, tables + 8)
    # An address inside of the directory itself is no code, and is read as a text.
    return struct.pack("<IIHHIIIIIII", *numbers) + struct.pack("<IIH", *offsets[:0:-1], 0) + text


def _headers(size: int) -> bytes:
    dos = b"MZ".ljust(60, b"\0") + struct.pack("<I", 64)
    flags = _EXECUTABLE | _LARGE_ADDRESSES | _LIBRARY
    coff = b"PE\0\0" + struct.pack("<HHIIIHH", _AMD64, 1, 0, 0, 0, 240, flags)
    sizes = struct.pack("<HBBIIIII", 0x20B, 14, 0, 0, _HEADERS, 0, 0, 0)
    image = struct.pack("<QII", _BASE, _AT, _HEADERS)
    versions = struct.pack("<HHHHHHI", 6, 0, 0, 0, 6, 0, 0)
    whole = struct.pack("<IIIHH", 2 * _AT, _HEADERS, 0, _CONSOLE, 0)
    memory = struct.pack("<QQQQII", 1 << 20, 1 << 12, 1 << 20, 1 << 12, 0, 16)
    directories = struct.pack("<II", _AT, size) + b"\0" * 15 * 8
    place = struct.pack("<IIIIIIHHI", size, _AT, _HEADERS, _HEADERS, 0, 0, 0, 0, _READABLE_DATA)
    optional = sizes + image + versions + whole + memory + directories
    return dos + coff + optional + b".edata\0\0" + place
