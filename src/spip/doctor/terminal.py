"""The report in a terminal: the verdict first, then its evidence. Survives every code page."""

from __future__ import annotations

import contextlib
import io
import os
from typing import TYPE_CHECKING, TextIO

from spip.doctor import drawing, letter, policy, verdict
from spip.doctor.rows import Rows

if TYPE_CHECKING:
    from rich.console import Console

    from spip.diagnosis.evidence import Evidence
    from spip.doctor.examination import Examination

_STYLES = {"PROBLEM": "bold red", "OK": "bold green"}


def show(found: Examination, failing: tuple[str, ...], stream: TextIO) -> None:
    """Print the report to `stream`; without a terminal and without a problem only the verdict.

    Where the exit code is 1 and nobody watches, the last line is the name of the cause.
    """
    _survive(stream)
    watched = stream.isatty()
    console = _console(stream)
    with console.capture() as printed:
        _verdict(console, found, failing)
        if watched or found.problems:
            _evidence(console, found)
        _notes(console, found)
    # A table fills its lines up with blanks, which nobody wants in a log or a ticket.
    stream.write("".join(f"{line.rstrip()}\n" for line in printed.get().splitlines()))
    if failing and not watched:
        stream.write(f"{failing[0]}\n")


def _survive(stream: TextIO) -> None:
    """What a code page lacks is shown as an escape instead of ending in a traceback."""
    if isinstance(stream, io.TextIOWrapper):
        with contextlib.suppress(ValueError, OSError):
            stream.reconfigure(errors="backslashreplace")


def _console(stream: TextIO) -> Console:
    from rich.console import Console

    width = None if stream.isatty() or "COLUMNS" in os.environ else 100
    return Console(file=stream, width=width, highlight=False, emoji=False, soft_wrap=False)


def _verdict(console: Console, found: Examination, failing: tuple[str, ...]) -> None:
    from rich.text import Text

    word, sentence = verdict.of(found, failing)
    console.print(Text.assemble((f"{word}:", _STYLES[word]), f" {sentence}"))
    alone = verdict.pip_alone(found)
    rows = Rows(console, "pip alone:" if alone else "next")
    for number, (problem, others) in enumerate(verdict.merged(found.problems)):
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


def _evidence(console: Console, found: Examination) -> None:
    rows = Rows(console, "looked in")
    for group in verdict.groups(found.hosts):
        _host(rows, group, found)
    label = "looked in"
    for source in found.sources:
        rows.add(label, verdict.said(source, found.hosts))
        label = ""
    if found.target:
        rows.add("target", verdict.target(found.target))
    rows.add("spip", ", ".join(f"{name} {version}" for name, version in found.versions))
    if letter.text(found):
        hosts = found.named.split(", ") if found.named else []
        command = " ".join([found.spip, "doctor", *hosts, "--html FILE"])
        rows.add_step("letter", "a request, ready to be sent, is in", command)
    label = "policy"
    for line in policy.lines(found.policy):
        rows.add(label, line)
        label = ""
    rows.print()


def _host(rows: Rows, group: tuple[Evidence, ...], found: Examination) -> None:
    first = group[0]
    label = "way"
    for way in verdict.ways(group, found):
        rows.add(label, drawing.text(way))
        label = ""
    spoken = verdict.spoken(first)
    if spoken:
        rows.add("spoken", spoken)
    label = "chain"
    for link in drawing.chain(first):
        for line in verdict.link(link):
            rows.add(label, line)
            label = ""
    for line in verdict.other_leaves(group):
        rows.add("", line)


def _notes(console: Console, found: Examination) -> None:
    if not found.notes:
        return
    console.print("worth a look:", style="bold")
    rows = Rows(console, "-")
    for note, _ in verdict.merged(found.notes):
        rows.add("-", note.sentence)
        rows.add_next("", note, found.spip)
    rows.print()
