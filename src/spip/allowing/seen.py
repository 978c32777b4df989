"""What a host presents to pip here, and whether an untrusted issuer is why pip refuses it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from spip.bridge.verify_codes import is_untrusted
from spip.certificates import x509
from spip.diagnosis.causes import findings
from spip.diagnosis.evidence import issuers
from spip.diagnosis.findings import PROBLEM
from spip.doctor.host_check import examine
from spip.errors import SpipError
from spip.invocation import command_line
from spip.stores import distrust

if TYPE_CHECKING:
    from spip.certificates.x509 import Certificate
    from spip.diagnosis.evidence import Evidence
    from spip.diagnosis.findings import Finding
    from spip.doctor.host_check import Known
    from spip.probe.endpoint import Endpoint

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


def refused(host: Endpoint, known: Known) -> Refused | None:
    """Look at a host as pip would; None where verification succeeds.

    Raises SpipError where it fails for anything but an untrusted issuer.
    """
    evidence = examine(host, known)
    failed = evidence.observed.failure
    if failed is None or (evidence.observed.verified and failed.step == "page"):
        return None
    found = findings(evidence)
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
        tuple(e for e in found if e.weight == PROBLEM and e.cause not in _ISSUER),
    )


def _other(host: Endpoint, found: tuple[Finding, ...]) -> SpipError:
    why = found[0].sentence if found else f"{host.shown} can't be reached"
    return SpipError(
        f"{why}; a grant helps only where nothing here trusts who signed a certificate",
        command_line("doctor", host.shown),
    )


def _see_to_distrust(evidence: Evidence) -> None:
    """Raise SpipError where this system distrusts one of the chain on purpose."""
    way = [*evidence.presented, *evidence.way]
    known = distrust.distrusted()
    listed = [der for der in known if len(der) > 64]  # the others are digests
    above = [root for top in evidence.way[-1:] for root in issuers(top, listed)]
    for each in [*way, *above]:
        if distrust.is_distrusted(each.der, known):
            raise SpipError(
                f"this system distrusts {each.subject.shown} on purpose, so there is no grant for "
                f"{evidence.host}",
                "ask IT why it is distrusted",
            )
