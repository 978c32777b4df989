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

from spip import console, redact
from spip.commands.arguments import Parser
from spip.errors import SpipError
from spip.invocation import command_line
from spip.policy import audit_log, state_folder
from spip.policy.audit_log import BEGIN, END
from spip.text import in_ascii, parse_duration

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


def main(arguments: Sequence[str]) -> int:
    """Print what was asked for; 0. Raises SpipError where the log can't be read."""
    options = parse(arguments)
    if options is None:  # --help was printed
        return 0
    reading = Reading(audit_log.files(os.environ))
    if options.json:
        _print_lines(reading.since(options.since))
    else:
        show(reading, options.since, sys.stdout)
    if reading.damaged:
        count = f"{reading.damaged} lines" if reading.damaged > 1 else "one line"
        print(f"spip: {count} of the log can't be read and were passed over", file=sys.stderr)
    return 0


def _print_lines(lines: Iterator[bytes]) -> None:
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
    """What the arguments say. `since`: the moment as the log writes it, "" for the beginning."""

    json: bool
    since: str


def parse(arguments: Sequence[str]) -> Options | None:
    """Read the arguments; None once --help was printed. Raises SpipError (usage)."""
    known = parser()
    if known.helped(arguments):
        return None
    given = known.parse_args(list(arguments))
    return Options(given.json, parse_moment(given.since, time.time()) if given.since else "")


def parser() -> Parser:
    """The parser of the arguments."""
    made = Parser(
        prog="spip log",
        description="What ran without verification, when, by whom, why.",
        epilog="Exit codes: 0 done, 1 the log can't be read, 2 wrong usage.",
    )
    made.list_help()
    made.add_argument(
        "--json", action="store_true", help="print the log's lines (docs/allow-insecure.md)"
    )
    made.add_argument(
        "--since", metavar="WHEN", default="", help="from then on: 2h, 30d, 2026-11-20, ..."
    )
    return made


def parse_moment(text: str, now: float) -> str:
    """The moment `text`, a duration before `now` or a date, in UTC as the log writes it.

    A date without a zone is this machine's. Raises SpipError (usage).
    """
    try:
        moment = datetime.fromtimestamp(now - parse_duration(text), timezone.utc)
    except (ValueError, OverflowError, OSError):
        try:
            # Python 3.10 doesn't take the letter Z.
            moment = datetime.fromisoformat(text.replace("Z", "+00:00")).astimezone(timezone.utc)
        except (ValueError, OverflowError, OSError):
            raise SpipError(
                f"--since takes a duration or a date, and {redact.path(text)!a} is neither",
                command_line("log", "--since", "2h"),
                exit_code=2,
            ) from None
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ").rjust(27, "0")


MOST = 100  # rows of the table; `--json` has no bound
_LINES = 3 * MOST  # an end belongs to each use, and what one command fetched is one line more
_LONGEST = 160  # characters of a cell
_WIDTH = 160


def show(reading: Reading, since: str, stream: TextIO) -> None:
    """Print the newest uses, or that there are none."""
    lines = reading.newest(_LINES, since)
    entries = [json.loads(line) for line in lines]
    if not entries:
        print("nothing has run without verification" + (" since then" if since else ""))
        return
    rows = list(_rows(entries))
    _print_table(rows[-MOST:], stream)
    if len(rows) > MOST or len(lines) == _LINES:
        stream.write(f"older ones:  {command_line('log', '--json')}\n")


def _print_table(rows: list[tuple[str, ...]], stream: TextIO) -> None:
    from rich.text import Text

    table = console.table("when", "who", "where", "why", "what", unwrapped=("when",))
    for row in rows:
        table.add_row(*map(Text, row))
    with console.drawing_on(stream, _WIDTH) as page:
        page.print(table)


def _rows(entries: list[dict[str, Any]]) -> Iterator[tuple[str, ...]]:
    ends = {use: entry for entry in entries for use in entry.get("ids", ())}
    for entry in entries:
        if entry.get("event") in _ROWS:
            why, what = _ROWS[entry["event"]]
            cells = (_when(entry), entry.get("user"), _host(entry), why(entry), what(entry, ends))
            yield tuple(in_ascii(str(cell), _LONGEST) for cell in cells)


