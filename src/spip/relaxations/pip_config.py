"""Read options of pip's configuration file with the lines that hold them, as configparser does."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from spip.relaxations.relaxation import TextEdit

if TYPE_CHECKING:
    from collections.abc import Iterator

# Not str.splitlines: bytes of UTF-8 may look like one of its many line ends.
_LINE = re.compile(r"[^\n]*\n|[^\n]+")
_SECTION = re.compile(r"\[(?P<name>[^\]]+)\]")
_OPTION = re.compile(r"(?P<key>[^:=\s][^:=]*?)\s*[:=]\s*(?P<value>.*)$")


@dataclass(frozen=True)
class Option:
    """One option: the lines that hold its value, as spans of the text with their ends."""

    section: str
    key: str
    value: str
    line: int
    spans: tuple[tuple[int, int], ...]

    @property
    def cuts(self) -> tuple[TextEdit, ...]:
        """What takes it away."""
        return tuple(TextEdit(start, end) for start, end in self.spans)


@dataclass
class _Open:
    """The option whose value may still go on."""

    section: str
    key: str
    line: int
    indent: int
    values: list[str]
    spans: list[tuple[int, int]]

    def option(self) -> Option:
        return Option(
            self.section, self.key, "\n".join(self.values).strip(), self.line, tuple(self.spans)
        )


def parse_options(text: str) -> Iterator[Option]:
    """Yield each option of a file, its key as pip normalizes it."""
    section, current, place = "", None, 0
    for number, line in enumerate(_LINE.findall(text), 1):
        span, place = (place, place + len(line)), place + len(line)
        bare = line.strip()
        if not bare or bare[0] in "#;":
            continue
        indent = len(line) - len(line.lstrip())
        if current and indent > current.indent:
            current.values.append(bare)
            current.spans.append(span)
            continue
        if current:
            yield current.option()
        current = None
        if found := _SECTION.match(bare):
            section = found["name"]
        elif found := _OPTION.match(bare):
            values = [found["value"]]
            current = _Open(section, _name(found["key"]), number, indent, values, [span])
    if current:
        yield current.option()


def _name(key: str) -> str:
    return key.strip().lower().replace("_", "-").removeprefix("--")
