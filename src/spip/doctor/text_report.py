"""Print the report in a terminal: the verdict first, then its evidence."""

from __future__ import annotations

from typing import TYPE_CHECKING, TextIO

from spip.console import drawing_on
from spip.diagnosis.findings import split_step
from spip.doctor import letter, policy_report, report
from spip.terminal import is_terminal

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from spip.diagnosis.evidence import Evidence
    from spip.diagnosis.findings import Finding
    from spip.doctor.report import Report

_MARGIN, _GAP = 2, 2  # blanks before and behind a label


class Rows:
    """Rows of a label and a line each; `widest` is the widest of the labels."""

    def __init__(self, console: Console, widest: str) -> None:
        self._console = console
        self._widest = len(widest)
        self._table = self._fresh()

    def add(self, label: str, line: str, style: str = "") -> None:
        """Add a row; a line that is too long goes on below itself."""
        from rich.text import Text

        shown = " " * _MARGIN + label.ljust(self._widest)
        self._table.add_row(Text(shown, style=style or "dim"), Text(line, style=style))

    def add_next(self, label: str, found: Finding, spip: str, style: str = "") -> None:
        """Add the next step of a finding; `spip` is how this run was started."""
        prose, command = (part.replace("{spip}", spip) for part in split_step(found.next))
        lead = "" if label == "next" else "next: "
        self.add_step(label, f"{lead}{prose}", command, style)

    def add_step(self, label: str, prose: str, command: str, style: str = "") -> None:
        """Add prose that leads to a command, which gets a line of its own where both are long."""
        from rich.text import Text

        indent = _MARGIN + self._widest + _GAP
        whole = f"{prose}{'' if prose.endswith(' ') or not prose else '  '}{command}".rstrip()
        if not command or indent + len(whole) <= self._console.width:
            self.add(label, whole, style)
            return
        if prose:
            self.add(label, prose.rstrip(), style)
            label = ""
        self.print()
        start = (" " * _MARGIN + label).ljust(indent)
        self._console.print(Text(start + command, style=style), soft_wrap=True)

    def print(self) -> None:
        """Print what was added so far."""
        if self._table.row_count:
            self._console.print(self._table)
        self._table = self._fresh()

    def _fresh(self) -> Table:
        from rich.table import Table

        table = Table.grid(padding=(0, _GAP, 0, 0))
        table.add_column(no_wrap=True)
        table.add_column(overflow="fold")
        return table


_WIDTH = 100  # columns, where nothing says how many
_STYLES = {"PROBLEM": "bold red", "OK": "bold green"}


def print_report(found: Report, failing: tuple[str, ...], stream: TextIO) -> None:
    """Print the report to `stream`; without a terminal and without a problem only the verdict.

    Where the exit code is 1 and nobody watches, the last line is the name of the cause.
    """
    watched = is_terminal(stream)
    with drawing_on(stream, _WIDTH) as console:
        _verdict(console, found, failing)
        if watched or found.problems:
            _evidence(console, found)
        _notes(console, found)
    if failing and not watched:
        stream.write(f"{failing[0]}\n")


def _verdict(console: Console, found: Report, failing: tuple[str, ...]) -> None:
    from rich.text import Text

    word, sentence = report.verdict(found, failing)
    console.print(Text.assemble((f"{word}:", _STYLES[word]), f" {sentence}"))
    alone = report.pip_alone_lines(found)
    rows = Rows(console, "pip alone:" if alone else "next")
    for number, (problem, others) in enumerate(report.merge_findings(found.problems)):
        if number:
            rows.add("also", problem.sentence)
        if others:
            rows.add("", f"the same for {', '.join(others)}")
        rows.add_next("next", problem, found.spip, "bold")
        if not number:
            rows.add("why", problem.why)
        for line in problem.evidence:
            rows.add("", line)
    for line in alone:
        rows.add("pip alone:", line)
    rows.print()


def _evidence(console: Console, found: Report) -> None:
    rows = Rows(console, "looked in")
    for group in report.group_hosts(found.hosts):
        _host(rows, group, found)
    label = "looked in"
    for source in found.sources:
        rows.add(label, report.source_line(source, found.hosts))
        label = ""
    if found.target:
        rows.add("target", report.target_line(found.target))
    rows.add("spip", ", ".join(f"{name} {version}" for name, version in found.versions))
    if letter.write_letter(found):
        hosts = found.named.split(", ") if found.named else []
        command = " ".join([found.spip, "doctor", *hosts, "--html FILE"])
        rows.add_step("letter", "a request, ready to be sent, is in", command)
    label = "policy"
    for line in policy_report.lines(found.policy):
        rows.add(label, line)
        label = ""
    rows.print()


def _host(rows: Rows, group: tuple[Evidence, ...], found: Report) -> None:
    first = group[0]
    label = "way"
    for way in report.routes(group, found):
        rows.add(label, report.route_line(way))
        label = ""
    spoken = report.tls_line(first)
    if spoken:
        rows.add("spoken", spoken)
    label = "chain"
    for link in report.chain_links(first):
        for line in report.certificate_lines(link):
            rows.add(label, line)
            label = ""
    for line in report.other_leaf_lines(group):
        rows.add("", line)


def _notes(console: Console, found: Report) -> None:
    if not found.notes:
        return
    console.print("worth a look:", style="bold")
    rows = Rows(console, "-")
    for note, _ in report.merge_findings(found.notes):
        rows.add("-", note.sentence)
        rows.add_next("", note, found.spip)
    rows.print()
