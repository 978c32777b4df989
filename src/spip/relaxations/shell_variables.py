"""Find variables that a file sets, in the syntax of each shell, of /etc/environment and systemd."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from spip.relaxations.relaxation import TextEdit
from spip.relaxations.shell_lines import code_lines, ends_statement, statement_edit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from spip.relaxations.shell_lines import Line

_VALUE = r"""(?P<value>"(?:\\.|[^"\\])*"|'[^']*'|[^\s;&|"'()#`]*)"""
_EXPORT = r"(?:export|typeset|declare|readonly|local)(?:[ \t]+-\w+)*[ \t]+"
_FISH = r"(?P<value>(?:[ \t]+(?:\"[^\"\n]*\"|'[^'\n]*'|[^\s;&|\"'#]+))*)"
_PYTHON = r"(?P<value>[^\n#;=][^\n#;]*)"
_FLAGS = r"[ \t]+(?:-\w+[ \t]+)*"
# How a variable is set, by syntax; each is a command of its own.
_COMMANDS = {
    "csh": (rf"\bsetenv[ \t]+NAME(?:[ \t]+{_VALUE})?(?![\w=])",),
    "fish": (rf"\bset[ \t]+(?:-(?!\w*[eq]\b|-erase|-query)[\w-]+[ \t]+)*NAME(?!\w){_FISH}",),
    "xonsh": (
        rf"\$NAME[ \t]*=[ \t]*{_PYTHON}",
        rf"(?:os\.environ|\$\{{\.\.\.\}}|__xonsh__\.env)\[['\"]NAME['\"]\][ \t]*=[ \t]*{_PYTHON}",
    ),
    "nu": (r"\$env\.NAME[ \t]*=[ \t]*(?P<value>[^\n#;]*)",),
    "powershell": (
        rf"(?i:\$\{{?env:)NAME\}}?[ \t]*=[ \t]*{_VALUE}",
        rf"(?i:(?:Set|New)-Item){_FLAGS}['\"]?(?i:env:)\\?NAME['\"]?{_FLAGS}{_VALUE}",
    ),
    "cmd": (
        r'@?(?i:setx?)[ \t]+"NAME=(?P<value>[^"\n]*)"',
        r"@?(?i:set)[ \t]+NAME=(?P<value>[^\n&|]*)",
        r'@?(?i:setx)[ \t]+NAME[ \t]+(?P<value>"[^"\n]*"|[^\s&|]+)(?:[ \t]+/[mM])?',
    ),
    "environment": (
        r"^[ \t]*(?:export[ \t]+)?NAME[ \t]*=[ \t]*(?P<value>[^\n]*)",
        r"^[ \t]*NAME[ \t]+(?:DEFAULT|OVERRIDE)=(?P<value>[^\n]*)",
        r"^[ \t]*SETUVAR[ \t]+(?:--\w+[ \t]+)*NAME:(?P<value>[^\n]*)",
    ),
}


# How far below an assignment its `export NAME` is looked for: not through all of a long file each
# time.
_NEAR = 20_000


@dataclass(frozen=True)
class Assignment:
    """A variable that gets a value. `at` is where the value stands in the text."""

    name: str
    value: str
    line: int
    at: tuple[int, int]
    cuts: tuple[TextEdit, ...]


def find_assignments(text: str, syntax: str, names: tuple[str, ...]) -> Iterator[Assignment]:
    """Yield each assignment to one of `names`, with what takes it away."""
    for line in code_lines(text, syntax):
        for name in names:
            if name not in line.code:
                continue
            for match, cuts in _in_line(line, syntax, name):
                at = match.span("value")
                value = _unquoted(match["value"] or "", syntax)
                yield Assignment(name, value, line.number_at(match.start()), at, cuts)


def _in_line(
    line: Line, syntax: str, name: str
) -> Iterator[tuple[re.Match[str], tuple[TextEdit, ...]]]:
    taken = -1
    for pattern in _patterns(syntax, name):
        for match in pattern.finditer(line.text, line.start, line.end):
            if match.start() >= taken:
                yield match, (statement_edit(line, match.start(), match.end()),)
                taken = match.end()
    if syntax in {"posix", "fish"}:
        for match in _assignment_pattern(name).finditer(line.text, line.start, line.end):
            over_lines = _over_lines(name).match(line.text, match.start())
            yield over_lines or match, _cuts(line, over_lines or match, name)


@cache
def _patterns(syntax: str, name: str) -> tuple[re.Pattern[str], ...]:
    found = _COMMANDS.get(syntax, ())
    return tuple(re.compile(each.replace("NAME", name), re.MULTILINE) for each in found)


@cache
def _assignment_pattern(name: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w${{.-]){name}={_VALUE}")


@cache
def _over_lines(name: str) -> re.Pattern[str]:
    """Several hosts between quotes, one on each line."""
    return re.compile(rf"{name}=(?P<value>\"[\w.:\s-]*\"|'[\w.:\s-]*')")


def _cuts(line: Line, match: re.Match[str], name: str) -> tuple[TextEdit, ...]:
    """Of NAME=VALUE: alone, exported, one of several, or before a command."""
    text, end = line.text, match.end()
    before = text[line.start : match.start()]
    later = re.compile(rf"[ \t]*;[ \t]*{_EXPORT}{name}(?!\w)").match(text, end, line.end)
    if later:
        end = later.end()
    exported = re.search(rf"(?<![\w$.-]){_EXPORT}$", before)
    if ends_statement(text, end):
        if exported:
            return (statement_edit(line, line.start + exported.start(), end),)
        if re.search(rf"\b{_EXPORT}[^;&|]*[ \t]$", before):  # the last of several
            start = match.start() - (len(before) - len(before.rstrip(" \t")))
            return (TextEdit(start, end),)
        return (statement_edit(line, match.start(), end), *_exports(line, end, name))
    blanks = re.compile(r"[ \t]*").match(text, end, line.end)
    return (TextEdit(match.start(), blanks.end() if blanks else end),)


def _exports(line: Line, place: int, name: str) -> Iterator[TextEdit]:
    """The `export NAME` of its own, on a line below."""
    lone = re.compile(rf"^[ \t]*{_EXPORT}{name}[ \t]*\r?$", re.MULTILINE)
    for match in lone.finditer(line.text, place, place + _NEAR):
        stripped = match.group().strip()
        start = match.start() + match.group().index(stripped)
        yield statement_edit(line, start, start + len(stripped))


def _unquoted(value: str, syntax: str) -> str:
    """The value without its quotes; fish's universal variables have escapes."""
    value = value.strip()
    if syntax == "environment" and "\\x" in value:
        value = re.sub(r"\\x([0-9a-f]{2})", lambda each: chr(int(each[1], 16)), value)
    if len(value) > 1 and value[0] == value[-1] and value[0] in "\"'":
        return value[1:-1]
    return " ".join(word.strip("\"'") for word in value.split())
