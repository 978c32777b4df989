"""`spip log` for a person: the newest uses, one row each."""

from __future__ import annotations

import contextlib
import io
import json
import os
from datetime import datetime
from typing import TYPE_CHECKING, Any, TextIO

from spip.invocation import command_line
from spip.text import in_ascii

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.table import Table

    from spip.logged.reading import Reading

# Rows; `--json` has no bound.
MOST = 100
_LINES = 3 * MOST  # an end belongs to each use, and what one command fetched is one line more
_LONGEST = 160


def show(reading: Reading, since: str, stream: TextIO) -> None:
    """Print the newest uses, or that there are none."""
    lines = reading.newest(_LINES, since)
    entries = [json.loads(line) for line in lines]
    if not entries:
        print("nothing has run without verification" + (" since then" if since else ""))
        return
    rows = list(_rows(entries))
    if isinstance(stream, io.TextIOWrapper):
        with contextlib.suppress(ValueError, OSError):
            stream.reconfigure(errors="backslashreplace")
    _print(rows[-MOST:], stream)
    if len(rows) > MOST or len(lines) == _LINES:
        stream.write(f"older ones:  {command_line('log', '--json')}\n")


def _print(rows: list[tuple[str, ...]], stream: TextIO) -> None:
    from rich.console import Console
    from rich.text import Text

    width = None if stream.isatty() or "COLUMNS" in os.environ else 160
    console = Console(file=stream, width=width, highlight=False, emoji=False)
    table = _table()
    for row in rows:
        table.add_row(*map(Text, row))
    with console.capture() as printed:
        console.print(table)
    # A table fills its lines up with blanks, which nobody wants in a log or a ticket.
    stream.write("".join(f"{line.rstrip()}\n" for line in printed.get().splitlines()))


def _table() -> Table:
    from rich.table import Table

    table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold", pad_edge=False)
    for column in ("when", "who", "where", "why", "what"):
        table.add_column(column, overflow="fold", no_wrap=column == "when")
    return table


def _rows(entries: list[dict[str, Any]]) -> Iterator[tuple[str, ...]]:
    ends = {each: entry for entry in entries for each in entry.get("ids", ())}
    for entry in entries:
        if entry.get("event") in _WORDS:
            why, what = _WORDS[entry["event"]]
            cells = (_when(entry), entry.get("user"), _where(entry), why(entry), what(entry, ends))
            yield tuple(in_ascii(str(cell), _LONGEST) for cell in cells)


def _when(entry: dict[str, Any]) -> str:
    moment = datetime.fromisoformat(entry["time"].replace("Z", "+00:00"))
    return f"{moment.astimezone():%Y-%m-%d %H:%M:%S}"


def _where(entry: dict[str, Any]) -> str:
    if "host" not in entry:
        return str(entry.get("value", ""))
    host = f"[{entry['host']}]" if ":" in entry["host"] else entry["host"]
    return f"{host}:{entry['port']}"


def _own_way(entry: dict[str, Any]) -> str:
    where = entry.get("where")
    return f"pip's own {entry['what']}" + (f" ({where})" if where else "")


def _used(entry: dict[str, Any], ends: dict[str, dict[str, Any]]) -> str:
    command = " ".join(map(str, entry.get("command", ())))
    end = ends.get(entry["id"])
    if end is None:
        return f"pip {command}"
    count = len(end.get("fetched", ()))
    files = f", {count} file{'' if count == 1 else 's'}" if count else ""
    return f"pip {command}: {end.get('outcome')}{files}"


def _given(entry: dict[str, Any], _: object) -> str:
    alone = " for one command" if entry.get("process") else ""
    return f"grant until {entry.get('until')}{alone}"


# Each event that has a row: why it was, and what was done.
_WORDS: dict[str, Any] = {
    "grant": (lambda entry: entry.get("reason", ""), _given),
    "revoke": (lambda _: "", lambda _, __: "grant ended"),
    "relax": (lambda entry: f"grant: {entry.get('reason')}", _used),
    "own_way": (_own_way, _used),
}