def _when(entry: dict[str, Any]) -> str:
    moment = datetime.fromisoformat(entry["time"].replace("Z", "+00:00"))
    return f"{moment.astimezone():%Y-%m-%d %H:%M:%S}"


def _host(entry: dict[str, Any]) -> str:
    if "host" not in entry:
        return str(entry.get("value", ""))
    host = f"[{entry['host']}]" if ":" in entry["host"] else entry["host"]
    return f"{host}:{entry['port']}"


def _relaxation_of_pip(entry: dict[str, Any]) -> str:
    where = entry.get("where")
    return f"pip's own {entry['what']}" + (f" ({where})" if where else "")


def _use(entry: dict[str, Any], ends: dict[str, dict[str, Any]]) -> str:
    command = " ".join(map(str, entry.get("command", ())))
    end = ends.get(entry["id"])
    if end is None:
        return f"pip {command}"
    count = len(end.get("fetched", ()))
    files = f", {count} file{'' if count == 1 else 's'}" if count else ""
    return f"pip {command}: {end.get('outcome')}{files}"


def _grant(entry: dict[str, Any], _: object) -> str:
    only = " for one command" if entry.get("process") else ""
    return f"grant until {entry.get('until')}{only}"


# The events that have a row, each with what fills its columns "why" and "what".
_ROWS: dict[str, Any] = {
    "grant": (lambda entry: entry.get("reason", ""), _grant),
    "revoke": (lambda _: "", lambda _, __: "grant ended"),
    "relax": (lambda entry: f"grant: {entry.get('reason')}", _use),
    "own_way": (_relaxation_of_pip, _use),
}

_BLOCK = 1 << 18
_END = END + b"\n"
_TIME = slice(len(BEGIN), len(BEGIN) + 27)  # 2026-11-21T10:05:03.123456Z


class Reading:
    """Reads these files, the oldest first. `damaged` counts the lines that were ignored."""

    def __init__(self, files: Sequence[str]) -> None:
        self._files = files
        self.damaged = 0

    def since(self, moment: str) -> Iterator[bytes]:
        """Yield every whole line from that moment on ("": every one), with its line end."""
        first = moment.encode("ascii")
        with self._opened(_BLOCK) as files:
            for line in chain.from_iterable(files):
                if not (line.startswith(BEGIN) and line.endswith(_END)):
                    self.damaged += 1
                elif line[_TIME] >= first:
                    yield line

    def newest(self, count: int, moment: str = "") -> list[bytes]:
        """At most `count` of the lines from `moment` on, the newest ones, oldest first."""
        if moment:
            return list(deque(self.since(moment), count))
        newest: list[bytes] = []
        with self._opened(0) as files:
            for file in reversed(files):
                newest = [*self._last(file, count - len(newest)), *newest]
                if len(newest) >= count:
                    break
        return newest

    @contextlib.contextmanager
    def _opened(self, buffering: int) -> Iterator[list[IO[bytes]]]:
        """All files at once, each once. A rotation renames the newer ones to where older ones were.

        So the newest is opened first: what is renamed meanwhile is met twice, not never.
        """
        files: dict[tuple[int, int], IO[bytes]] = {}
        with contextlib.ExitStack() as stack:
            for path in reversed(self._files):
                descriptor = _open(path)
                if descriptor is not None:
                    file = stack.enter_context(open(descriptor, "rb", buffering=buffering))
                    status = os.fstat(descriptor)
                    files.setdefault((status.st_dev, status.st_ino), file)
            yield [*reversed(files.values())]

    def _last(self, file: IO[bytes], count: int) -> list[bytes]:
        """Read one file from its end, a block at a time, until there are enough line ends."""
        position, data = file.seek(0, 2), b""
        while position and data.count(b"\n") <= count:
            step = min(position, _BLOCK)
            position = file.seek(position - step)
            data = file.read(step) + data
        lines = data.splitlines(keepends=True)
        lines = (lines[1:] if position else lines)[-count:] if count else []
        whole = [line for line in lines if line.startswith(BEGIN) and line.endswith(_END)]
        self.damaged += len(lines) - len(whole)
        return whole


def _open(path: str) -> int | None:
    """Open a file of the log; None where it was rotated away meanwhile. Raises SpipError."""
    try:
        return state_folder.opened(path, os.O_RDONLY)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise SpipError(f"the log {path} can't be read: {error.strerror}") from error
