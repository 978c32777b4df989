"""The words of `spip doctor --fix`: what was found, what goes, how it comes back."""

from __future__ import annotations

import contextlib
import difflib
import io
import re
import sys
from typing import TYPE_CHECKING

from spip.doctor.fix.hack import ADDED, BUNDLE, HTTP
from spip.files import decoded
from spip.text import printable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from spip.doctor.fix.hack import Hack
    from spip.files import Change

_LONGEST = 400
_MOST_LINES = 40
_NO_END = "\\ No newline at end of file"
_LOGIN = re.compile(r"(://)[^\s'\"]*@")


def survive() -> None:
    """What a code page lacks is shown as an escape instead of ending in a traceback."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        with contextlib.suppress(ValueError, OSError):
            sys.stdout.reconfigure(errors="backslashreplace")


def shown(text: str) -> str:
    """A line that is safe to print: no controls, no login of a URL."""
    return printable(_LOGIN.sub(r"\1****@", text), _LONGEST)


def headline(hack: Hack) -> str:
    """One line that says what it is and where."""
    if hack.kind == BUNDLE:
        return f"{shown(hack.where)}: {hack.setting} names {shown(hack.values[0])}, which is gone"
    if hack.kind == HTTP:
        return f"{shown(hack.where)}: {hack.setting} is http://, so nothing from there is verified"
    if hack.kind == ADDED:
        return f"{shown(hack.where)}: {hack.setting}; the next upgrade undoes that"
    named = ", ".join(shown(host.rpartition("@")[2]) for host in hack.hosts)
    hosts = f" ({named})" if named else ""
    return f"{shown(hack.where)}: {hack.setting} switches verification off for {hack.tool}{hosts}"


def differences(change: Change, most: int = _MOST_LINES) -> Iterator[str]:
    """Yield the exact change, as a patch without the lines around it: they are nobody's business.

    At most so many lines of it; 0: all.
    """
    old, new = (_lines(content) for content in (change.old, change.new))
    made = list(difflib.unified_diff(old, new, change.path, change.path, n=0, lineterm=""))
    for line in made[: most or None]:
        mark, rest = (line[:3], line[3:]) if line[:3] in {"---", "+++"} else (line[:1], line[1:])
        text, end, no_end = rest.partition(_NO_END)
        yield f"{mark}{shown(text) if mark != '@' else text}"
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
