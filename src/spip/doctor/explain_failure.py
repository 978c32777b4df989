"""Find the causes of a failed connection: check that host now, and compare with what pip met."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from spip.bridge import verify_codes
from spip.diagnosis.causes import diagnose
from spip.diagnosis.connection_causes import set_client_command
from spip.diagnosis.findings import PROBLEM, make_finding
from spip.diagnosis.time_causes import certifi_date, make_clock
from spip.doctor import client_certificate
from spip.doctor.client_certificate import ClientCertificate
from spip.doctor.host_check import (
    HostContext,
    check_host_through,
    check_refused_host,
    make_evidence,
    unreadable_proxy_failure,
)
from spip.doctor.pip_failure import read_failure
from spip.doctor.source_states import consult_sources
from spip.doctor.target_pip import target_pip
from spip.environment import system
from spip.probe.proxies import ProxySettings
from spip.probe.results import ProbeResult
from spip.trust import sources_in_force

if TYPE_CHECKING:
    from collections.abc import Mapping

    from spip.diagnosis.evidence import Evidence
    from spip.diagnosis.findings import Finding
    from spip.doctor.pip_failure import FailedConnection
    from spip.doctor.target_pip import Reply
    from spip.probe.endpoint import Endpoint

# Seconds for the look; whoever reads the finding has waited for pip already.
PATIENCE = 2.5
_CLIENT_CERT = "PIP_CLIENT_CERT"


def explain_failure(
    what: FailedConnection, said: Mapping[str, Any], known: HostContext
) -> tuple[Evidence, list[Finding]]:
    """Look at the host that failed; what was seen, and the problems that it establishes."""
    if what.unreadable:
        failure = unreadable_proxy_failure(what.unreadable)
        evidence = make_evidence(ProbeResult(what.place, failure=failure), known)
    elif what.refused and what.verify_code:  # Python 3.6 doesn't tell the code: it is looked up
        evidence = check_refused_host(what.place, what.proxy, known, what.failure)
    else:
        evidence = check_host_through(what.place, what.proxy, known)
    as_told = replace(evidence, observed=replace(evidence.observed, failure=what.failure))
    if evidence.observed.works:
        if what.refused and verify_codes.meaning(what.verify_code) == verify_codes.STRICT:
            return as_told, _problems_of(as_told)  # pip with legacy-certs on Python 3.13
        if local := _local_finding(what, said, known):
            return evidence, [local]
        return _ask_pip_again(what, said, known, evidence, as_told)
    found = _problems_of(evidence)
    if any(each.cause == "unexplained" for each in found):
        return as_told, _problems_of(as_told)
    return evidence, found


def _problems_of(evidence: Evidence) -> list[Finding]:
    return [each for each in diagnose(evidence) if each.severity == PROBLEM]


def _ask_pip_again(
    what: FailedConnection,
    said: Mapping[str, Any],
    known: HostContext,
    seen: Evidence,
    as_told: Evidence,
) -> tuple[Evidence, list[Finding]]:
    """Say that it has passed only where pip gets through now, in its own interpreter."""
    reply = _reply(what, said, known)
    if reply and reply.answer:
        host = what.place.shown
        return seen, [make_finding("works-now", about=host, host=host, text=what.text)]
    failure = read_failure(reply.failure, known.environ) if reply and reply.failure else None
    now = replace(as_told, observed=replace(as_told.observed, failure=failure or what.failure))
    return now, _problems_of(now)


def _reply(what: FailedConnection, said: Mapping[str, Any], known: HostContext) -> Reply | None:
    return ask_pip(what.place, said, known.environ)


def ask_pip(place: Endpoint, said: Mapping[str, Any], environ: Mapping[str, str]) -> Reply | None:
    """Return what the pip that ran gets there now, by the same means; None where it can't say."""
    if not said.get("python"):
        return None
    pip = target_pip(said["python"], environ, said["arguments"], alone=False)
    try:
        return pip.ask(place).reply(PATIENCE)
    finally:
        pip.close()


def _local_finding(
    what: FailedConnection, said: Mapping[str, Any], known: HostContext
) -> Finding | None:
    """Say what failed on this machine though a look gets through: a file, or --cert restricts."""
    host = what.place.shown
    if path := what.lost_client_certificate:
        facts = {"host": host, "path": path, "text": "it does not exist"}
        variable = _CLIENT_CERT if known.environ.get(_CLIENT_CERT) else ""
        facts["set_client"] = set_client_command(variable, known.platform)
        return make_finding("client-certificate", variant="unreadable", about=host, **facts)
    if what.refused and said.get("obeyed"):
        return make_finding("bundle-obeyed", about=host, host=host, path=said["obeyed"])
    return None


def make_failure_context(
    what: FailedConnection, said: Mapping[str, Any], environ: Mapping[str, str]
) -> HostContext:
    """Return what is known without asking the target, which would take too long here."""
    named = tuple(sources_in_force.sources(environ, said.get("cert"), None))
    sources = consult_sources(named, str(said.get("cert_at") or ""))
    certifi = next((each.label for each in sources if each.kind == "certifi"), "certifi")
    made = certifi_date(certifi.partition(" ")[2])
    platform = system.platform()
    return HostContext(
        environ=environ,
        sources=sources,
        proxies=ProxySettings(environ),
        clock=make_clock(datetime.now(timezone.utc), [(certifi, made)]),
        platform=platform,
        default_hosts=_default_hosts(),
        only_default=bool(said.get("only_default")),
        client_certificate=_client_certificate(what, str(said.get("client_cert") or "")),
        proxy_script=lambda: system.proxy_script(platform, environ),
        windows=system.windows_roots,
        patience=PATIENCE,
    )


def _client_certificate(what: FailedConnection, value: str) -> ClientCertificate:
    """Return the one that pip had; a pass phrase, which pip asked for, may have been in order."""
    found = client_certificate.read_client_certificate(value)
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
