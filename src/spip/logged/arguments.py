"""The words after `spip log`."""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import TYPE_CHECKING

from spip import redact
from spip import text as duration
from spip.errors import SpipError
from spip.invocation import Parser, command_line

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True)
class Wanted:
    """What was asked for. `since`: the moment as the log writes it, "" for the beginning."""

    json: bool
    since: str


def parse(arguments: Sequence[str]) -> Wanted | None:
    """Return what is asked for; None after --help. Raises SpipError (usage)."""
    known = parser()
    given = known.parse_args(list(arguments))
    if given.help:
        known.print_help(sys.stdout)
        return None
    return Wanted(given.json, moment(given.since, time.time()) if given.since else "")


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
