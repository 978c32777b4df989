"""The lines of a shell's file as the shell sees them: joined, and without their comments."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from spip.doctor.fix.hack import Cut

if TYPE_CHECKING:
    from collections.abc import Iterator

# What ends a line that goes on below, by syntax; for the others a backslash.
_JOINTS = {"powershell": "`", "cmd": "^", "environment": ""}
# What does nothing, where a block of that syntax must not be empty.
_NOTHING = {"posix": ":", "csh": ":", "xonsh": "pass", "fish": ":"}
_COMMENTS = {"cmd": r"\s*@?(?:::|rem\b)"}
# Of a line, with all that it is joined with. Nobody writes a longer one; what looks for an
# assignment in it takes the square of its length in time.
_LONGEST = 8_000
_STATEMENT_ENDS = re.compile(r"[ \t]*(?:[;&|)}\r\n#]|\Z)")


@dataclass(frozen=True)
class Line:
    """One line of code in `text`: [start, end) without its end and its comment."""

    text: str
    number: int
    start: int
    end: int
    syntax: str

    @property
    def code(self) -> str:
        """What the shell runs."""
        return self.text[self.start : self.end]

    def number_at(self, place: int) -> int:
        """The number of the line in the file that a place in the text is on."""
        return self.number + self.text.count("\n", self.start, place)


def lines(text: str, syntax: str) -> Iterator[Line]:
    """Yield each line that is more than a comment."""
    joint = _JOINTS.get(syntax, "\\")
    comment = re.compile(_COMMENTS.get(syntax, r"\s*#"), re.IGNORECASE)
    start, number = 0, 1
    while start < len(text):
        end = _end(text, start, "" if comment.match(text, start) else joint)
        if not comment.match(text, start) and end - start <= _LONGEST:
            yield Line(text, number, start, _without_comment(text, start, end, syntax), syntax)
        number += text.count("\n", start, end + 1)
        start = end + 1


def _end(text: str, start: int, joint: str) -> int:
    while True:
        end = text.find("\n", start)
        if end < 0:
            return len(text)
        if not joint or not text[start:end].rstrip("\r").endswith(joint):
            return end
        start = end + 1


def _without_comment(text: str, start: int, end: int, syntax: str) -> int:
    """Where the comment begins: a # after a blank, outside of quotes."""
    quote, before = "", " "
    for place in range(start, end if syntax != "cmd" else start):
        letter = text[place]
        if quote:
            quote = "" if letter == quote and before != "\\" else quote
        elif letter in "\"'" and before != "\\":
            quote = letter
        elif letter == "#" and before in " \t;":
            return place
        before = letter
    return end


def statement(line: Line, start: int, end: int) -> Cut:
    """The cut that takes one whole command out: with its line where it has that to itself."""
    text = line.text
    nothing = _NOTHING.get(line.syntax)
    head = text.rfind("\n", 0, start) + 1
    tail = text.find("\n", end)
    tail = len(text) if tail < 0 else tail + 1
    rest = text[end:tail].strip().lstrip(";").strip()
    if not text[head:start].strip() and (not rest or rest.startswith("#")):
        return Cut(head, tail, "", _kept(text, head, start, tail, nothing))
    return Cut(start, end, nothing or "", nothing)


def _kept(text: str, head: int, start: int, tail: int, nothing: str | None) -> str | None:
    if nothing is None:
        return None
    ends = re.search(r"\r?\n\Z", text[head:tail])
    return text[head:start] + nothing + (ends.group() if ends else "")


def ends_statement(text: str, place: int) -> bool:
    """Whether nothing more of a command follows."""
    return _STATEMENT_ENDS.match(text, place) is not None
