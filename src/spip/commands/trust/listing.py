"""`spip trust list` for a person: tables that survive every code page."""

from __future__ import annotations

import os
import sys
from datetime import datetime, timezone
from typing import TYPE_CHECKING, TextIO

from spip.commands.trust.survey import survey
from spip.invocation import command_line
from spip.text import printable

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from rich.console import Console
    from rich.table import Table

    from spip.certificates.x509 import Certificate
    from spip.commands.trust import Options
    from spip.commands.trust.survey import Extra, Survey
    from spip.stores.gather import Given

# Reasons that are shown of one source; the JSON has more, as many as are kept.
_MOST_REASONS = 5


def show(found: Survey, stream: TextIO) -> None:
    """Print the survey to `stream`."""
    console = _console(stream)
    with console.capture() as printed:
        console.print(_sources(found))
        _extra_roots(console, found)
        for line, style in _notes(found):
            # A command, and a path, stay on their line: they are there to be pasted.
            console.print(line, style=style, markup=False, soft_wrap=True)
    # A table fills its lines up with blanks, which nobody wants in a log or a ticket.
    stream.write("".join(f"{line.rstrip()}\n" for line in printed.get().splitlines()))


def _console(stream: TextIO) -> Console:
    from rich.console import Console

    width = None if stream.isatty() or "COLUMNS" in os.environ else 110
    return Console(file=stream, width=width, highlight=False, emoji=False, soft_wrap=False)


def _sources(found: Survey) -> Table:
    from rich.text import Text

    table = _table("source", "what", "roots", "extra", "where; what was passed over")
    for one in found.given:
        extra = found.count_extra(one.source)
        counts = (str(len(one.roots)), str(extra) if extra else "")
        lines = [printable(one.source.path or "asked from the system", 300), *_reasons(one)]
        cells = [one.source.kind, printable(one.source.label), *counts, "\n".join(lines)]
        table.add_row(*map(Text, cells))
    return table


def _reasons(one: Given) -> Iterator[str]:
    for each in one.refused[:_MOST_REASONS]:
        line = f"line {each.line} " if each.line else "it "
        yield f"passed over: {line}{each.reason}"
    if (rest := len(one.refused) - _MOST_REASONS) > 0:
        yield f"and {rest} more ({command_line('trust', 'list', '--json')})"


def _extra_roots(console: Console, found: Survey) -> None:
    if not found.extra:
        console.print("\nNo extra root: the system's store and certifi have every one of them.")
        return
    console.print("\nExtra roots, which neither the system's store nor certifi has:", style="bold")
    now = datetime.now(timezone.utc)
    for each in found.extra:
        for line in _told(each, now):
            console.print(line, markup=False, soft_wrap=True)


def _told(each: Extra, now: datetime) -> Iterator[str]:
    whose = f" ({each.product})" if each.product else ""
    yield f"  {each.certificate.subject.text}{whose}"
    yield f"    expires  {each.certificate.last:%Y-%m-%d}, in {each.days_left(now)} days"
    yield f"    from     {', '.join(dict.fromkeys(source.label for source in each.sources))}"
    yield f"    SHA-256  {each.certificate.fingerprint}"


def shown(fingerprint: str) -> str:
    """Return a SHA-256 as people compare it: pairs in capitals, on two lines."""
    pairs = [fingerprint[at : at + 2].upper() for at in range(0, len(fingerprint), 2)]
    return ":".join(pairs[:16]) + "\n" + ":".join(pairs[16:])


def _notes(found: Survey) -> Iterator[tuple[str, str]]:
    for each in (*found.extra, *found.strict):
        if each.strict:
            name, rules = each.certificate.subject.shown, ", ".join(each.strict)
            yield f"\nPrograms on Python 3.13 and newer refuse {name} (pip doesn't): {rules}", ""
    for copy in found.edited:
        yield (
            f"\n{copy.path} was edited by hand; an upgrade of {copy.package} undoes that.",
            "bold",
        )
        yield from _named(copy.certificates)
        if copy.certificates:
            yield f"  keep them:  {command_line('trust', 'add', copy.path)}", ""
    for other in found.elsewhere:
        yield f"\n{other.tool} trusts what pip doesn't ({other.setting}: {other.path}):", "bold"
        yield from _named(other.roots)
        yield f"  for pip as well:  {command_line('trust', 'add', other.path)}", ""


def _named(certificates: tuple[Certificate, ...]) -> Iterator[tuple[str, str]]:
    for each in certificates:
        yield f"  {each.subject.text}, until {each.last:%Y-%m-%d}, {each.fingerprint}", ""


def _table(*columns: str) -> Table:
    from rich.table import Table

    table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold", pad_edge=False)
    for column in columns:
        right = column in {"roots", "extra"}
        table.add_column(column, justify="right" if right else "left", overflow="fold")
    return table


def main(wanted: Options, environ: Mapping[str, str]) -> int:
    """Print the table, or JSON; 0."""
    found = survey(environ)
    if wanted.json:
        from spip.commands.trust import list_json

        print(list_json.text(found))
        return 0

    show(found, sys.stdout)
    return 0
