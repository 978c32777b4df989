"""The finding after a failure: pip's process tells what failed, a fresh one says why.

Reads one JSON object from stdin: `failures`, a list of what failed in pip's session, each with
`url`, `proxy` (a URL or null), `error` (the class), `text`, `verify_code` (or null) and
`certificate` (whether one was refused); `cert`, pip's own setting or null. Optional: `cert_at`,
the "FILE:LINE" of that setting; `obeyed`, the file that `--cert` named on the command line;
`client_cert`, as pip uses it; `spip`, how this run was started; `python` and `arguments`, with
which pip ran, to ask again by the same means; `only_default`, whether pip was told of no index;
`without_ssl`, the Python that pip ran in, if it has no ssl module; `pages`, what an index answered
that is no index's page, or one that pip had kept, each with `url`, `project`, `kind` and `status`.
Prints at most six lines on stderr, and nothing where neither TLS nor the way to the index, nor
what answers there, was the cause.
"""

from __future__ import annotations

import json
import os
import sys
from dataclasses import replace
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from spip.bridge import verify_codes
from spip.diagnosis.causes import findings
from spip.diagnosis.connection_causes import set_client
from spip.diagnosis.findings import PROBLEM, finding
from spip.doctor import client_certificate
from spip.doctor.client_certificate import ClientCertificate
from spip.doctor.collect import certifi_date, clock
from spip.doctor.failed_connection import Failed, failed
from spip.doctor.host_check import Known, examine, examine_refused, examine_through
from spip.doctor.pip_reply import told
from spip.doctor.source_states import consulted
from spip.doctor.target_pip import target_pip
from spip.environment import system
from spip.errors import SpipError
from spip.probe.endpoint import parse_endpoint
from spip.probe.proxies import ProxySettings
from spip.trust import sources_in_force

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from spip.diagnosis.evidence import Evidence
    from spip.diagnosis.findings import Finding
    from spip.doctor.target_pip import Reply

# Seconds for the look; whoever reads the finding has waited for pip already.
PATIENCE = 2.5
_CLIENT_CERT = "PIP_CLIENT_CERT"


def problems(what: Failed, said: Mapping[str, Any], known: Known) -> tuple[Evidence, list[Finding]]:
    """Look at the host that failed; what was seen, and the problems that it establishes."""
    if what.proxy_unreadable:
        evidence = examine(what.place, known)
    elif what.refused and what.verify_code:  # Python 3.6 doesn't tell the code: it is looked up
        evidence = examine_refused(what.place, what.proxy, known, what.failure)
    else:
        evidence = examine_through(what.place, what.proxy, known)
    as_told = replace(evidence, observed=replace(evidence.observed, failure=what.failure))
    if evidence.observed.works:
        if what.refused and verify_codes.meaning(what.verify_code) == verify_codes.STRICT:
            return as_told, _problems_of(as_told)  # pip with legacy-certs on Python 3.13
        if local := _local(what, said, known):
            return evidence, [local]
        return _asked_again(what, said, known, evidence, as_told)
    found = _problems_of(evidence)
    if any(each.cause == "unexplained" for each in found):
        return as_told, _problems_of(as_told)
    return evidence, found


def _problems_of(evidence: Evidence) -> list[Finding]:
    return [each for each in findings(evidence) if each.weight == PROBLEM]


def _asked_again(
    what: Failed, said: Mapping[str, Any], known: Known, seen: Evidence, as_told: Evidence
) -> tuple[Evidence, list[Finding]]:
    """Say that it has passed only where pip gets through now, in its own interpreter."""
    reply = _reply(what, said, known)
    if reply and reply.answer:
        host = what.place.shown
        return seen, [finding("works-now", about=host, host=host, text=what.text)]
    failure = told(reply.failure, known.environ) if reply and reply.failure else None
    now = replace(as_told, observed=replace(as_told.observed, failure=failure or what.failure))
    return now, _problems_of(now)


def _reply(what: Failed, said: Mapping[str, Any], known: Known) -> Reply | None:
    if not said.get("python"):
        return None
    pip = target_pip(said["python"], known.environ, said["arguments"], alone=False)
    try:
        return pip.ask(what.place).reply(known.patience)
    finally:
        pip.close()


def _local(what: Failed, said: Mapping[str, Any], known: Known) -> Finding | None:
    """Say what failed on this machine though a look gets through: a file, or --cert restricts."""
    host = what.place.shown
    if path := what.lost_client_certificate:
        facts = {"host": host, "path": path, "text": "it does not exist"}
        variable = _CLIENT_CERT if known.environ.get(_CLIENT_CERT) else ""
        facts["set_client"] = set_client(variable, known.platform)
        return finding("client-certificate", variant="unreadable", about=host, **facts)
    if what.refused and said.get("obeyed"):
        return finding("bundle-obeyed", about=host, host=host, path=said["obeyed"])
    return None


