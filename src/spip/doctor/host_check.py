"""Check one host: probe it, ask the target's pip, and look for the root that is missing."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING

from spip.bridge import verify_codes
from spip.bridge.verify_codes import is_untrusted
from spip.diagnosis.evidence import Candidate, Clock, Evidence, SourceState
from spip.doctor import unused_roots
from spip.doctor.client_certificate import ClientCertificate
from spip.doctor.pip_failure import merge_reply, read_failure, without_client_certificate_failure
from spip.doctor.source_states import asks_system, own_certifi_roots
from spip.probe.connection import Deadline
from spip.probe.handshake import trusting
from spip.probe.look import accepts, look, pinned, presented
from spip.probe.proxies import ProxySettings, proxy_for
from spip.probe.proxy_url import ProxyUnreadableError
from spip.probe.results import Failure, ProbeResult
from spip.probe.steps import Looker

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Mapping

    from spip.doctor.target_pip import Pending, Reply, TargetPip
    from spip.policy.grants import Grant
    from spip.probe.endpoint import Endpoint
    from spip.probe.proxy_url import Proxy


def check_under_grant(
    evidence: Evidence, known: HostContext, deadline: Deadline | None = None
) -> Evidence:
    """Return what pip gets by a grant, the same evidence where no grant counts.

    A grant is for one leaf: whoever presents another one is refused as without it. What is read
    over that connection decides what is said, and nothing else; no login is sent.
    """
    failed, shown = evidence.observed.failure, evidence.presented[:1]
    if failed is None or failed.kind != "certificate" or not is_untrusted(failed.code):
        return evidence
    where = evidence.observed.place
    if (
        failed.step != "handshake"
        or not shown
        or not _is_granted(where, shown[0].fingerprint, known)
    ):
        return evidence
    observed = pinned(where, evidence.observed.proxy, known.looker(deadline), shown[0].der)
    if observed.answer is None and observed.failure is None:  # another leaf was shown this time
        return evidence
    seconds = evidence.observed.seconds + observed.seconds
    sent = evidence.observed.presented
    observed = replace(observed, place=where, presented=sent, seconds=seconds)
    return replace(evidence, observed=observed, candidate=None, relaxed=True)


def _is_granted(where: Endpoint, fingerprint: str, known: HostContext) -> bool:
    return any(_is_for(each, where) and each.sha256 == fingerprint for each in known.grants)


def _is_for(grant: Grant, where: Endpoint) -> bool:
    return (grant.host.lower(), grant.port) == (where.host.lower(), where.port)


# Seconds for one host and all that is done to it. pip waits 15 s for each of six tries.
PATIENCE = 10.0
# For a root that was found elsewhere: the host has answered before, so it is quick.
_PATIENCE_FOR_PROOF = 3.0
_MOST_PROOFS = 3
_PORTAL_PORT = 80


@dataclass(frozen=True)
class HostContext:
    """What holds for every host. Fields as in `Evidence`; the functions are slow, asked at need.

    `grants`: those by which hosts are judged that are refused otherwise. `index_settings`: who
    names an index, by its origin.
    """

    environ: Mapping[str, str] = field(repr=False)
    sources: tuple[SourceState, ...]
    proxies: ProxySettings = field(repr=False)
    clock: Clock
    platform: str
    default_hosts: frozenset[str] = frozenset()
    only_default: bool = False
    proxy_script: Callable[[], str] = str
    client_certificate: ClientCertificate = field(default_factory=ClientCertificate)
    client_certificate_by: str = ""
    windows: Callable[[], bytes] = bytes
    pip: TargetPip | None = None
    pip_alone: TargetPip | None = None
    patience: float = PATIENCE
    grants: tuple[Grant, ...] = ()
    index_settings: Mapping[tuple[str, str, int], str] = field(default_factory=dict)

    @property
    def most(self) -> float:
        """Seconds for one host at most, proofs for roots found elsewhere included."""
        return self.patience + _MOST_PROOFS * _PATIENCE_FOR_PROOF

    @cached_property
    def context(self) -> ssl.SSLContext:
        """A context that verifies as spip makes pip do it; loaded once, shared by all hosts."""
        roots = frozenset[bytes]().union(*(source.roots for source in self.sources))
        return trusting(roots, ask_system=asks_system())

    @cached_property
    def unused_certifi(self) -> frozenset[bytes]:
        """The roots of a certifi that is no source: they show who signs anew."""
        used = any(each.kind == "certifi" and each.roots for each in self.sources)
        return frozenset() if used else own_certifi_roots()

    def looker(self, deadline: Deadline | None = None) -> Looker:
        """How each host is looked at; until `deadline`, if what was done before shares it."""
        patience = deadline.left() if deadline else self.patience
        client = self.client_certificate
        return Looker(lambda: self.context, patience, "" if client.problem else client.path)


def check_host(
    place: Endpoint, known: HostContext, deadline: Deadline | None = None, *, alone: bool = False
) -> Evidence:
    """Look at one host by the way that pip's settings say, and have the target's pip ask it.

    `alone`: it is also asked without spip. TimeoutError after the deadline.
    """
    deadline = deadline or Deadline(known.patience)
    pending = known.pip.ask(place) if known.pip else None
    without = known.pip_alone.ask(place) if known.pip_alone and alone else None
    try:
        proxy = proxy_for(place, known.proxies)
    except ProxyUnreadableError as error:
        failed = unreadable_proxy_failure(error)
        seen = _merge_pip_reply(ProbeResult(place, failure=failed), pending, known, deadline)
        return make_evidence(seen, known)
    evidence = check_host_through(place, proxy, known, deadline, pending)
    if without is None or not evidence.observed.works:
        return evidence
    return replace(evidence, pip_alone=_failure_text(_reply(without, deadline), known))


def check_host_through(
    place: Endpoint,
    proxy: Proxy | None,
    known: HostContext,
    deadline: Deadline | None = None,
    pending: Pending | None = None,
) -> Evidence:
    """Look at one host, and for a missing root at the places where it may lie."""
    deadline = deadline or Deadline(known.patience)
    is_default = place.host in known.default_hosts
    portal_port = _PORTAL_PORT if is_default else 0
    seen = look(place, proxy, known.looker(deadline), portal_port=portal_port)
    seen = _merge_pip_reply(seen, pending, known, deadline)
    evidence = check_under_grant(make_evidence(seen, known), known, deadline)
    return _with_candidate(evidence, known)


def unreadable_proxy_failure(error: ProxyUnreadableError) -> Failure:
    """Return the failure of a proxy that is no URL."""
    return Failure(
        "proxy",
        "unreadable",
        str(error),
        reason=error.named_by,
        corrected=error.corrected,
        letters=error.letters,
    )


def _merge_pip_reply(
    seen: ProbeResult, pending: Pending | None, known: HostContext, deadline: Deadline
) -> ProbeResult:
    if known.client_certificate.is_asked_for:  # nobody is asked now, so pip would fail
        return without_client_certificate_failure(seen)
    return merge_reply(seen, _reply(pending, deadline), known.environ) if pending else seen


def _reply(pending: Pending, deadline: Deadline) -> Reply | None:
    try:
        return pending.reply(deadline.left())
    except TimeoutError:
        return pending.reply(0)


def _failure_text(reply: Reply | None, known: HostContext) -> str:
    """Return what pip alone meets, "" where it works too or can't be asked."""
    failure = read_failure(reply.failure, known.environ) if reply and reply.failure else None
    return failure.text if failure else ""


