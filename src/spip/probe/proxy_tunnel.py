"""The way through a proxy: TLS to it where its URL says so, then CONNECT."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spip.probe import http
from spip.probe.handshake import Secure

if TYPE_CHECKING:
    import ssl

    from spip.probe.connection import Wire
    from spip.probe.endpoint import Endpoint
    from spip.probe.handshake import Stream
    from spip.probe.proxy_url import Proxy
    from spip.probe.results import Answer

# A plain HTTP proxy may wait for the end of what it takes for a request; time is left to see that.
_SHARE_OF_HANDSHAKE = 0.4


class WrongSchemeError(OSError):
    """pip can't speak what the proxy's URL says."""

    reason = "socks"


def to_proxy(wire: Wire, proxy: Proxy, context: ssl.SSLContext) -> Stream:
    """Return the stream to a proxy. Raises WrongSchemeError, ssl.SSLError, OSError."""
    if proxy.scheme == "http":
        return wire
    if proxy.scheme != "https":
        raise WrongSchemeError(f"{proxy.scheme}:// needs PySocks, which pip doesn't bring")
    secure = Secure(wire, context, proxy.host)
    whole, wire.deadline = wire.deadline, wire.deadline.part(_SHARE_OF_HANDSHAKE)
    secure.handshake()
    wire.deadline = whole
    return secure


def through_proxy(stream: Stream, proxy: Proxy, place: Endpoint) -> Answer:
    """Ask for a tunnel to `place`; status 200 means that `stream` is one now.

    Raises OSError, NotHttpError. The login goes to the proxy that it was configured for, as pip
    sends it.
    """
    host = f"[{place.host}]" if ":" in place.host else place.host
    headers = {"Host": f"{host}:{place.port}", "Connection": "keep-alive"}
    if proxy.login:
        headers["Proxy-Authorization"] = http.basic(proxy.login)
    return http.ask(stream, "CONNECT", f"{host}:{place.port}", headers)
