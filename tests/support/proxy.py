"""An HTTP CONNECT proxy that looks into TLS, as companies run it; or one that only tunnels."""

from __future__ import annotations

import base64
import contextlib
import functools
import socket
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from support.handshake import server_context
from support.listener import SECONDS, Listener, relay

if TYPE_CHECKING:
    from support.authority import Authority, Identity

_LOOPBACK = "127.0.0.1"
_LONGEST_HEAD = 65536  # bytes


@dataclass(frozen=True)
class Connect:
    """One CONNECT request, and the status that it got."""

    host: str
    port: int
    status: int


class Proxy(Listener):
    """Re-signs with `authority` whatever host is asked for; without one it only tunnels.

    `routes` maps "host:port" to a port on loopback; localhost and 127.0.0.1 need no route, any
    other host is answered with 502, since nothing may leave this machine. With `login`
    ("user:password") a request without it is answered with 407, with `refusal` every request
    with that status. With `identity` the proxy is itself spoken to over TLS.
    """

    def __init__(
        self,
        authority: Authority | None = None,
        *,
        routes: Mapping[str, int] | None = None,
        login: str = "",
        refusal: int = 0,
        identity: Identity | None = None,
    ) -> None:
        super().__init__()
        self.authority = authority
        self.routes = dict(routes or {})
        self.login = login
        self.refusal = refusal
        self.connects: list[Connect] = []
        self._front = server_context(identity) if identity else None

    @property
    def url(self) -> str:
        """As --proxy and HTTPS_PROXY take it, without the login."""
        return self._url("")

    @property
    def url_with_login(self) -> str:
        """The same with user and password."""
        return self._url(f"{self.login}@")

    def serve(self, connection: socket.socket) -> None:
        """Answer one CONNECT and carry what follows."""
        if not self._front:
            self._converse(connection)
            return
        with self._front.wrap_socket(connection, server_side=True) as outside:
            self.keep(outside)
            # TLS within TLS: the inner handshake needs a plain socket to be done on.
            near, far = socket.socketpair()
            self.keep(near)
            self._start(self._converse_and_close, far)
            try:
                relay(outside, near)
            finally:
                self.drop(near)
                self.drop(outside)

    def _url(self, login: str) -> str:
        scheme = "https" if self._front else "http"
        return f"{scheme}://{login}localhost:{self.port}"

    def _converse_and_close(self, connection: socket.socket) -> None:
        connection.settimeout(SECONDS)
        with connection, contextlib.suppress(OSError):
            self._converse(connection)

    def _converse(self, connection: socket.socket) -> None:
        head = _read_head(connection)
        method, _, rest = head.partition(" ")
        host, _, port = rest.partition(" ")[0].rpartition(":")
        if method != "CONNECT":
            _reply(connection, 501)
            return
        status, target = self._decide(host, int(port), head)
        self.connects.append(Connect(host, int(port), status))
        _reply(connection, status)
        if status == 200:
            self._carry(connection, host, target)

    def _decide(self, host: str, port: int, head: str) -> tuple[int, int]:
        """Return the status for a request, and the loopback port where it goes."""
        token = base64.b64encode(self.login.encode()).decode()
        if self.login and f"Basic {token}" not in head:
            return 407, 0
        if self.refusal:
            return self.refusal, 0
        own = port if host in {"localhost", _LOOPBACK} else 0
        target = self.routes.get(f"{host}:{port}", own)
        return (200, target) if target else (502, 0)

    def _carry(self, connection: socket.socket, host: str, port: int) -> None:
        with socket.create_connection((_LOOPBACK, port), SECONDS) as upstream:
            if not self.authority:
                relay(connection, upstream)
                return
            # The client first: one that refuses the proxy's certificate must not reach the server.
            with (
                self._context(host).wrap_socket(connection, server_side=True) as inside,
                _unverified().wrap_socket(upstream, server_hostname=host) as outside,
            ):
                self.keep(inside)
                try:
                    relay(inside, outside)
                finally:
                    self.drop(inside)

    @functools.cache  # noqa: B019 - a proxy lives as long as its test
    def _context(self, host: str) -> ssl.SSLContext:
        assert self.authority
        return server_context(self.authority.issue(host))


def _unverified() -> ssl.SSLContext:
    """Trust the real server blindly: its certificate is not what these tests are about."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def _read_head(connection: socket.socket) -> str:
    """Read up to the empty line, and not a byte of the TLS that follows it."""
    head = b""
    while not head.endswith(b"\r\n\r\n") and len(head) < _LONGEST_HEAD:
        byte = connection.recv(1)
        if not byte:
            raise ConnectionResetError("the client left before its request was complete")
        head += byte
    return head.decode("latin-1")


_REASONS = {
    200: "Connection established",
    403: "Forbidden",
    407: "Proxy Authentication Required",
    501: "Not Implemented",
    502: "Bad Gateway",
}


def _reply(connection: socket.socket, status: int) -> None:
    lines = [f"HTTP/1.1 {status} {_REASONS.get(status, 'Refused')}"]
    if status == 407:
        lines.append('Proxy-Authenticate: Basic realm="corp"')
    if status != 200:
        lines += ["Content-Length: 0", "Connection: close"]
    connection.sendall("\r\n".join([*lines, "", ""]).encode())
