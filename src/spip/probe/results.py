"""What a probe saw on the way to one host, as plain values."""

from __future__ import annotations

import errno
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from spip.probe.endpoint import Endpoint
    from spip.probe.proxy_url import Proxy


@dataclass(frozen=True)
class Failure:
    """Where the way ended.

    `step`: "dns", "connect", "proxy-dns", "proxy-connect", "proxy-tls", "tunnel", "handshake",
    "page". `kind`: "unknown-name", "timeout", "refused", "unreachable", "forbidden" (by this
    machine), "reset", "closed",
    "not-tls", "certificate" (then `code` is the verifier's), "tls" (then `reason` is OpenSSL's
    name for it), "status" (a proxy's), "wrong-scheme", "other"; step "proxy", kind "unreadable":
    `reason` names the setting, `corrected` and `letters` are as in `ProxyUnreadableError`.
    """

    step: str
    kind: str
    text: str
    code: int = 0
    reason: str = ""
    corrected: str = ""
    letters: str = ""


@dataclass(frozen=True)
class TlsParams:
    """The TLS version and cipher that both sides agreed on."""

    version: str
    cipher: str


@dataclass(frozen=True)
class Answer:
    """The head of an HTTP answer. `logins` are the schemes of Proxy- or WWW-Authenticate."""

    status: int
    reason: str
    logins: tuple[str, ...] = ()
    location: str = ""
    time: datetime | None = None  # the server's Date
    body: bytes = b""
    content_type: str = ""
    is_from_proxy: bool = False  # it says so itself, by a field that only proxies add


@dataclass(frozen=True)
class AtAddress:
    """What became of a handshake with another address of the same host; None: it succeeded."""

    address: str
    failure: Failure | None = None


@dataclass(frozen=True)
class ProbeResult:
    """All that was seen of one host.

    `presented`: the certificates that were sent (DER), leaf first. `verified`: the chain that was
    accepted, up to its root; empty where the operating system judged, or nothing was accepted.
    `address`: the one of `addresses` that was spoken to; `others`: what the others came to, asked
    only where that one failed.
    """

    place: Endpoint
    proxy: Proxy | None = None
    failure: Failure | None = None
    addresses: tuple[str, ...] = ()
    address: str = ""
    others: tuple[AtAddress, ...] = ()
    presented: tuple[bytes, ...] = ()
    verified: tuple[bytes, ...] = ()
    spoken: TlsParams | None = None  # what pip's own settings agree on
    offered: TlsParams | None = None  # what the host speaks when everything is allowed
    proxy_answer: Answer | None = None
    answer: Answer | None = None  # the page's, over a verified connection
    portal: Answer | None = None  # what plain HTTP on the same host says
    client_certificate_wanted: bool = False
    server_time: datetime | None = None
    # pip got through where spip's own Python didn't: why that one failed
    refused_here: Failure | None = None
    passed_over: bool = False  # pip would ask no index there, since the address is http
    wants_login: bool = False  # pip would ask a person for a login
    first_bytes: bytes = b""  # of what a server said that speaks no TLS
    seconds: float = 0.0

    @property
    def works(self) -> bool:
        """Whether pip gets through."""
        return self.failure is None


_NO_WAY = {errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENETDOWN, errno.EADDRNOTAVAIL}
# A sandbox, seccomp, a firewall of this machine: connect(2), and WSAEACCES on Windows.
_FORBIDDEN = {errno.EPERM, errno.EACCES}


def by_number(step: str, number: int | None) -> str:
    """Return the kind of what the system itself answered at `step`, "" where it was none of it."""
    if number in _NO_WAY:
        return "unreachable"
    return "forbidden" if number in _FORBIDDEN and step.endswith("connect") else ""
