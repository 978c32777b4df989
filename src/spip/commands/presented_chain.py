"""Look at the certificates that a host presents, over the proxies that pip would use."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from spip.bridge.verify_codes import is_untrusted
from spip.certificates import x509
from spip.diagnosis.causes import diagnose
from spip.diagnosis.evidence import find_issuers
from spip.diagnosis.findings import PROBLEM
from spip.doctor.host_check import check_host
from spip.environment.target_facts import proxy_settings
from spip.errors import SpipError
from spip.invocation import command_line
from spip.probe.endpoint import parse_endpoint
from spip.probe.handshake import trusting
from spip.probe.look import accepts, presented
from spip.probe.proxies import proxy_for
from spip.probe.proxy_url import ProxyUnreadableError
from spip.probe.results import Failure
from spip.probe.steps import Looker
from spip.stores import distrust

if TYPE_CHECKING:
    from collections.abc import Mapping

    from spip.certificates.x509 import Certificate
    from spip.diagnosis.evidence import Evidence
    from spip.diagnosis.findings import Finding
    from spip.doctor.host_check import HostContext
    from spip.environment.target_facts import Environment
    from spip.probe.endpoint import Endpoint
    from spip.probe.proxy_url import Proxy

_NO_FAILURE = Failure("handshake", "other", "not judged")


@dataclass(frozen=True)
class Route:
    """How the host is reached."""

    host: Endpoint
    proxy: Proxy | None
    looker: Looker

    @classmethod
    def to(
        cls, host: str, target: Environment, environ: Mapping[str, str], roots: set[bytes]
    ) -> Route:
        """How pip would reach `host`. `roots` (DER) are trusted. Raises SpipError."""
        endpoint = parse_endpoint(host)
        try:
            proxy = proxy_for(endpoint, proxy_settings(target.settings, target.facts.pip, environ))
        except ProxyUnreadableError as error:
            raise SpipError(f"{error.named_by} names no proxy: {error}") from error
        # The connection to an https:// proxy is verified as ever.
        return cls(endpoint, proxy, Looker(lambda: trusting(roots, ask_system=False)))


def ask_chain(route: Route) -> tuple[Certificate, ...]:
    """The chain that the host presents, leaf first. Raises SpipError where it presents none."""
    host = route.host.shown
    result = presented(route.host, route.proxy, route.looker, _NO_FAILURE)
    if not result.presented:
        reason = f": {result.failure.text}" if result.failure else ""
        raise SpipError(f"{host} presents no certificate{reason}", command_line("doctor", host))
    certificates, problem = x509.readable(result.presented)
    if not certificates:
        raise SpipError(f"what {host} presents can't be read: {problem}")
    through = f" through {route.proxy.shown}" if route.proxy else ""
    print(f"{host} presents{through}:", file=sys.stderr)
    return x509.ordered(certificates)


def is_signed_by(route: Route, root: Certificate) -> bool:
    """Whether a handshake shows that `root` signed what the host presents.

    A name or a date that is wrong is another matter, which the doctor names.
    """
    return accepts(route.host, route.proxy, route.looker, [root.der])


def describe(chain: tuple[Certificate, ...]) -> list[str]:
    """A line for each certificate, the leaf first."""
    lines = []
    for depth, certificate in enumerate(chain):
        name, until = certificate.subject.text, f"until {certificate.last:%Y-%m-%d}"
        lines.append(f"  {'  ' * depth}{name}, {until}, sha256 {certificate.fingerprint}")
    return lines


# The causes that mean an untrusted issuer, each with what would mend it.
_ISSUER = frozenset(
    {
        "root-in-unused-place",
        "root-of-another-tool",
        "untrusted-interceptor",
        "missing-intermediate",
        "self-signed",
        "another-key",
        "unknown-authority",
    }
)


@dataclass(frozen=True)
class Refused:
    """A host whose certificate is refused for its issuer.

    `error` and `code` are the verifier's; `mending` is what would help instead, None if nothing is
    known; `beside` are the problems that a grant would pass over as well.
    """

    evidence: Evidence
    leaf: Certificate
    error: str
    mending: Finding | None
    beside: tuple[Finding, ...]

    @property
    def sent(self) -> tuple[Certificate, ...]:
        """The chain that was presented, leaf first."""
        return x509.ordered(self.evidence.presented)


def look_refused(host: Endpoint, known: HostContext) -> Refused | None:
    """Look at a host as pip would; None where verification succeeds.

    Raises SpipError where it fails for anything but an untrusted issuer.
    """
    evidence = check_host(host, known)
    failed = evidence.observed.failure
    if failed is None or (evidence.observed.verified and failed.step == "page"):
        return None
    found = diagnose(evidence)
    at_handshake = failed.step == "handshake" and failed.kind == "certificate"
    if not at_handshake or not is_untrusted(failed.code) or not evidence.presented:
        raise _other(host, found)
    _see_to_distrust(evidence)
    mending = [each for each in found if each.cause in _ISSUER]
    return Refused(
        evidence,
        evidence.presented[0],
        failed.text,
        mending[0] if mending else None,
        tuple(e for e in found if e.severity == PROBLEM and e.cause not in _ISSUER),
    )


def _other(host: Endpoint, found: tuple[Finding, ...]) -> SpipError:
    why = found[0].sentence if found else f"{host.shown} can't be reached"
    return SpipError(
        f"{why}; a grant helps only where nothing here trusts who signed a certificate",
        command_line("doctor", host.shown),
    )


def _see_to_distrust(evidence: Evidence) -> None:
    """Raise SpipError where this system distrusts one of the chain on purpose."""
    way = [*evidence.presented, *evidence.chain]
    known = distrust.distrusted()
    listed = [der for der in known if len(der) > 64]  # the others are digests
    above = [root for top in evidence.chain[-1:] for root in find_issuers(top, listed)]
    for each in [*way, *above]:
        if distrust.is_distrusted(each.der, known):
            raise SpipError(
                f"this system distrusts {each.subject.shown} on purpose, so there is no grant for "
                f"{evidence.host}",
                "ask IT why it is distrusted",
            )
