"""Words and questions of `spip doctor --fix`: what was found, and the patch that removes it."""

from __future__ import annotations

import difflib
import re
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from spip import terminal
from spip.errors import SpipError
from spip.files import decoded
from spip.relaxations.relaxation import ADDED, BUNDLE, HTTP
from spip.text import printable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from spip.files import Change
    from spip.relaxations.relaxation import Relaxation

_LONGEST = 400
_MOST_LINES = 40
_NO_END = "\\ No newline at end of file"
_LOGIN = re.compile(r"(://)[^\s'\"]*@")


def safe_line(text: str) -> str:
    """A line that is safe to print: no controls, no login of a URL."""
    return printable(_LOGIN.sub(r"\1****@", text), _LONGEST)


def headline(relaxation: Relaxation) -> str:
    """One line that says what it is and where."""
    where, setting = safe_line(relaxation.where), relaxation.setting
    if relaxation.kind == BUNDLE:
        missing = safe_line(relaxation.values[0])
        return f"{where}: {setting} names {missing}, which is gone"
    if relaxation.kind == HTTP:
        return f"{where}: {setting} is http://, so nothing from there is verified"
    if relaxation.kind == ADDED:
        return f"{where}: {setting}; the next upgrade undoes that"
    named = ", ".join(safe_line(host.rpartition("@")[2]) for host in relaxation.hosts)
    hosts = f" ({named})" if named else ""
    return f"{where}: {setting} switches verification off for {relaxation.tool}{hosts}"


def patch_lines(change: Change, most: int = _MOST_LINES) -> Iterator[str]:
    """Yield the exact change, as a patch without the lines around it: they are nobody's business.

    At most so many lines of it; 0: all.
    """
    old, new = (_lines(content) for content in (change.old, change.new))
    made = list(difflib.unified_diff(old, new, change.path, change.path, n=0, lineterm=""))
    for line in made[: most or None]:
        mark, rest = (line[:3], line[3:]) if line[:3] in {"---", "+++"} else (line[:1], line[1:])
        text, end, no_end = rest.partition(_NO_END)
        yield f"{mark}{safe_line(text) if mark != '@' else text}"
        if end or no_end:
            yield _NO_END
    if most and len(made) > most:
        yield f"(and {len(made) - most} lines more)"


def _lines(content: bytes | None) -> list[str]:
    """As text that is meant to be read: UTF-8 where it was taken apart by bytes."""
    text, encoding = decoded(content or b"")
    if encoding == "latin-1":
        text = (content or b"").decode("utf-8", "backslashreplace")
    *lines, last = text.split("\n")
    return [line.removesuffix("\r") for line in lines] + ([last + _NO_END] if last else [])


@dataclass
class Prompt:
    """How offers are answered. `listed`: nothing is done, only named; `dry_run`: as a patch too."""

    yes: bool
    listed: bool
    dry_run: bool

    def to(self, question: str) -> bool:
        """Whether it is to be done. Raises SpipError where the user has had enough."""
        if self.yes or self.listed:
            return self.yes
        try:
            answer = terminal.ask(f"  {question} [yes/no/all/quit] ")
        except KeyboardInterrupt:
            answer = ""
            sys.stderr.write("\n")
        word = answer.strip().lower()
        if not answer or word in {"q", "quit"}:
            raise SpipError("nothing more was done")
        self.yes = word in {"a", "all"}
        return self.yes or word in {"y", "yes"}


def make_prompt(*, yes: bool, dry_run: bool) -> Prompt:
    """Without a terminal and without --yes nobody has agreed to anything."""
    nobody = not terminal.can_answer() and not yes
    return Prompt(yes=yes and not dry_run, listed=dry_run or nobody, dry_run=dry_run)
