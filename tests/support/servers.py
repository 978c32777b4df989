"""An HTTPS server on loopback that keeps a record, and that can fail in every way servers do."""

from __future__ import annotations

import enum
import socket
import ssl
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from support.conversation import Conversation
from support.handshake import server_context
from support.listener import Listener, reset
from support.sites import Request, Site, hello

if TYPE_CHECKING:
    from support.authority import Authority, Identity


class Fault(enum.Enum):
    """What happens to a connection before any TLS."""

    EOF = enum.auto()  # the client's hello is read, then the connection is closed
    RESET = enum.auto()
    SILENCE = enum.auto()  # nothing is ever said


@dataclass(frozen=True)
class Pace:
    """How slowly a body comes: a wait in seconds before it and after each chunk of bytes."""

    wait: float = 0.0
    chunk: int = 65536
    pause: float = 0.0


@dataclass
class Record:
    """What a server saw. `handed_over` counts bytes of HTTP that went to a client, of any kind."""

    requests: list[Request] = field(default_factory=list)
    connections: int = 0
    handshakes: int = 0
    failures: list[str] = field(default_factory=list)  # the server's side of failed handshakes
    handed_over: int = 0

    @property
    def paths(self) -> list[str]:
        """The path of each request, in order."""
        return [request.path for request in self.requests]


class TlsServer(Listener):
    """Serves `site` under `identity`; without an identity it speaks plain HTTP, to TLS too.

    `identity`, `site`, `fault` and `pace` may be changed at any time and hold for the connections
    that come after. `clients` is the authority whose client certificates are demanded.
    """

    def __init__(
        self,
        identity: Identity | None,
        site: Site = hello,
        *,
        clients: Authority | None = None,
        fault: Fault | None = None,
        pace: Pace = Pace(),
    ) -> None:
        super().__init__()
        self.site = site
        self.clients = clients
        self.fault = fault
        self.pace = pace
        self.record = Record()
        self.lock = threading.Lock()
        self.identity = identity

    @property
    def identity(self) -> Identity | None:
        """Whom the server says it is."""
        return self._identity

    @identity.setter
    def identity(self, identity: Identity | None) -> None:
        self._identity = identity
        self._context = server_context(identity, self.clients) if identity else None

    def url(self, path: str = "/", host: str = "localhost") -> str:
        """Absolute URL of a path on this server."""
        scheme = "https" if self.identity else "http"
        return f"{scheme}://{host}:{self.port}{path}"

    def forget(self) -> None:
        """Start an empty record."""
        self.record = Record()

    def serve(self, connection: socket.socket) -> None:
        """Fail as told, or speak HTTP."""
        with self.lock:
            self.record.connections += 1
        if self.fault:
            self._fail(self.fault, connection)
        elif self._context is None:
            self._speak(connection)
        else:
            self._shake_hands(connection, self._context)

    def _fail(self, fault: Fault, connection: socket.socket) -> None:
        if fault is Fault.SILENCE:
            self.hold()
            return
        connection.recv(65536)  # with unread data, a close would be a reset
        if fault is Fault.RESET:
            reset(connection)

    def _shake_hands(self, connection: socket.socket, context: ssl.SSLContext) -> None:
        with self.lock:
            self.record.handshakes += 1
        secure = context.wrap_socket(connection, server_side=True, do_handshake_on_connect=False)
        self.keep(secure)
        try:
            secure.do_handshake()
        except OSError as error:
            with self.lock:
                self.record.failures.append(str(error))
        else:
            self._speak(secure)
        finally:
            self.drop(secure)

    def _speak(self, connection: socket.socket) -> None:
        if self._context is None and connection.recv(1, socket.MSG_PEEK) == b"\x16":
            connection.recv(65536)
            connection.sendall(b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n")
            return
        Conversation(connection, self)