def known(what: Failed, said: Mapping[str, Any], environ: Mapping[str, str]) -> Known:
    """Return what is known without asking the target, which would take too long here."""
    named = tuple(sources_in_force.sources(environ, said.get("cert"), None))
    sources = consulted(named, str(said.get("cert_at") or ""))
    certifi = next((each.label for each in sources if each.kind == "certifi"), "certifi")
    made = certifi_date(certifi.partition(" ")[2])
    platform = system.platform()
    return Known(
        environ=environ,
        sources=sources,
        proxies=ProxySettings(environ),
        clock=clock(datetime.now(timezone.utc), [(certifi, made)]),
        platform=platform,
        default_hosts=_default_hosts(),
        only_default=bool(said.get("only_default")),
        client_certificate=_client_certificate(what, str(said.get("client_cert") or "")),
        proxy_script=lambda: system.proxy_script(platform, environ),
        windows=system.windows_roots,
        patience=PATIENCE,
    )


def _client_certificate(what: Failed, value: str) -> ClientCertificate:
    """Return the one that pip had; a pass phrase, which pip asked for, may have been in order."""
    found = client_certificate.read(value)
    if not found.has_pass_phrase:
        return found
    # Without a terminal OpenSSL says no more than "Invalid argument"; a server sends an alert.
    local = what.failure.kind in {"tls", "other"} and "ALERT" not in what.text.upper()
    problem = "its key has a pass phrase, which was not given or is another one" if local else ""
    return ClientCertificate(found.path, problem)


def _default_hosts() -> frozenset[str]:
    """Return the hosts of pip's built-in index, from the pip that came with spip."""
    try:
        from pip._internal.models.index import PyPI
    except ImportError:
        return frozenset()
    return frozenset({str(PyPI.netloc), str(PyPI.file_storage_domain)})


_MOST_LINES = 6
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
    what = _first(said, environ)
    if what is None:
        return _of_pages(said)
    bare = said.get("without_ssl") or _without_ssl()
    if bare:
        why = f"{bare} has no ssl module, so it can't open https"
        return why, f"  next: {said.get('spip') or 'spip'} doctor"

    evidence, found = problems(what, said, known(what, said, environ))
    if not found:
        return ()
    return tuple(_said(found, evidence, str(said.get("spip") or "spip")))[:_MOST_LINES]


def _of_pages(said: Mapping[str, Any]) -> tuple[str, ...]:
    """Say what an index answered that is none, by what pip itself was given."""
    from spip.diagnosis.findings import finding

    for page in said.get("pages", ()):
        try:
            host = parse_endpoint(str(page["url"])).shown
        except (SpipError, ValueError):
            continue
        facts = {"host": host, "status": page["status"], "project": page["project"]}
        found = finding("index-answer", variant=str(page["kind"]), about=host, **facts)
        spip = str(said.get("spip") or "spip")
        return found.sentence, f"  next: {found.next_for(spip)}     more: {spip} doctor"
    return ()


def _without_ssl() -> str | None:
    """This Python, if it can't look at a connection."""
    try:
        import ssl  # noqa: F401 - what a look needs
    except ImportError:
        return sys.executable
    return None


def _first(said: Mapping[str, Any], environ: Mapping[str, str]) -> Failed | None:
    """Return the failure to explain: a refused certificate before anything else."""
    told = []
    for each in said["failures"]:
        try:
            told.append(failed(each, environ))
        except (SpipError, ValueError):  # noqa: PERF203 - pip may have been given no URL at all
            continue
    return min(told, key=lambda each: not each.refused, default=None)


def _said(problems: list[Finding], evidence: Evidence, spip: str) -> Iterator[str]:
    from spip.doctor import report

    first = problems[0]
    yield first.sentence
    stops = report.way(evidence)
    if len(stops) > 2:
        yield f"  the way: {report.text(stops)}"
    if first.cause in _ABOUT_TRUST:
        yield f"  looked in: {', '.join(_looked(evidence))}"
        yield from (f"  {line}" for line in first.evidence[:1])
    if len(problems) > 1:
        yield f"  also: {problems[1].sentence}"
    yield f"  next: {first.next_for(spip)}     more: {spip} doctor"


def _looked(evidence: Evidence) -> Iterator[str]:
    for source in evidence.sources:
        count = f" ({len(source.roots)} roots)" if source.kind == "os" else ""
        yield f"the {source.label}{count}" if source.kind == "os" else source.label
