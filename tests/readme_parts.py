"""The parts of README and command reference that are the program's own words."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from support.wheelhouse import CHECKOUT

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

README = CHECKOUT / "README.md"
COMMANDS = CHECKOUT / "docs" / "commands.md"
_PART = re.compile(
    r"^<!-- (?P<kind>help|transcript): (?P<name>[\w -]+) -->\n```\w+\n(?P<text>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)
# What differs from run to run, and from the README's example names to the test's.
_CHANGING = (
    (re.compile(r"proxy\.corp\.example:8080|localhost:\d+"), "PROXY"),
    (re.compile(r"\d{4}-\d\d-\d\d"), "DATE"),
    (re.compile(r"\b[0-9a-f]{64}\b"), "FINGERPRINT"),
    (re.compile(r"\b\d+ roots"), "N roots"),
    (re.compile(r"certifi [\d.]+"), "certifi VERSION"),
    (re.compile(r"\(\d+\.\d+ s\)"), "(N s)"),
    (re.compile(r"_ssl\.c:\d+"), "_ssl.c:N"),
)


@dataclass(frozen=True)
class Command:
    """A line of a transcript that was typed, and what it is shown to print."""

    words: tuple[str, ...]
    printed: tuple[str, ...]


def parts(kind: str) -> list[tuple[str, str]]:
    """Return name and text of each part of that kind."""
    page = COMMANDS if kind == "help" else README
    every = _PART.finditer(page.read_text("utf-8"))
    return [(found["name"], found["text"]) for found in every if found["kind"] == kind]


def commands(transcript: str) -> Iterator[Command]:
    """Yield each command of a transcript."""
    for block in re.split(r"^\$ ", transcript, flags=re.MULTILINE)[1:]:
        typed, *printed = block.rstrip().splitlines()
        yield Command(tuple(typed.split()), tuple(printed))


def is_shown(printed: Sequence[str], output: str) -> bool:
    """Whether the lines are what the output says.

    A line that begins with "..." stands for any lines, " ... " within one for any words.
    """
    pattern = ""
    for line in printed:
        words = map(re.escape, _plain(line).split(" ... "))
        pattern += r"(?:.*\n)*?" if line.startswith("...") else r" .* ".join(words) + r"\n"
    return bool(re.fullmatch(pattern, _plain(output)))


def _plain(text: str) -> str:
    for pattern, word in _CHANGING:
        text = pattern.sub(word, text)
    return "\n".join(line.rstrip() for line in text.split("\n"))
