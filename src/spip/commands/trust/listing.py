"""`spip trust list`: print the survey as tables, or as JSON (schema 1, see docs/trust.md)."""

from __future__ import annotations

import json
import sys
from datetime import datetime, timezone
from itertools import islice
from typing import TYPE_CHECKING, Any, TextIO

from spip import __version__, console
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

# Raised when a reader of the one before would be misled; new keys alone don't.
SCHEMA = 1
# Reasons that are shown of one source; the JSON has more, as many as are kept.
_MOST_REASONS = 5
_WIDTH = 110


def main(options: Options, environ: Mapping[str, str]) -> int:
    """Print the tables, or JSON; 0."""
    found = survey(environ)
    if options.json:
        print(as_json(found))
    else:
        print_tables(found, sys.stdout)
    return 0


def print_tables(survey: Survey, stream: TextIO) -> None:
    """Print the survey for a person."""
    with console.drawing_on(stream, _WIDTH) as page:
        page.print(_sources(survey))
        _extra_roots(page, survey)
        for line, style in _notes(survey):
            # A command, and a path, stay on their line: they are there to be pasted.
            page.print(line, style=style, markup=False, soft_wrap=True)


def _sources(survey: Survey) -> Table:
    from rich.text import Text

    table = console.table(
        "source", "what", "roots", "extra", "where; what was passed over", right=("roots", "extra")
    )
    for given in survey.given:
        source, extra = given.source, survey.count_extra(given.source)
        counts = (str(len(given.roots)), str(extra) if extra else "")
        lines = [printable(source.path or "asked from the system", 300), *_reasons(given)]
        cells = [source.kind, printable(source.label), *counts, "\n".join(lines)]
        table.add_row(*map(Text, cells))
    return table


def _reasons(given: Given) -> Iterator[str]:
    said = ((f"line {each.line} " if each.line else "it ") + each.reason for each in given.refused)
    for reason in dict.fromkeys(islice(said, _MOST_REASONS)):
        yield f"passed over: {reason}"
    if (rest := len(given.refused) - _MOST_REASONS) > 0:
        yield f"and {rest} more ({command_line('trust', 'list', '--json')})"


def _extra_roots(page: Console, survey: Survey) -> None:
    if not survey.extra:
        page.print("\nNo extra root: the system's store and certifi have every one of them.")
        return
    page.print("\nExtra roots, which neither the system's store nor certifi has:", style="bold")
    now = datetime.now(timezone.utc)
    for root in survey.extra:
        for line in _extra_root(root, now):
            page.print(line, markup=False, soft_wrap=True)


def _extra_root(root: Extra, now: datetime) -> Iterator[str]:
    product = f" ({root.product})" if root.product else ""
    yield f"  {root.certificate.subject.text}{product}"
    yield f"    expires  {root.certificate.last:%Y-%m-%d}, in {root.days_left(now)} days"
    yield f"    from     {', '.join(dict.fromkeys(source.label for source in root.sources))}"
    yield f"    SHA-256  {root.certificate.fingerprint}"


def _notes(survey: Survey) -> Iterator[tuple[str, str]]:
    for root in (*survey.extra, *survey.strict):
        if root.strict:
            name, rules = root.certificate.subject.shown, ", ".join(root.strict)
            yield f"\nPrograms on Python 3.13 and newer refuse {name} (pip doesn't): {rules}", ""
    for copy in survey.edited:
        yield (
            f"\n{copy.path} was edited by hand; an upgrade of {copy.package} undoes that.",
            "bold",
        )
        yield from _named(copy.certificates)
        if copy.certificates:
            yield f"  keep them:  {command_line('trust', 'add', copy.path)}", ""
    for other in survey.other_tools:
        yield f"\n{other.tool} trusts what pip doesn't ({other.setting}: {other.path}):", "bold"
        yield from _named(other.roots)
        yield f"  for pip as well:  {command_line('trust', 'add', other.path)}", ""


def _named(certificates: tuple[Certificate, ...]) -> Iterator[tuple[str, str]]:
    for root in certificates:
        yield f"  {root.subject.text}, until {root.last:%Y-%m-%d}, {root.fingerprint}", ""


def as_json(survey: Survey) -> str:
    """The survey as one JSON object, in ASCII."""
    facts = survey.target.facts
    now = datetime.now(timezone.utc)
    answer = {
        "schema": SCHEMA,
        "spip": __version__,
        "target": {
            "python": facts.python,
            "version": facts.shown_version,
            "pip": facts.pip.version if facts.pip else None,
            "rule": facts.rule,
        },
        "sources": [_source_json(given, survey) for given in survey.given],
        "extra_roots": [_extra_json(root, now) for root in survey.extra],
        "strict": [_extra_json(root, now) for root in survey.strict],
        "edited_certifi": [
            {
                "path": copy.path,
                "package": copy.package,
                "certificates": [_certificate_json(root, now) for root in copy.certificates],
            }
            for copy in survey.edited
        ],
        "elsewhere": [
            {
                "tool": other.tool,
                "setting": other.setting,
                "path": other.path,
                "roots": [_certificate_json(root, now) for root in other.roots],
            }
            for other in survey.other_tools
        ],
    }
    return json.dumps(answer, indent=2)


def _source_json(given: Given, survey: Survey) -> dict[str, Any]:
    return {
        "kind": given.source.kind,
        "label": given.source.label,
        "path": given.source.path,
        "roots": len(given.roots),
        "extra": survey.count_extra(given.source),
        "passed_over": [
            {"reason": refused.reason, "whole": refused.whole, "line": refused.line or None}
            for refused in given.refused
        ],
    }


def _extra_json(root: Extra, now: datetime) -> dict[str, Any]:
    return {
        **_certificate_json(root.certificate, now),
        "sources": [source.label for source in root.sources],
        "product": root.product or None,
        "strict": list(root.strict),
    }


def _certificate_json(root: Certificate, now: datetime) -> dict[str, Any]:
    return {
        "fingerprint": root.fingerprint,
        "subject": root.subject.text,
        "expires": root.last.isoformat().replace("+00:00", "Z"),
        "days_left": (root.last - now).days,
    }