def check_refused_host(
    place: Endpoint, proxy: Proxy | None, known: HostContext, told: Failure
) -> Evidence:
    """Look at a host whose certificate was refused just now; quicker where nothing has its root."""
    evidence = make_evidence(presented(place, proxy, known.looker(), told), known)
    if not evidence.chain or evidence.trusted_by:
        return check_host_through(place, proxy, known)
    return _with_candidate(evidence, known)


def _with_candidate(evidence: Evidence, known: HostContext) -> Evidence:
    if _untrusted(evidence.observed) and evidence.chain:
        found = _find_proven_candidate(evidence, known)
        if found is None:
            unused = unused_roots.unused_certificates(known.platform, known.environ, known.sources)
            return replace(evidence, unused=unused)
        return replace(evidence, candidate=found)
    return evidence


def unanswered_host(place: Endpoint, known: HostContext) -> Evidence:
    """Return the evidence for a host that even the last bound could not end."""
    failed = Failure("connect", "timeout", "no answer")
    return make_evidence(ProbeResult(place, failure=failed, seconds=known.patience), known)


def make_evidence(seen: ProbeResult, known: HostContext) -> Evidence:
    """Put what was seen beside what is known."""
    return Evidence(
        observed=seen,
        clock=known.clock,
        sources=known.sources,
        unused_certifi=known.unused_certifi,
        is_default=seen.place.host in known.default_hosts,
        only_default=known.only_default,
        platform=known.platform,
        update=unused_roots.update_command(known.platform),
        proxy_script=known.proxy_script() if _lost_without_proxy(seen) else "",
        client_certificate=known.client_certificate.path,
        client_certificate_by=known.client_certificate_by,
        client_certificate_problem=known.client_certificate.problem,
        asks_pass_phrase=known.client_certificate.is_asked_for,
    )


def _lost_without_proxy(seen: ProbeResult) -> bool:
    """Whether a proxy that isn't configured could be what is missing; asking for it takes time."""
    return (
        seen.failure is not None and seen.proxy is None and seen.failure.step in {"dns", "connect"}
    )


def _untrusted(seen: ProbeResult) -> bool:
    failed = seen.failure
    if failed is None or failed.step != "handshake" or failed.kind != "certificate":
        return False
    return verify_codes.meaning(failed.code, failed.text) == verify_codes.UNTRUSTED


def _find_proven_candidate(evidence: Evidence, known: HostContext) -> Candidate | None:
    """Return the first root found elsewhere that a handshake accepts."""
    seen = evidence.observed
    top = evidence.chain[-1]
    found = itertools.chain(
        unused_roots.refused_candidates(top, known.sources),
        unused_roots.candidates(top, known.platform, known.environ, known.windows),
    )
    quick = replace(known.looker(), patience=_PATIENCE_FOR_PROOF)
    tried: set[bytes] = set()
    for candidate in found:
        if len(tried) >= _MOST_PROOFS:
            return None
        if candidate.der not in tried:
            tried.add(candidate.der)
            if accepts(seen.place, seen.proxy, quick, [candidate.der]):
                return candidate
    return None
