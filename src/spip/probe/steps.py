"""The steps of a look at one host; each adds to what was seen, or ends it with a failure."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from typing import TYPE_CHECKING

from spip.certificates import x509
from spip.probe import handshake, http, proxy_tunnel
from spip.probe.connection import Deadline, connect, resolve
from spip.probe.failures import EXPECTED, failure
from spip.probe.results import Answer, Failure, ProbeResult

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Iterator

    from spip.probe.connection import Wire
    from spip.probe.endpoint import Endpoint
    from spip.probe.handshake import Stream
    from spip.probe.proxy_url import Proxy


@dataclass(frozen=True)
class Looker:
    """What is the same for every host.

    `context` makes a verifying context, as `secure.trusting` does; `patience` is in seconds, for
    one host and all that is done to it; `client_certificate` is a file, "" for none.
    """

    context: Callable[[], ssl.SSLContext]
    patience: float = 10.0
    client_certificate: str = ""


class StoppedError(Exception):
    """A step failed; the failure is in what was observed."""


class Steps:
    """One way to one host. `seen` grows with each step."""

    def __init__(
        self,
        place: Endpoint,
        proxy: Proxy | None,
        looker: Looker,
        deadline: Deadline | None = None,
        *,
        address: str = "",
    ) -> None:
        self.place, self.proxy, self.looker = place, proxy, looker
        self._address = address  # one alone, instead of all that the name has
        self.deadline = deadline or Deadline(looker.patience)
        self.seen = ProbeResult(place, proxy)
        self._stream: Stream | None = None

    @contextlib.contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Turn what fails inside into the failure that was observed."""
        try:
            yield
        except EXPECTED as error:
            heard = self._stream.heard if self._stream else b""
            failed = failure(name, error, heard)
            odd = heard if failed.kind in {"not-tls", "not-http"} else b""
            self.seen = replace(self.seen, failure=failed, first_bytes=odd)
            raise StoppedError from error

    @contextlib.contextmanager
    def reached(self) -> Iterator[Stream]:
        """Connect, through the proxy if there is one, up to where TLS begins."""
        end, prefix = (self.proxy, "proxy-") if self.proxy else (self.place, "")
        with self.step(f"{prefix}dns"):
            addresses = [self._address] if self._address else resolve(end.host, self.deadline)
            self.seen = replace(self.seen, addresses=tuple(addresses))
        with self.step(f"{prefix}connect"):
            wire = connect(addresses, end.port, self.deadline)
        if not self.proxy:
            self.seen = replace(self.seen, address=wire.address)
        with wire:
            self._stream = wire
            stream = self._through(wire, self.proxy) if self.proxy else wire
            stream.heard = b""
            self._stream = stream
            yield stream

    def verified(self) -> None:
        """Look as pip would: verified, then the page."""
        with self.reached() as stream:
            inside = handshake.Secure(stream, self._context(), self.place.host)
            with self.step("handshake"):
                inside.handshake()
            sent, accepted = inside.presented(), inside.verified()
            self.seen = replace(
                self.seen, presented=sent, verified=accepted, spoken=inside.spoken()
            )
            self._stream = inside
            with self.step("page"):
                answer = http.ask(inside, "GET", self.place.path, self._headers())
            self.seen = replace(self.seen, answer=answer, server_time=answer.time)

    def handshaken(self) -> None:
        """Shake hands as pip would, and ask for nothing."""
        with self.reached() as stream, self.step("handshake"):
            handshake.Secure(stream, self._context(), self.place.host).handshake()

    def unverified(self, context: ssl.SSLContext) -> None:
        """Read what is presented, whoever presents it; the date too where a date is in doubt."""
        listening = handshake.Listening(context)
        with self.reached() as stream:
            inside = handshake.Secure(stream, context, self.place.host)
            try:
                with self.step("handshake"):
                    inside.handshake()
            finally:
                sent = inside.presented() or self.seen.presented
                wanted = listening.asked
                self.seen = replace(self.seen, presented=sent, client_certificate_wanted=wanted)
            self.seen = replace(self.seen, offered=inside.spoken())
            if _outside_validity(self.seen.presented):
                answer = http.ask(inside, "HEAD", "/", {"Host": self.place.shown})
                self.seen = replace(self.seen, server_time=answer.time)

    def pinned(self, leaf: bytes) -> None:
        """Ask for the page of whoever presents `leaf`; unverified."""
        with self.reached() as stream:
            inside = handshake.Secure(stream, handshake.relaxed(), self.place.host)
            with self.step("handshake"):
                inside.handshake()
            if inside.presented()[:1] != (leaf,):
                raise StoppedError
            self._stream = inside
            with self.step("page"):
                answer = http.ask(inside, "GET", self.place.path, self._headers())
            self.seen = replace(self.seen, answer=answer)

    def plain(self, path: str) -> Answer:
        """Ask over plain HTTP, without any secret."""
        with self.reached() as stream, self.step("page"):
            if self.proxy:
                path = f"http://{self.place.shown}{path}"
            return http.ask(stream, "GET", path, {"Host": self.place.shown})

    def _through(self, wire: Wire, proxy: Proxy) -> Stream:
        with self.step("proxy-tls"):
            stream = proxy_tunnel.to_proxy(wire, proxy, self.looker.context())
        self._stream = stream
        if self.place.scheme == "http":
            return stream
        with self.step("tunnel"):
            answer = proxy_tunnel.through_proxy(stream, proxy, self.place)
        self.seen = replace(self.seen, proxy_answer=answer)
        if answer.status != 200:
            status = f"{answer.status} {answer.reason}".strip()
            failed = Failure("tunnel", "status", status, answer.status)
            self.seen = replace(self.seen, failure=failed)
            raise StoppedError
        return stream

    def _context(self) -> ssl.SSLContext:
        context = self.looker.context()
        if self.looker.client_certificate:
            with contextlib.suppress(OSError):  # one that can't be read is a finding of its own
                # Without a password OpenSSL would ask at the terminal, in the middle of a look.
                context.load_cert_chain(self.looker.client_certificate, password="")
        return context

    def _headers(self) -> dict[str, str]:
        headers = {"Host": self.place.shown}
        if self.place.login:
            headers["Authorization"] = http.basic(self.place.login)
        return headers


def _outside_validity(presented: tuple[bytes, ...]) -> bool:
    now = datetime.now(timezone.utc)
    certificates, _ = x509.readable(presented[:10])
    return not all(each.first <= now <= each.last for each in certificates)
