"""`spip doctor`: why pip can't connect, and the one thing to do."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from spip.diagnosis.findings import cause_names
from spip.errors import SpipError
from spip.invocation import Parser, command_line
from spip.probe.endpoint import Endpoint, parse_endpoint
from spip.text import printable

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from spip.doctor.report import Report


def main(arguments: Sequence[str]) -> int:
    """Examine, report, and return the exit code: 0 healthy, 1 a problem, 2 usage.

    Raises SpipError where the arguments or the target make an examination impossible.
    """
    wanted = parse(arguments)
    if wanted is None:  # --help was printed
        return 0
    if wanted.fix or wanted.undo or wanted.scan:
        return _other(wanted)
    found = _examine(wanted)
    if wanted.html:
        from spip.doctor import html_report

        html_report.write_page(found, wanted.html, failing(found, wanted))
    _print(found, wanted)
    return 1 if failing(found, wanted) else 0


def _other(wanted: Options) -> int:
    if wanted.scan:
        from spip.doctor import scan

        return scan.scan_folder(wanted.scan, as_json=wanted.json)
    from spip.commands import hook

    if wanted.undo:
        from spip.repair import backup

        return backup.undo(hook.main)
    from spip.repair.fix import fix

    return fix(hook.main, yes=wanted.yes, dry_run=wanted.dry_run)


def failing(found: Report, wanted: Options) -> tuple[str, ...]:
    """Return the causes that make the exit code 1, the first of them first; none is good."""
    counted = list(found.problems)
    if wanted.strict:
        counted += [
            each for each in found.notes if each.cause in {"verification-off", "extra-root"}
        ]
    return tuple(dict.fromkeys(e.cause for e in counted if e.cause not in wanted.accepted))


def _examine(wanted: Options) -> Report:
    from spip.console import progress
    from spip.doctor.collect import Request, make_report
    from spip.invocation import command_line, names_python

    order = Request(wanted.places, wanted.strict, by_module=names_python(), spip=command_line())
    with progress(sys.stderr) as tell:
        return make_report(order, dict(os.environ), tell)


def _print(found: Report, wanted: Options) -> None:
    if wanted.json:
        from spip.doctor import json_report

        print(json_report.report_json(found, failing(found, wanted)))
        return
    from spip.doctor import text_report

    text_report.print_report(found, failing(found, wanted), sys.stdout)


@dataclass(frozen=True)
class Options:
    """What was asked for. `html` is a file, "" for none; `accepted` are names of causes."""

    places: tuple[Endpoint, ...]
    json: bool
    html: str
    strict: bool
    accepted: frozenset[str]
    fix: bool = False
    dry_run: bool = False
    yes: bool = False
    undo: bool = False
    scan: str = ""


def parse(arguments: Sequence[str]) -> Options | None:
    """Return what is asked for; None after --help. Raises SpipError (usage)."""
    known = parser()
    if {"-h", "--help"} & set(arguments):
        known.print_help(sys.stdout)
        return None
    given = known.parse_args(list(arguments))
    for name in given.accept:
        _see_that_it_is_a_cause(name)
    _see_that_they_fit(given)
    places = tuple(parse_endpoint(text) for text in given.host)
    accepted = frozenset(given.accept)
    others = (given.fix, given.dry_run, given.yes, given.undo, given.scan)
    return Options(places, given.json, given.html, given.strict, accepted, *others)


def _see_that_they_fit(given: argparse.Namespace) -> None:
    """Refuse what has no meaning together. Raises SpipError (usage)."""
    words = [f"--{name}" for name in ("fix", "undo", "scan") if getattr(given, name)]
    unasked = given.json and (given.fix or given.undo)
    examines = given.host or given.html or given.strict or given.accept or unasked
    if len(words) > 1 or (words and examines):
        raise SpipError(f"{words[0]} goes alone", command_line("doctor", "--help"), exit_code=2)
    if (given.dry_run or given.yes) and not given.fix:
        hint = command_line("doctor", "--fix", "--dry-run")
        raise SpipError("--dry-run and --yes belong to --fix", hint, exit_code=2)


def _see_that_it_is_a_cause(name: str) -> None:
    if name in cause_names():
        return
    from difflib import get_close_matches

    near = get_close_matches(name, cause_names(), 5) or cause_names()
    raise SpipError(
        f"--accept {printable(name)}: there is no cause of that name",
        f"one of these: {', '.join(near)}",
        exit_code=2,
    )


def parser() -> Parser:
    """The parser of all that may follow."""
    made = Parser(
        prog="spip doctor",
        description="Why can't pip connect, and what is the one thing to do about it? Without a "
        "HOST: the indexes that pip's configuration names, and the hosts of their files.",
        epilog="Exit codes: 0 healthy, 1 a problem was found, 2 wrong usage.",
        add_help=False,
        allow_abbrev=False,
    )
    made.add_argument("host", metavar="HOST|URL", nargs="*", help="ask these instead")
    made.add_argument("--json", action="store_true", help="print JSON (docs/doctor-json.md)")
    made.add_argument("--html", metavar="FILE", default="", help="also write a page for a ticket")
    made.add_argument(
        "--strict",
        action="store_true",
        help="fail on switched-off verification and on extra roots too",
    )
    made.add_argument(
        "--accept",
        metavar="CAUSE",
        action="append",
        default=[],
        help="don't fail because of this cause (may be repeated)",
    )
    made.add_argument(
        "--fix",
        action="store_true",
        help="mend what can be mended, and take away what switches verification off, one by one",
    )
    made.add_argument("--dry-run", action="store_true", help="with --fix: show it, change nothing")
    made.add_argument("--yes", action="store_true", help="with --fix: don't ask")
    made.add_argument("--undo", action="store_true", help="take the last --fix back, to the byte")
    made.add_argument(
        "--scan",
        metavar="DIR",
        default="",
        help="name switched-off verification in a project's files; change nothing",
    )
    made.add_argument("-h", "--help", action="store_true", help="print this")
    return made
