"""One thing that switches verification off, or leads it astray, and what takes it away."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field

# What a hack is: verification switched off, a bundle that isn't there, an index over http.
OFF, BUNDLE, HTTP, ADDED = "off", "bundle", "http", "added"


@dataclass(frozen=True)
class Cut:
    """A part of a text that goes, and what comes in its place.

    `instead` is what has to stand there where a shell demands a command: None where it never does.
    """

    start: int
    end: int
    put: str = ""
    instead: str | None = None


@dataclass(frozen=True)
class Hack:
    """One of them. `hosts`: whom it is about, () for everybody or where that can't be told.

    `shell` is the shell whose file it is, "" for none; `alias` whether it stands in the way of
    `pip` itself. `values` are a bundle's path, or URLs, which may hold secrets. `remedy` is what
    a person would do about it, "" where that is to remove the line.
    """

    path: str
    line: int
    tool: str
    setting: str
    cuts: tuple[Cut, ...] = field(repr=False)
    kind: str = OFF
    hosts: tuple[str, ...] = ()
    shell: str = ""
    alias: bool = False
    values: tuple[str, ...] = field(default=(), repr=False)
    remedy: str = ""
    seen: str = field(default="", repr=False)  # the digest of the text that it was found in

    @property
    def where(self) -> str:
        """The file and the line, as an editor takes them."""
        return f"{self.path}:{self.line}"


def digest(text: str) -> str:
    """By which a text is known again."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def without(text: str, cuts: list[Cut], *, careful: bool = False) -> str:
    """The text with all of these made; `careful`: with a command where one may be demanded."""
    for cut in sorted(set(cuts), key=lambda each: each.start, reverse=True):
        put = cut.instead if careful and cut.instead is not None else cut.put
        text = text[: cut.start] + put + text[cut.end :]
    return text
