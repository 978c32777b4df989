"""What a host presents to this machine, on the way that pip would take to it."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from spip.certificates import x509
from spip.environment.target_facts import proxies
from spip.errors import SpipError
from spip.invocation import command_line
from spip.probe.endpoint import parse_endpoint
from spip.probe.handshake import trusting
from spip.probe.look import accepts, presented
from spip.probe.proxies import proxy_for
from spip.probe.proxy_url import ProxyUnreadableError
from spip.probe.results import Failure
from spip.probe.steps import Looker

if TYPE_CHECKING:
    from collections.abc import Mapping

    from spip.certificates.x509 import Certificate
    from spip.environment.target_facts import Here
    from spip.probe.endpoint import Endpoint
    from spip.probe.proxy_url import Proxy

_NO_FAILURE = Failure("handshake", "other", "not judged")


@dataclass(frozen=True)
class Way:
    """How the host is reached."""

    place: Endpoint
    proxy: Proxy | None
    looker: Looker


def way_to(host: str, this: Here, environ: Mapping[str, str], roots: set[bytes]) -> Way:
    """Return how pip would reach `host`. `roots` (DER) are trusted. Raises SpipError."""
    where = parse_endpoint(host)
    try:
        through = proxy_for(where, proxies(this.settings, this.facts.pip, environ))
    except ProxyUnreadableError as error:
        raise SpipError(f"{error.named_by} names no proxy: {error}") from error
    # The way to an https:// proxy is verified as ever.
    return Way(where, through, Looker(lambda: trusting(roots, ask_system=False)))


def sent_by(way: Way) -> tuple[Certificate, ...]:
    """The chain that the host presents, leaf first. Raises SpipError where it presents none."""
    seen = presented(way.place, way.proxy, way.looker, _NO_FAILURE)
    if not seen.presented:
        reason = f": {seen.failure.text}" if seen.failure else ""
        raise SpipError(
            f"{way.place.shown} presents no certificate{reason}",
            command_line("doctor", way.place.shown),
        )
    certificates, problem = x509.readable(seen.presented)
    if not certificates:
        raise SpipError(f"what {way.place.shown} presents can't be read: {problem}")
    through = f" through {way.proxy.shown}" if way.proxy else ""
    print(f"{way.place.shown} presents{through}:", file=sys.stderr)
    return x509.ordered(certificates)


def signs(way: Way, root: Certificate) -> bool:
    """Whether a handshake shows that `root` signed what the host presents.

    A name or a date that is wrong is another matter, which the doctor names.
    """
    return accepts(way.place, way.proxy, way.looker, [root.der])


def drawn(sent: tuple[Certificate, ...]) -> list[str]:
    """Return a line for each certificate, the leaf first."""
    found = []
    for depth, each in enumerate(sent):
        until = f"until {each.last:%Y-%m-%d}"
        found.append(f"  {'  ' * depth}{each.subject.text}, {until}, sha256 {each.fingerprint}")
    return found
