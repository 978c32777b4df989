"""Write the report as one HTML page for a ticket: no script, nothing fetched, printable."""

from __future__ import annotations

from datetime import datetime, timezone
from html import escape
from string import Template
from typing import TYPE_CHECKING

from spip import data, files
from spip.doctor import letter, policy_report, report
from spip.errors import SpipError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from spip.diagnosis.findings import Finding
    from spip.doctor.report import ChainLink, Report, Stop


def write_page(found: Report, path: str, failing: tuple[str, ...] = ()) -> None:
    """Write the page to `path`. Raises SpipError where that can't be done."""
    try:
        files.write_for_user(path, report_page(found, failing).encode("utf-8", "replace"))
    except OSError as error:
        raise SpipError(
            f"the page can't be written to {path}: {error.strerror}",
            "name a file in a folder that you may write to",
        ) from error


def report_page(found: Report, failing: tuple[str, ...] = ()) -> str:
    """Return the page. Everything that was seen is escaped; the template alone brings markup."""
    word, sentence = report.verdict(found, failing)
    return Template(data.text("report.html")).substitute(
        word=word,
        tone="good" if word == "OK" else "bad",
        sentence=escape(sentence),
        findings="\n".join(
            _finding(each, others, found.spip, is_title=each.sentence == sentence)
            for each, others in report.merge_findings(found.findings)
        ),
        hosts="\n".join(_hosts(found)),
        sources=_table(("", report.source_line(each, found.hosts)) for each in found.sources),
        machine=_table(_machine(found)),
        letter=_letter(letter.write_letter(found)),
        moment=f"{datetime.now(timezone.utc):%Y-%m-%d %H:%M} UTC",
    )


def _finding(each: Finding, others: tuple[str, ...], spip: str, *, is_title: bool) -> str:
    """Return a finding; what the page is headed with isn't said again."""
    same = f"<p>The same for {escape(', '.join(others))}</p>" if others else ""
    parts = [
        same if is_title else f"<p>{escape(each.sentence)}</p>{same}",
        f"<p>Next: <code>{escape(each.next_for(spip))}</code></p>",
        f'<p class="dim">{escape(each.why)}</p>',
        *(f'<p class="dim">{escape(line)}</p>' for line in each.evidence),
        f'<p class="dim">Cause: {each.cause}</p>',
    ]
    return f'<div class="finding {each.severity}">{"".join(parts)}</div>'


def _hosts(found: Report) -> Iterable[str]:
    for line in report.pip_alone_lines(found):
        yield f"<p>pip alone: {escape(line)}</p>"
    if found.hosts:
        yield "<h2>The way, and what was shown there</h2>"
    for group in report.group_hosts(found.hosts):
        yield from map(_way, report.routes(group, found))
        spoken = report.tls_line(group[0])
        if spoken:
            yield f'<p class="dim">{escape(spoken)}</p>'
        yield _chain(report.chain_links(group[0]))
        for line in report.other_leaf_lines(group):
            yield f'<p class="hex">{escape(line)}</p>'


def _way(stops: tuple[Stop, ...]) -> str:
    parts = []
    for number, stop in enumerate(stops):
        reached = "" if stop.reached else " unreached"
        note = f"<small>{escape(stop.note)}</small>" if stop.note else ""
        arrow = ("&rarr; " if stop.reached else "&times; ") if number else ""
        box = f'<span class="stop{reached}">{escape(stop.name)}{note}</span>'
        parts.append(f'<span class="leg">{arrow}{box}</span>')
    return f'<div class="way">{" ".join(parts)}</div>'


def _chain(links: tuple[ChainLink, ...]) -> str:
    """Return the chain from leaf to root, each certificate above the one that signed it."""
    return f'<ol class="chain">{"".join(map(_link, links))}</ol>' if links else ""


def _link(link: ChainLink) -> str:
    certificate = link.certificate
    lines = [
        f"<strong>{escape(certificate.subject.text or certificate.subject.shown)}</strong>",
        *([f"for {escape(', '.join(certificate.names[:20]))}"] if certificate.names else []),
        f"valid from {certificate.first:%Y-%m-%d} until {certificate.last:%Y-%m-%d}",
        escape(f"{certificate.key.name}, {certificate.digest}"),
        f'<span class="hex">SHA-256 {certificate.fingerprint}</span>',
        f"signed by {escape(certificate.issuer.text)}",
    ]
    if link.note:
        lines.append(f"<em>{escape(link.note)}</em>")
    return f"<li>{'<br>'.join(lines)}</li>"


def _machine(found: Report) -> Iterable[tuple[str, str]]:
    if found.target:
        yield "Target", report.target_line(found.target)
    yield "spip", ", ".join(f"{name} {version}" for name, version in found.versions)
    yield "Policy", "; ".join(policy_report.lines(found.policy))
    for host, named_by in found.indexes:
        yield "Index", f"{host} ({named_by})"
    for notice in found.notices:
        yield "Notice", notice


def _table(rows: Iterable[tuple[str, str]]) -> str:
    cells = (
        f"<tr>{f'<th>{escape(label)}</th>' if label else ''}<td>{escape(text)}</td></tr>"
        for label, text in rows
    )
    return "".join(cells)


def _letter(text: str) -> str:
    if not text:
        return ""
    return f"<h2>A request, ready to be sent</h2><pre>{escape(text)}</pre>"
