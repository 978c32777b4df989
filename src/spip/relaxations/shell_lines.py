"""Split a shell's file into lines of code, and find options there that switch verification off."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from spip import data
from spip.relaxations.relaxation import Relaxation, TextEdit, apply_edits

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


def code_lines(text: str, syntax: str) -> Iterator[Line]:
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


def statement_edit(line: Line, start: int, end: int) -> TextEdit:
    """The cut that takes one whole command out: with its line where it has that to itself."""
    text = line.text
    nothing = _NOTHING.get(line.syntax)
    head = text.rfind("\n", 0, start) + 1
    tail = text.find("\n", end)
    tail = len(text) if tail < 0 else tail + 1
    rest = text[end:tail].strip().lstrip(";").strip()
    if not text[head:start].strip() and (not rest or rest.startswith("#")):
        return TextEdit(head, tail, "", _placeholder(text, head, start, tail, nothing))
    return TextEdit(start, end, nothing or "", nothing)


def _placeholder(text: str, head: int, start: int, tail: int, nothing: str | None) -> str | None:
    if nothing is None:
        return None
    ends = re.search(r"\r?\n\Z", text[head:tail])
    return text[head:start] + nothing + (ends.group() if ends else "")


def ends_statement(text: str, place: int) -> bool:
    """Whether nothing more of a command follows."""
    return _STATEMENT_ENDS.match(text, place) is not None


_NAME = r"(?P<name>pip[\d.]*)"
_SELF = r"(?:(?:command|env|builtin)[ \t]+|\\+|\^|&[ \t]*)?(?P=name)(?:\.exe)?"
_ARGUMENTS = (
    r'(?:[ \t]+(?:"\$@"|"\$\{@\}"|\$@|\$\*|\$argv|[$@]args|\\!\*|\\!:\*|\.\.\.\$\w+|"\\!\*"))*'
)
_QUOTED = rf'"?{_NAME}"?'
_FLAGS = r"(?:-[\w-]*[ \t]+)*"
_CALL = _SELF + _ARGUMENTS
_END = r"[ \t]*;?[ \t]*(?:#[^\n]*)?\r?$"
_SHELLS = (  # sh, fish, csh and Nushell; sh and PowerShell; fish; Nushell; xonsh; cmd
    rf"alias[ \t]+{_FLAGS}{_NAME}(?:[ \t]*=[ \t]*|[ \t]+)(?P<q>['\"]?){_CALL}[ \t]*(?P=q)",
    rf"(?:function[ \t]+)?{_NAME}[ \t]*(?:\([ \t]*\))?\s*\{{\s*{_CALL}\s*;?\s*\}}",
    rf"function[ \t]+{_NAME}[^\n;]*[\n;]\s*{_CALL}[ \t]*\r?[\n;]\s*end",
    rf"(?:export[ \t]+)?def[ \t]+{_FLAGS}{_QUOTED}[ \t]*\[[^\]]*\][ \t]*\{{\s*{_CALL}\s*\}}",
    rf"aliases\[['\"]{_NAME}['\"]\]\s*=\s*\[?\s*(?P<q>['\"]){_CALL}(?P=q)[ \t]*,?[ \t]*\]?",
    rf"@?(?:doskey[ \t]+)?{_NAME}=[ \t]*{_CALL}",
)
_FORMS = tuple(re.compile(rf"^[ \t]*{form}{_END}", re.MULTILINE) for form in _SHELLS)


def empty_wrapper(line: Line, cuts: list[TextEdit]) -> TextEdit | None:
    """The cut that takes the whole of it, or None where something else would be left."""
    if "\n" in line.code.strip() and not cuts:
        return None
    after = apply_edits(line.text, cuts)
    place = min(cut.start for cut in cuts)
    gone = len(line.text) - len(after)
    for form in _FORMS:
        for found in form.finditer(after):
            if found.start() <= place <= found.end():
                start = found.start() + len(found.group()) - len(found.group().lstrip(" \t"))
                return statement_edit(line, start, found.end() + gone)
    return None


# From where the blanks begin: begun at each of many, it would take the square of their number.
_GAP = r"(?<![ \t])(?:[ \t]|[\\`^]\r?\n)+"
_VALUE = (
    r"""(?:\\"[^"\n]*\\"|"[^"\n]*"|'[^'\n]*'"""
    r"""|(?:\$\{[^}]*\}|\$\([^)]*\)|[^\s'"`;|&(){}\[\],])+)"""
)


def option_relaxations(path: str, text: str, syntax: str, shell: str) -> Iterator[Relaxation]:
    """Yield each line that has such options, with all of them that it has of one kind."""
    for line in code_lines(text, syntax):
        for entry in data.table("relaxations")["option"]:
            found = list(_option_matches(line, entry))
            if found:
                yield _option_relaxation(path, line, entry, shell, found)


def _option_matches(line: Line, entry: dict[str, Any]) -> Iterator[re.Match[str]]:
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


def _option_relaxation(
    path: str, line: Line, entry: dict[str, Any], shell: str, found: list[re.Match[str]]
) -> Relaxation:
    cuts = [TextEdit(match.start(), match.end()) for match in found]
    whole = empty_wrapper(line, cuts) if entry["tool"] == "pip" else None
    # A comma of one may be the comma of the next.
    cuts = [a for a in cuts if not any(b is not a and b.start <= a.start < b.end for b in cuts)]
    return Relaxation(
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
