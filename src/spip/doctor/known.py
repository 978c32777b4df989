"""What is known before any host is asked, and how one host is then examined."""

from __future__ import annotations

import itertools
import ssl
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING

from spip.doctor import elsewhere
from spip.doctor.sources import asks_system, own_certificates
from spip.tls import codes
from spip.tls.evidence import Candidate, Clock, Consulted, Evidence
from spip.tls.observed import Failure, Observed
from spip.tls.probe import Looker, accepts, look, presented, trusting
from spip.tls.routes import ProxySettings, ProxyUnreadableError, proxy_for

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from spip.tls.place import Place
    from spip.tls.probe import Deadline
    from spip.tls.routes import Proxy

# Seconds for one host and all that is done to it. pip waits 15 s for each of six tries.
PATIENCE = 10.0
# For a root that was found elsewhere: the host has answered before, so it is quick.
_PATIENCE_FOR_PROOF = 3.0
_MOST_PROOFS = 3
_PORTAL_PORT = 80


@dataclass(frozen=True)
class Known:
    """What holds for every host. Fields as in `Evidence`; the functions are slow, asked at need."""

    environ: Mapping[str, str] = field(repr=False)
    sources: tuple[Consulted, ...]
    proxies: ProxySettings = field(repr=False)
    clock: Clock
    platform: str
    default_hosts: frozenset[str] = frozenset()
    only_default: bool = False
    proxy_script: Callable[[], str] = str
    client_certificate: str = ""
    client_certificate_problem: str = ""
    windows: Callable[[], bytes] = bytes
    patience: float = PATIENCE

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
        return frozenset() if used else own_certificates()

    def looker(self, deadline: Deadline | None = None) -> Looker:
        """How each host is looked at; until `deadline`, if what was done before shares it."""
        patience = deadline.left() if deadline else self.patience
        return Looker(lambda: self.context, patience, self.client_certificate)


def examine(place: Place, known: Known, deadline: Deadline | None = None) -> Evidence:
    """Look at one host by the way that pip's settings say. TimeoutError after the deadline."""
    try:
        proxy = proxy_for(place, known.proxies)
    except ProxyUnreadableError as error:
        failed = Failure("proxy", "unreadable", str(error), reason=error.named_by)
        return evidence_of(Observed(place, failure=failed), known)
    return examine_through(place, proxy, known, deadline)


def examine_through(
    place: Place, proxy: Proxy | None, known: Known, deadline: Deadline | None = None
) -> Evidence:
    """Look at one host, and for a missing root at the places where it may lie."""
    is_default = place.host in known.default_hosts
    portal_port = _PORTAL_PORT if is_default else 0
    seen = look(place, proxy, known.looker(deadline), portal_port=portal_port)
    return _with_candidate(evidence_of(seen, known), known)


def examine_refused(place: Place, proxy: Proxy | None, known: Known, told: Failure) -> Evidence:
    """Look at a host whose certificate was refused just now; quicker where nothing has its root."""
    evidence = evidence_of(presented(place, proxy, known.looker(), told), known)
    if not evidence.way or evidence.trusted_by:
        return examine_through(place, proxy, known)
    return _with_candidate(evidence, known)


def _with_candidate(evidence: Evidence, known: Known) -> Evidence:
    if _untrusted(evidence.observed) and evidence.way:
        return replace(evidence, candidate=_proven(evidence, known))
    return evidence


def problem_of(client_certificate: str) -> str:
    """Return why a client certificate can't be used, "" if it can."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    try:
        context.load_cert_chain(client_certificate, password="")
    except ssl.SSLError:
        return "it holds no certificate with its key, or the key has a password"
    except (OSError, ValueError) as error:
        return getattr(error, "strerror", None) or str(error)
    return ""


def unanswered(place: Place, known: Known) -> Evidence:
    """Return the evidence for a host that even the last bound could not end."""
    failed = Failure("connect", "timeout", "no answer")
    return evidence_of(Observed(place, failure=failed, seconds=known.patience), known)


def evidence_of(seen: Observed, known: Known) -> Evidence:
    """Put what was seen beside what is known."""
    return Evidence(
        observed=seen,
        clock=known.clock,
        sources=known.sources,
        unused_certifi=known.unused_certifi,
        is_default=seen.place.host in known.default_hosts,
        only_default=known.only_default,
        platform=known.platform,
        update=elsewhere.update_command(known.platform),
        proxy_script=known.proxy_script() if _lost_without_proxy(seen) else "",
        client_certificate=known.client_certificate,
        client_certificate_problem=known.client_certificate_problem,
    )


def _lost_without_proxy(seen: Observed) -> bool:
    """Whether a proxy that isn't configured could be what is missing; asking for it takes time."""
    return (
        seen.failure is not None and seen.proxy is None and seen.failure.step in {"dns", "connect"}
    )


def _untrusted(seen: Observed) -> bool:
    failed = seen.failure
    if failed is None or failed.step != "handshake" or failed.kind != "certificate":
        return False
    return codes.meaning(failed.code, failed.text) == codes.UNTRUSTED


def _proven(evidence: Evidence, known: Known) -> Candidate | None:
    """Return the first root found elsewhere that a handshake accepts."""
    seen = evidence.observed
    top = evidence.way[-1]
    found = itertools.chain(
        elsewhere.refused(top, known.sources),
        elsewhere.candidates(top, known.platform, known.environ, known.windows),
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
