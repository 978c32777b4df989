"""Options such as --trusted-host that a line of a shell's file gives to a program."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Any

from spip import data
from spip.doctor.fix import nothing_left
from spip.doctor.fix.hack import Cut, Hack
from spip.doctor.fix.lines import lines

if TYPE_CHECKING:
    from collections.abc import Iterator

    from spip.doctor.fix.lines import Line

# From where the blanks begin: begun at each of many, it would take the square of their number.
_GAP = r"(?<![ \t])(?:[ \t]|[\\`^]\r?\n)+"
_VALUE = (
    r"""(?:\\"[^"\n]*\\"|"[^"\n]*"|'[^'\n]*'"""
    r"""|(?:\$\{[^}]*\}|\$\([^)]*\)|[^\s'"`;|&(){}\[\],])+)"""
)


def hacks(path: str, text: str, syntax: str, shell: str) -> Iterator[Hack]:
    """Yield each line that has such options, with all of them that it has of one kind."""
    for line in lines(text, syntax):
        for entry in data.table("relaxations")["option"]:
            found = list(_found(line, entry))
            if found:
                yield _hack(path, line, entry, shell, found)


def _found(line: Line, entry: dict[str, Any]) -> Iterator[re.Match[str]]:
    for pattern in _patterns(entry["option"], has_value=entry.get("value", False)):
        for match in pattern.finditer(line.text, line.start, line.end):
            if re.search(entry["program"], line.text[line.start : match.start()]):
                yield match


@cache
def _patterns(option: str, *, has_value: bool) -> tuple[re.Pattern[str], ...]:
    """As words of a command; as strings of a list, as xonsh, Nushell and PowerShell have it."""
    end = r"(?=[\s'\"`;|&)}\],]|\Z)"
    if not has_value:
        return (re.compile(rf"{_GAP}{option}{end}"),)
    named = rf"{option}(?:=|{_GAP})(?P<value>{_VALUE})"
    one = rf"(?P<q>['\"]){option}(?:=(?P<value>[^'\"\n]*)(?P=q)|(?P=q)\s*,\s*"
    listed = one + r"(?P<p>['\"])(?P<other>[^'\"\n]*)(?P=p))"
    return (
        re.compile(rf"{_GAP}{named}"),
        re.compile(rf"(?<!\s)\s*,\s*{listed}"),
        re.compile(rf"(?<=[(\[]){listed}\s*,?\s*"),
    )


def _hack(
    path: str, line: Line, entry: dict[str, Any], shell: str, found: list[re.Match[str]]
) -> Hack:
    cuts = [Cut(match.start(), match.end()) for match in found]
    whole = nothing_left.whole(line, cuts) if entry["tool"] == "pip" else None
    # A comma of one may be the comma of the next.
    cuts = [a for a in cuts if not any(b is not a and b.start <= a.start < b.end for b in cuts)]
    return Hack(
        path=path,
        line=line.number_at(found[0].start()),
        tool=entry["tool"],
        setting=entry["setting"],
        cuts=(whole,) if whole else tuple(cuts),
        hosts=_hosts(found),
        shell=shell,
        alias=whole is not None,
    )


def _hosts(found: list[re.Match[str]]) -> tuple[str, ...]:
    """Whom it names; () where a variable does."""
    named = []
    for match in found:
        groups = match.groupdict()
        named.append((groups.get("value") or groups.get("other") or "").strip("\\\"'"))
    return () if any("$" in host for host in named) else tuple(dict.fromkeys(filter(None, named)))
