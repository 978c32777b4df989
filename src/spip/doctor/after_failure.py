"""Explain why pip's connection failed, in at most six lines, from a fresh process.

Reads one JSON object from stdin: `failures`, a list of what failed in pip's session, each with
`url`, `proxy` (a URL or null), `error` (the class), `text`, `verify_code` (or null) and
`certificate` (whether one was refused); `cert`, pip's own setting or null. Optional: `cert_at`,
the "FILE:LINE" of that setting; `obeyed`, the file that `--cert` named on the command line;
`client_cert`, as pip uses it; `spip`, how this run was started; `python` and `arguments`, with
which pip ran, to ask again by the same means; `only_default`, whether pip was told of no index;
`without_ssl`, the Python that pip ran in, if it has no ssl module; `pages`, what an index answered
that is no index's page, one that pip had kept, or that it passes over, each with `url`, `project`,
`kind` and `status`; `plain_at`, where the http addresses among pip's options were set, by URL;
`proxy_set`, pip's own setting of a proxy, and `proxy_at`, where that was made.
Prints at most six lines on stderr, and nothing where neither TLS nor the way to the index, nor
what answers there, was the cause.
"""

from __future__ import annotations

import json
import os
import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from spip.bridge.index_pages import PASSED_OVER
from spip.diagnosis.findings import make_finding
from spip.doctor.pip_failure import FailedConnection, parse_failed_connection
from spip.errors import SpipError
from spip.probe.endpoint import over_https, parse_endpoint

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from spip.diagnosis.evidence import Evidence
    from spip.diagnosis.findings import Finding
    from spip.probe.endpoint import Endpoint

_MOST_LINES = 6
_REFUSES = 400  # a status from which on an answer is none
# Causes that make it worth saying where roots were looked for.
_ABOUT_TRUST = {"untrusted-interceptor", "another-key", "unknown-authority", "self-signed"}


def main() -> None:
    """Read what failed, print the finding."""
    said = json.loads(sys.stdin.read())
    encoding = sys.stderr.encoding or "ascii"
    for line in lines(said, dict(os.environ)):
        shown = line.encode(encoding, "backslashreplace").decode(encoding)
        sys.stderr.write(f"spip: {shown}\n")


def lines(said: Mapping[str, Any], environ: Mapping[str, str]) -> tuple[str, ...]:
    """Return the lines to print, without their prefix; none where there is nothing to say."""
    what = _first_failure(said, environ)
    if what is None:
        return _page_lines(said, environ)
    bare = said.get("without_ssl") or _python_without_ssl()
    if bare:
        why = f"{bare} has no ssl module, so it can't open https"
        return why, f"  next: {said.get('spip') or 'spip'} doctor"

    from spip.doctor.explain_failure import explain_failure, make_failure_context

    evidence, found = explain_failure(what, said, make_failure_context(what, said, environ))
    if not found:
        return ()
    return tuple(_finding_lines(found, evidence, str(said.get("spip") or "spip")))[:_MOST_LINES]


def _page_lines(said: Mapping[str, Any], environ: Mapping[str, str]) -> tuple[str, ...]:
    """Say what an index answered that is none, by what pip itself was given."""
    for page in said.get("pages", ()):
        try:
            place = parse_endpoint(str(page["url"]))
        except (SpipError, ValueError):
            continue
        found = _page_finding(place, page, said, environ)
        spip = str(said.get("spip") or "spip")
        return (
            found.sentence,
            f"  next: {found.next_for(spip)}     more: {spip} explain {found.cause}",
        )
    return ()


def _page_finding(
    place: Endpoint, page: Mapping[str, Any], said: Mapping[str, Any], environ: Mapping[str, str]
) -> Finding:
    if page["kind"] == PASSED_OVER:
        return _passed_over_finding(place, page, said, environ)
    facts = {"host": place.shown, "status": page["status"], "project": page["project"]}
    return make_finding("index-answer", variant=str(page["kind"]), about=place.shown, **facts)


def _passed_over_finding(
    place: Endpoint, page: Mapping[str, Any], said: Mapping[str, Any], environ: Mapping[str, str]
) -> Finding:
    """Say to write https only where this pip gets the page by it."""
    from spip.diagnosis.connection_causes import passed_over_finding
    from spip.doctor.explain_failure import ask_pip

    path = f"{place.path.rstrip('/')}/{page['project']}/" if page["project"] else place.path
    reply = ask_pip(over_https(replace(place, path=path)), said, environ)
    answers = bool(reply and reply.answer and reply.answer.status < _REFUSES)
    named = said.get("plain_at") or {}
    setting = str(named.get(page["url"], ""))
    return passed_over_finding(place.shown, setting, over_https=answers)


def _python_without_ssl() -> str | None:
    """This Python, if it can't look at a connection."""
    try:
        import ssl  # noqa: F401 - what a look needs
    except ImportError:
        return sys.executable
    return None


def _first_failure(said: Mapping[str, Any], environ: Mapping[str, str]) -> FailedConnection | None:
    """Return the failure to explain: a refused certificate before anything else."""
    told = []
    setting = (str(said.get("proxy_set") or ""), str(said.get("proxy_at") or ""))
    for each in said["failures"]:
        try:
            told.append(parse_failed_connection(each, environ, setting))
        except (SpipError, ValueError):  # noqa: PERF203 - pip may have been given no URL at all
            continue
    return min(told, key=lambda each: not each.refused, default=None)


def _finding_lines(problems: list[Finding], evidence: Evidence, spip: str) -> Iterator[str]:
    from spip.doctor import report

    first = problems[0]
    yield first.sentence
    stops = report.route(evidence)
    if len(stops) > 2:
        yield f"  the way: {report.route_line(stops)}"
    if first.cause in _ABOUT_TRUST:
        yield f"  looked in: {', '.join(_source_labels(evidence))}"
        yield from (f"  {line}" for line in first.evidence[:1])
    if len(problems) > 1:
        yield f"  also: {problems[1].sentence}"
    yield f"  next: {first.next_for(spip)}     more: {spip} explain {first.cause}"


def _source_labels(evidence: Evidence) -> Iterator[str]:
    for source in evidence.sources:
        count = f" ({len(source.roots)} roots)" if source.kind == "os" else ""
        yield f"the {source.label}{count}" if source.kind == "os" else source.label
