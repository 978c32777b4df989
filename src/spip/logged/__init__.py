"""`spip log`: what ran without verification, when, by whom, why."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


def main(arguments: Sequence[str]) -> int:
    """Print what was asked for; 0. Raises SpipError where the log can't be read."""
    from spip.logged.arguments import parse
    from spip.logged.reading import Reading
    from spip.policy import audit_log

    wanted = parse(arguments)
    if wanted is None:  # --help was printed
        return 0
    reading = Reading(audit_log.files(os.environ))
    if wanted.json:
        _print(reading.since(wanted.since))
    else:
        from spip.logged import table

        table.show(reading, wanted.since, sys.stdout)
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
