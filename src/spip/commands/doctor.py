"""`spip doctor`: why pip can't connect, and the one thing to do."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from spip.commands.arguments import Parser
from spip.diagnosis.findings import cause_names
from spip.errors import SpipError
from spip.invocation import command_line
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
    options = parse(arguments)
    if options is None:  # --help was printed
        return 0
    if options.fix or options.undo or options.scan:
        return _run_other(options)
    report = _examine(options)
    if options.html:
        from spip.doctor import html_report

        html_report.write_page(report, options.html, failing(report, options))
    _print(report, options)
    return 1 if failing(report, options) else 0


def _run_other(options: Options) -> int:
    if options.scan:
        from spip.doctor import scan

        return scan.scan_folder(options.scan, as_json=options.json)
    from spip.commands import hook

    if options.undo:
        from spip.repair import backup

        return backup.undo(hook.main)
    from spip.repair.fix import fix

    return fix(hook.main, yes=options.yes, dry_run=options.dry_run)


def failing(report: Report, options: Options) -> tuple[str, ...]:
    """The causes that make the exit code 1, in the order of the report; none where all is well."""
    counted = list(report.problems)
    if options.strict:
        counted += [
            note for note in report.notes if note.cause in {"verification-off", "extra-root"}
        ]
    causes = (finding.cause for finding in counted)
    return tuple(dict.fromkeys(cause for cause in causes if cause not in options.accepted))


def _examine(options: Options) -> Report:
    from spip.console import progress
    from spip.doctor.collect import Request, make_report
    from spip.invocation import names_python

    request = Request(options.places, options.strict, by_module=names_python(), spip=command_line())
    with progress(sys.stderr) as tell:
        return make_report(request, dict(os.environ), tell)


def _print(report: Report, options: Options) -> None:
    if options.json:
        from spip.doctor import json_report

        print(json_report.report_json(report, failing(report, options)))
        return
    from spip.doctor import text_report

    text_report.print_report(report, failing(report, options), sys.stdout)


@dataclass(frozen=True)
class Options:
    """What the arguments say. `html` is a file, "" for none; `accepted` are names of causes."""

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
    """Read the arguments; None once --help was printed. Raises SpipError (usage)."""
    known = parser()
    if known.helped(arguments):
        return None
    given = known.parse_args(list(arguments))
    for name in given.accept:
        _check_cause(name)
    _check_combination(given)
    places = tuple(parse_endpoint(text) for text in given.host)
    accepted = frozenset(given.accept)
    others = (given.fix, given.dry_run, given.yes, given.undo, given.scan)
    return Options(places, given.json, given.html, given.strict, accepted, *others)


def _check_combination(given: argparse.Namespace) -> None:
    """Refuse what has no meaning together. Raises SpipError (usage)."""
    words = [f"--{name}" for name in ("fix", "undo", "scan") if getattr(given, name)]
    unasked = given.json and (given.fix or given.undo)
    examines = given.host or given.html or given.strict or given.accept or unasked
    if len(words) > 1 or (words and examines):
        raise SpipError(f"{words[0]} goes alone", command_line("doctor", "--help"), exit_code=2)
    if (given.dry_run or given.yes) and not given.fix:
        hint = command_line("doctor", "--fix", "--dry-run")
        raise SpipError("--dry-run and --yes belong to --fix", hint, exit_code=2)


def _check_cause(name: str) -> None:
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
    """The parser of the arguments."""
    made = Parser(
        prog="spip doctor",
        description="Why can't pip connect, and what is the one thing to do about it? Without a "
        "HOST: the indexes that pip's configuration names, and the hosts of their files.",
        epilog="Exit codes: 0 healthy, 1 a problem was found, 2 wrong usage.",
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
    made.list_help()
    return made
