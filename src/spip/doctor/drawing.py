"""The way from here to a host, and the chain that was shown there, as a reader sees them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from spip.diagnosis.trust_causes import interceptor

if TYPE_CHECKING:
    from spip.certificates.x509 import Certificate
    from spip.diagnosis.evidence import Evidence


@dataclass(frozen=True)
class Stop:
    """One station on the way: its name, what it does there, and whether it was reached."""

    name: str
    note: str = ""
    reached: bool = True


@dataclass(frozen=True)
class Link:
    """One certificate of a chain. `note` says where trust ends."""

    certificate: Certificate
    note: str = ""


def way(evidence: Evidence, name: str = "") -> tuple[Stop, ...]:
    """Return the stations from here to the host; `name` is what a reader calls that."""
    seen = evidence.observed
    failed_step = seen.failure.step if seen.failure else ""
    stops = [Stop("you")]
    if seen.proxy:
        stops.append(Stop(seen.proxy.shown, "proxy", not failed_step.startswith("proxy-")))
    between = interceptor(evidence)
    if between:
        signer = between.product.name if between.product else between.name
        stops.append(Stop(signer, "signs TLS anew"))
    stops.append(Stop(name or evidence.host, reached=failed_step in {"", "handshake", "page"}))
    return tuple(stops)


def text(stops: tuple[Stop, ...]) -> str:
    """Return the way on one line, in ASCII."""
    parts = [stops[0].name]
    for stop in stops[1:]:
        parts.append("->" if stop.reached else "-x")
        parts.append(f"{stop.name} ({stop.note})" if stop.note else stop.name)
    return " ".join(parts)


def chain(evidence: Evidence) -> tuple[Link, ...]:
    """Return the chain from leaf to root, each certificate once, with where trust ends."""
    links = [Link(certificate) for certificate in evidence.way]
    if not links:
        return ()
    top = evidence.way[-1]
    if evidence.trusted_by:
        note = f"trusted by: {', '.join(evidence.trusted_by)}"
    elif evidence.observed.works:
        note = "trusted by: this system"
    elif top.is_self_issued:
        note = "trusted by nothing here"
    else:
        note = f'its issuer "{top.issuer.shown}" was not sent and is not known here'
    return (*links[:-1], Link(top, note))
