"""The finding after a failure: pip's process tells what failed, a fresh one says why.

Reads one JSON object from stdin: `failures`, a list of what failed in pip's session, each with
`url`, `proxy` (a URL or null), `error` (the class), `text`, `verify_code` (or null) and
`certificate` (whether one was refused); `cert`, pip's own setting or null. Optional: `obeyed`, the
file that `--cert` named on the command line; `client_cert`, as pip uses it; `spip`, how this run
was started; `only_default`, whether pip was told of no index. Prints at most six lines on stderr,
and nothing where neither TLS nor the way to the index was the cause.
"""

from __future__ import annotations

import json
import os
import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from spip.doctor.failed import failed
from spip.errors import SpipError
from spip.tls.words import PROBLEM, finding

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from spip.doctor.failed import Failed
    from spip.doctor.known import Known
    from spip.tls.evidence import Evidence
    from spip.tls.words import Finding

# Seconds for the look; whoever reads this has waited for pip already.
PATIENCE = 2.5
_MOST_LINES = 6
# Causes that make it worth saying where roots were looked for.
_ABOUT_TRUST = {"untrusted-interceptor", "unknown-authority", "self-signed"}


def main() -> None:
    """Read what failed, print the finding."""
    said = json.loads(sys.stdin.read())
    encoding = sys.stderr.encoding or "ascii"
    for line in lines(said, dict(os.environ)):
        shown = line.encode(encoding, "backslashreplace").decode(encoding)
        sys.stderr.write(f"spip: {shown}\n")


def lines(said: Mapping[str, Any], environ: Mapping[str, str]) -> tuple[str, ...]:
    """Return the lines to print, without their prefix; none where there is nothing to say."""
    what = _first(said, environ)
    if what is None:
        return ()
    if _has_no_ssl():
        why = f"{sys.executable} has no ssl module: it can't open https, nor look why pip failed"
        return why, f"  next: {said.get('spip') or 'spip'} doctor"
    known = _known(said, environ)
    evidence, problems = _problems(what, said, known)
    if not problems:
        return ()
    return tuple(_said(problems, evidence, str(said.get("spip") or "spip")))[:_MOST_LINES]


def _has_no_ssl() -> bool:
    try:
        import ssl  # noqa: F401 - what a look needs
    except ImportError:
        return True
    return False


def _first(said: Mapping[str, Any], environ: Mapping[str, str]) -> Failed | None:
    """Return the failure to explain: a refused certificate before anything else."""
    told = []
    for each in said["failures"]:
        try:
            told.append(failed(each, environ))
        except (SpipError, ValueError):  # noqa: PERF203 - pip may have been given no URL at all
            continue
    return min(told, key=lambda each: not each.refused, default=None)


def _problems(
    what: Failed, said: Mapping[str, Any], known: Known
) -> tuple[Evidence, list[Finding]]:
    from spip.doctor.known import examine_refused, examine_through
    from spip.tls import codes

    if what.refused and what.verify_code:  # Python 3.6 doesn't tell the code: it is looked up
        evidence = examine_refused(what.place, what.proxy, known, what.failure)
    else:
        evidence = examine_through(what.place, what.proxy, known)
    as_told = replace(evidence, observed=replace(evidence.observed, failure=what.failure))
    if evidence.observed.works:
        if what.refused and codes.meaning(what.verify_code) == codes.STRICT:
            return as_told, _problems_of(as_told)  # pip with legacy-certs on Python 3.13
        return evidence, [_works_now(what, said)]
    found = _problems_of(evidence)
    if any(each.cause == "unexplained" for each in found):
        return as_told, _problems_of(as_told)
    return evidence, found


def _problems_of(evidence: Evidence) -> list[Finding]:
    from spip.tls.causes import findings

    return [each for each in findings(evidence) if each.weight == PROBLEM]


def _works_now(what: Failed, said: Mapping[str, Any]) -> Finding:
    """Say why it failed for pip though it works here: --cert restricts, or it has passed."""
    host = what.place.shown
    if what.refused and said.get("obeyed"):
        return finding("bundle-obeyed", about=host, host=host, path=said["obeyed"])
    return finding("works-now", about=host, host=host, text=what.text)


def _known(said: Mapping[str, Any], environ: Mapping[str, str]) -> Known:
    from datetime import datetime, timezone

    from spip.doctor import system
    from spip.doctor.clock import certifi_date, clock
    from spip.doctor.known import Known
    from spip.doctor.sources import consulted
    from spip.tls.routes import ProxySettings

    sources = consulted(environ, said.get("cert"), None)
    certifi = next((each.label for each in sources if each.kind == "certifi"), "certifi")
    made = certifi_date(certifi.partition(" ")[2])
    return Known(
        environ=environ,
        sources=sources,
        proxies=ProxySettings(environ),
        clock=clock(datetime.now(timezone.utc), [(certifi, made)]),
        platform=system.platform(),
        default_hosts=_default_hosts(),
        only_default=bool(said.get("only_default")),
        client_certificate=str(said.get("client_cert") or ""),
        windows=system.windows_roots,
        patience=PATIENCE,
    )


def _default_hosts() -> frozenset[str]:
    """Return the hosts of pip's built-in index, from the pip that came with spip."""
    try:
        from pip._internal.models.index import PyPI
    except ImportError:
        return frozenset()
    return frozenset({str(PyPI.netloc), str(PyPI.file_storage_domain)})


def _said(problems: list[Finding], evidence: Evidence, spip: str) -> Iterator[str]:
    from spip.doctor import drawing

    first = problems[0]
    yield first.sentence
    stops = drawing.way(evidence)
    if len(stops) > 2:
        yield f"  the way: {drawing.text(stops)}"
    if first.cause in _ABOUT_TRUST:
        yield f"  looked in: {', '.join(_looked(evidence))}"
    if len(problems) > 1:
        yield f"  also: {problems[1].sentence}"
    yield f"  next: {first.next_for(spip)}     more: {spip} doctor"


def _looked(evidence: Evidence) -> Iterator[str]:
    for source in evidence.sources:
        count = f" ({len(source.roots)} roots)" if source.kind == "os" else ""
        yield f"the {source.label}{count}" if source.kind == "os" else source.label
