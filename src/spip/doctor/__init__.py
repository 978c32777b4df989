"""`spip doctor`: why pip can't connect, and the one thing to do."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from spip.doctor.arguments import Wanted
    from spip.doctor.report import Report


def main(arguments: Sequence[str]) -> int:
    """Examine, report, and return the exit code: 0 healthy, 1 a problem, 2 usage.

    Raises SpipError where the arguments or the target make an examination impossible.
    """
    from spip.doctor.arguments import parse

    wanted = parse(arguments)
    if wanted is None:  # --help was printed
        return 0
    if wanted.fix or wanted.undo or wanted.scan:
        return _other(wanted)
    found = _examine(wanted)
    if wanted.html:
        from spip.doctor import html_report

        html_report.write(found, wanted.html, failing(found, wanted))
    _print(found, wanted)
    return 1 if failing(found, wanted) else 0


def _other(wanted: Wanted) -> int:
    if wanted.scan:
        from spip.doctor import scan

        return scan.tell(wanted.scan, as_json=wanted.json)
    if wanted.undo:
        from spip.repair import backup

        return backup.undo()
    from spip.repair.fix import fix

    return fix(yes=wanted.yes, dry_run=wanted.dry_run)


def failing(found: Report, wanted: Wanted) -> tuple[str, ...]:
    """Return the causes that make the exit code 1, the first of them first; none is good."""
    counted = list(found.problems)
    if wanted.strict:
        counted += [
            each for each in found.notes if each.cause in {"verification-off", "extra-root"}
        ]
    return tuple(dict.fromkeys(e.cause for e in counted if e.cause not in wanted.accepted))


def _examine(wanted: Wanted) -> Report:
    from spip.doctor.collect import Order, examination
    from spip.doctor.concurrent import progress
    from spip.invocation import command_line, names_python

    order = Order(wanted.places, wanted.strict, by_module=names_python(), spip=command_line())
    with progress(sys.stderr) as tell:
        return examination(order, dict(os.environ), tell)


def _print(found: Report, wanted: Wanted) -> None:
    if wanted.json:
        from spip.doctor import json_report

        print(json_report.text(found, failing(found, wanted)))
        return
    from spip.doctor import text_report

    text_report.show(found, failing(found, wanted), sys.stdout)
