"""A look at one host: as pip would do it, then at what that leaves in the dark."""

from __future__ import annotations

import contextlib
import time
from dataclasses import replace
from typing import TYPE_CHECKING

from spip.bridge import verify_codes
from spip.probe import handshake, http, proxy_tunnel
from spip.probe.connection import connect, resolve
from spip.probe.failures import EXPECTED, failure
from spip.probe.results import AtAddress, Failure
from spip.probe.steps import Looker, Steps, StoppedError

if TYPE_CHECKING:
    from spip.probe.endpoint import Endpoint
    from spip.probe.proxy_url import Proxy
    from spip.probe.results import ProbeResult

# After these, a second look without verification shows more.
_WORTH_A_SECOND_LOOK = {"certificate", "tls", "closed", "reset"}
# Other addresses of a host that failed at one, and the share of the time that each may take.
_MOST_OTHERS, _SHARE_FOR_ANOTHER = 3, 0.3
# What OpenSSL finds only once it has seen that a certificate is signed by the one above it.
_AFTER_THE_SIGNATURE = {verify_codes.EXPIRED, verify_codes.NOT_YET_VALID}


def look(
    place: Endpoint, proxy: Proxy | None, looker: Looker, *, portal_port: int = 0
) -> ProbeResult:
    """Return what is seen on the way to `place`, within `looker.patience`.

    `portal_port`: where a failure may come from a login page of the network, what plain HTTP on
    that port of the host says is looked at too; 0: it is not.
    """
    started = time.monotonic()
    first = Steps(place, proxy, looker)
    with contextlib.suppress(StoppedError):
        if place.scheme == "http":
            first.seen = replace(first.seen, portal=first.plain("/"))
        else:
            first.verified()
    seen = first.seen
    if seen.failure and place.scheme == "https":
        seen = _look_again(first, seen, seen.failure, portal_port)
    return replace(seen, seconds=time.monotonic() - started)


def presented(place: Endpoint, proxy: Proxy | None, looker: Looker, told: Failure) -> ProbeResult:
    """Return what a host presents whose certificate was refused just now, as `told`.

    One handshake less than `look`; it does not find out whether the refusal still holds.
    """
    started = time.monotonic()
    again = Steps(place, proxy, looker)
    with contextlib.suppress(StoppedError, *EXPECTED):
        again.unverified(handshake.relaxed())
    if not again.seen.presented:
        return again.seen
    seen = _with_others(again, replace(again.seen, failure=told))
    return replace(seen, seconds=time.monotonic() - started)


def pinned(place: Endpoint, proxy: Proxy | None, looker: Looker, leaf: bytes) -> ProbeResult:
    """Ask for a page over a connection that nobody verifies, if `leaf` (DER) is presented on it.

    For showing what the page says, and for nothing else; no login is sent.
    """
    steps = Steps(replace(place, login=""), proxy, looker)
    with contextlib.suppress(StoppedError):
        steps.pinned(leaf)
    return steps.seen


def accepts(place: Endpoint, proxy: Proxy | None, looker: Looker, roots: list[bytes]) -> bool:
    """Whether `roots` alone would make the chain of `place` trusted.

    Its names, dates and weak keys are another matter.
    """
    context = handshake.signatures_alone(roots)
    tried = Steps(place, proxy, looker)
    with contextlib.suppress(StoppedError), tried.reached() as stream:
        with tried.step("handshake"):
            handshake.Secure(stream, context, place.host).handshake()
        return True
    failed = tried.seen.failure
    if failed is None or failed.kind != "certificate":
        return False
    return verify_codes.meaning(failed.code, failed.text) in _AFTER_THE_SIGNATURE


def _look_again(first: Steps, seen: ProbeResult, failed: Failure, portal_port: int) -> ProbeResult:
    if first.proxy and failed.step in {"proxy-tls", "tunnel"}:
        return _look_at_scheme(first, seen, first.proxy)
    if failed.kind in _WORTH_A_SECOND_LOOK and not failed.step.startswith("proxy-"):
        seen = _with_others(first, _second_look(first, seen))
    if portal_port and not first.proxy:
        seen = _look_for_portal(first, seen, portal_port)
    return seen


def _second_look(first: Steps, seen: ProbeResult) -> ProbeResult:
    """Keep the failure, add what shows without verification, with every TLS version if need be."""
    for context in (handshake.relaxed, handshake.permissive):
        again = Steps(first.place, first.proxy, first.looker, first.deadline)
        with contextlib.suppress(StoppedError, *EXPECTED):
            again.unverified(context())
        found = again.seen
        wanted = seen.client_certificate_wanted or found.client_certificate_wanted
        seen = replace(
            seen,
            presented=found.presented or seen.presented,
            offered=found.offered,
            server_time=found.server_time or seen.server_time,
            client_certificate_wanted=wanted,
        )
        if found.offered:
            break
    return seen


def _with_others(first: Steps, seen: ProbeResult) -> ProbeResult:
    """Find out whether the other addresses of a host do better than the one that was spoken to."""
    failed = seen.failure
    if first.proxy or not seen.address or failed is None or failed.step != "handshake":
        return seen
    left = [each for each in seen.addresses if each != seen.address][:_MOST_OTHERS]
    return replace(seen, others=tuple(_at(first, address) for address in left))


def _at(first: Steps, address: str) -> AtAddress:
    try:
        deadline = first.deadline.part(_SHARE_FOR_ANOTHER)
        steps = Steps(first.place, None, first.looker, deadline, address=address)
        with contextlib.suppress(StoppedError):
            steps.handshaken()
    except TimeoutError as error:  # nothing is left of the time
        return AtAddress(address, failure("connect", error, b""))
    return AtAddress(address, steps.seen.failure)


def _look_at_scheme(first: Steps, seen: ProbeResult, proxy: Proxy) -> ProbeResult:
    """Find out whether the proxy speaks plain HTTP where its URL says https, or the reverse."""
    failed = seen.failure
    if failed is None or failed.kind in {"certificate", "status", "wrong-scheme"}:
        return seen
    other = _speaks_plain if proxy.scheme == "https" else _speaks_tls
    with contextlib.suppress(*EXPECTED):
        if other(first, proxy):
            variant = "" if proxy.scheme == "https" else "tls"
            right = Failure(failed.step, "wrong-scheme", failed.text, reason=variant)
            return replace(seen, failure=right)
    return seen


def _speaks_plain(first: Steps, proxy: Proxy) -> bool:
    """Ask without the login, which is not for a proxy that may be another."""
    addresses = resolve(proxy.host, first.deadline)
    with connect(addresses, proxy.port, first.deadline) as wire:
        try:
            proxy_tunnel.through_proxy(wire, replace(proxy, login=""), first.place)
        except http.NotHttpError:
            return False
    return True


def _speaks_tls(first: Steps, proxy: Proxy) -> bool:
    addresses = resolve(proxy.host, first.deadline)
    with connect(addresses, proxy.port, first.deadline) as wire:
        handshake.Secure(wire, handshake.relaxed(), proxy.host).handshake()
    return True


def _look_for_portal(first: Steps, seen: ProbeResult, port: int) -> ProbeResult:
    place = replace(first.place, scheme="http", port=port, login="")
    plain = Steps(place, None, first.looker, first.deadline)
    with contextlib.suppress(StoppedError):
        return replace(seen, portal=plain.plain("/"))
    return seen
