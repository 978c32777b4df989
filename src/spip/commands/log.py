"""`spip log`: what ran without verification, when, by whom, why."""

from __future__ import annotations

import contextlib
import json
import os
import sys
import time
from collections import deque
from dataclasses import dataclass
from datetime import datetime, timezone
from itertools import chain
from typing import IO, TYPE_CHECKING, Any, TextIO

from spip import redact
from spip import text as duration
from spip.errors import SpipError
from spip.invocation import Parser, command_line
from spip.policy import state_folder
from spip.policy.audit_log import BEGIN, END
from spip.text import in_ascii

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rich.table import Table


def main(arguments: Sequence[str]) -> int:
    """Print what was asked for; 0. Raises SpipError where the log can't be read."""
    from spip.policy import audit_log

    wanted = parse(arguments)
    if wanted is None:  # --help was printed
        return 0
    reading = Reading(audit_log.files(os.environ))
    if wanted.json:
        _print(reading.since(wanted.since))
    else:
        show(reading, wanted.since, sys.stdout)
    if reading.damaged:
        count = f"{reading.damaged} lines" if reading.damaged > 1 else "one line"
        print(f"spip: {count} of the log can't be read and were passed over", file=sys.stderr)
    return 0


def _print(lines: Iterator[bytes]) -> None:
    """Print lines as they are; whoever reads them may stop before the end."""
    sys.stdout.flush()
    try:
        sys.stdout.buffer.writelines(lines)
        sys.stdout.buffer.flush()
    except BrokenPipeError:
        # Python would say so once more when it flushes at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


@dataclass(frozen=True)
class Options:
    """What was asked for. `since`: the moment as the log writes it, "" for the beginning."""

    json: bool
    since: str


def parse(arguments: Sequence[str]) -> Options | None:
    """Return what is asked for; None after --help. Raises SpipError (usage)."""
    known = parser()
    given = known.parse_args(list(arguments))
    if given.help:
        known.print_help(sys.stdout)
        return None
    return Options(given.json, moment(given.since, time.time()) if given.since else "")


def parser() -> Parser:
    """The parser of all that may follow; for a shell that completes."""
    made = Parser(
        prog="spip log",
        description="What ran without verification, when, by whom, why.",
        epilog="Exit codes: 0 done, 1 the log can't be read, 2 wrong usage.",
        add_help=False,
        allow_abbrev=False,
    )
    made.add_argument("-h", "--help", action="store_true", help="print this")
    made.add_argument(
        "--json", action="store_true", help="print the log's lines (docs/allow-insecure.md)"
    )
    made.add_argument(
        "--since", metavar="WHEN", default="", help="from then on: 2h, 30d, 2026-11-20, ..."
    )
    return made


def moment(text: str, now: float) -> str:
    """Return when `text` is, a duration before `now` or a date, in UTC as the log writes it.

    A date without a zone is this machine's. Raises SpipError (usage).
    """
    try:
        found = datetime.fromtimestamp(now - duration.parse_duration(text), timezone.utc)
    except (ValueError, OverflowError, OSError):
        try:
            # Python 3.10 doesn't take the letter Z.
            found = datetime.fromisoformat(text.replace("Z", "+00:00")).astimezone(timezone.utc)
        except (ValueError, OverflowError, OSError):
            raise SpipError(
                f"--since takes a duration or a date, and {redact.path(text)!a} is neither",
                command_line("log", "--since", "2h"),
                exit_code=2,
            ) from None
    return found.strftime("%Y-%m-%dT%H:%M:%S.%fZ").rjust(27, "0")


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
    _table_print(rows[-MOST:], stream)
    if len(rows) > MOST or len(lines) == _LINES:
        stream.write(f"older ones:  {command_line('log', '--json')}\n")


def _table_print(rows: list[tuple[str, ...]], stream: TextIO) -> None:
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

_BLOCK = 1 << 18
_END = END + b"\n"
_TIME = slice(len(BEGIN), len(BEGIN) + 27)  # 2026-11-21T10:05:03.123456Z


class Reading:
    """Reads these files, the oldest first. `damaged` counts the lines that were passed over."""

    def __init__(self, files: Sequence[str]) -> None:
        self._files = files
        self.damaged = 0

    def since(self, moment: str) -> Iterator[bytes]:
        """Yield every whole line from that moment on ("": every one), with its line end."""
        wanted = moment.encode("ascii")
        with self._opened(_BLOCK) as files:
            for line in chain.from_iterable(files):
                if not (line.startswith(BEGIN) and line.endswith(_END)):
                    self.damaged += 1
                elif line[_TIME] >= wanted:
                    yield line

    def newest(self, count: int, moment: str = "") -> list[bytes]:
        """Return at most so many lines, the newest, oldest first; of those from `moment` on."""
        if moment:
            return list(deque(self.since(moment), count))
        found: list[bytes] = []
        with self._opened(0) as files:
            for file in reversed(files):
                found = [*self._last(file, count - len(found)), *found]
                if len(found) >= count:
                    break
        return found

    @contextlib.contextmanager
    def _opened(self, buffering: int) -> Iterator[list[IO[bytes]]]:
        """All files at once, each once. A rotation renames the newer ones to where older ones were.

        So the newest is opened first: what is renamed meanwhile is met twice, not never.
        """
        files: dict[tuple[int, int], IO[bytes]] = {}
        with contextlib.ExitStack() as stack:
            for path in reversed(self._files):
                descriptor = _opened(path)
                if descriptor is not None:
                    file = stack.enter_context(open(descriptor, "rb", buffering=buffering))
                    seen = os.fstat(descriptor)
                    files.setdefault((seen.st_dev, seen.st_ino), file)
            yield [*reversed(files.values())]

    def _last(self, file: IO[bytes], count: int) -> list[bytes]:
        """Read one file from its end, a block at a time, until there are enough line ends."""
        place, data = file.seek(0, 2), b""
        while place and data.count(b"\n") <= count:
            step = min(place, _BLOCK)
            place = file.seek(place - step)
            data = file.read(step) + data
        lines = data.splitlines(keepends=True)
        lines = (lines[1:] if place else lines)[-count:] if count else []
        whole = [line for line in lines if line.startswith(BEGIN) and line.endswith(_END)]
        self.damaged += len(lines) - len(whole)
        return whole


def _opened(path: str) -> int | None:
    """Open a file of the log; None where it was rotated away meanwhile. Raises SpipError."""
    try:
        return state_folder.opened(path, os.O_RDONLY)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise SpipError(f"the log {path} can't be read: {error.strerror}") from error
