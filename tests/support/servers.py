"""An HTTPS server on loopback that keeps a record, and that can fail in every way servers do."""

from __future__ import annotations

import enum
import http
import http.server
import socket
import ssl
import tempfile
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from support.listener import SECONDS, Listener, reset

if TYPE_CHECKING:
    from support.authority import Authority, Identity


class Fault(enum.Enum):
    """What happens to a connection before any TLS."""

    EOF = enum.auto()  # the client's hello is read, then the connection is closed
    RESET = enum.auto()
    SILENCE = enum.auto()  # nothing is ever said


@dataclass(frozen=True)
class Request:
    """One HTTP request as it arrived."""

    method: str
    path: str
    headers: Mapping[str, str]  # names in lower case
    sni: str | None = None
    client: str | None = None  # common name of the client's certificate

    @property
    def user_agent(self) -> str:
        """What the client calls itself."""
        return self.headers.get("user-agent", "")


@dataclass(frozen=True)
class Answer:
    """What a site says to a request."""

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


Site = Callable[[Request], Answer]


def hello(_: Request) -> Answer:
    """Answer anything with one line of text."""
    return Answer(body=b"hello\n", headers={"Content-Type": "text/plain"})


def redirect_to(url: str) -> Site:
    """Make a site that sends every path to one URL, or below it where the URL ends in a slash."""

    def site(request: Request) -> Answer:
        target = url + request.path.lstrip("/") if url.endswith("/") else url
        return Answer(302, headers={"Location": target})

    return site


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
        _Conversation(connection, self)


class _NamedSocket(ssl.SSLSocket):
    """A TLS socket that remembers which name its client asked for."""

    asked_for: str | None = None


def _remember(connection: ssl.SSLSocket | ssl.SSLObject, name: str | None, _: object) -> None:
    if isinstance(connection, _NamedSocket):
        connection.asked_for = name


def server_context(identity: Identity, clients: Authority | None = None) -> ssl.SSLContext:
    """Make a server's context; with `clients` it demands a certificate of that authority's."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.sslsocket_class = _NamedSocket
    context.sni_callback = _remember
    with tempfile.TemporaryDirectory() as folder:
        context.load_cert_chain(identity.write(Path(folder)))
    if clients:
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(cadata=clients.pem.decode())
    return context


class _Conversation(http.server.BaseHTTPRequestHandler):
    """HTTP/1.1 over one connection."""

    protocol_version = "HTTP/1.1"
    timeout = SECONDS

    def __init__(self, connection: socket.socket, server: TlsServer) -> None:
        self._owner = server
        # The base class wants a socketserver, and uses nothing of it.
        super().__init__(connection, ("127.0.0.1", 0), server)  # type: ignore[arg-type]

    def do_GET(self) -> None:
        request = self._read()
        with self._owner.lock:
            self._owner.record.requests.append(request)
        self._give(self._owner.site(request), with_body=request.method != "HEAD")

    do_HEAD = do_POST = do_GET  # noqa: N815 - the base class finds them by these names

    def log_message(self, *_: object) -> None:
        """Keep quiet: the record says it all."""

    def _read(self) -> Request:
        sock = self.connection
        asked_for = sock.asked_for if isinstance(sock, _NamedSocket) else None
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.rfile.read(int(headers.get("content-length", 0)))
        return Request(self.command, self.path, headers, asked_for, _client_name(sock))

    def _give(self, answer: Answer, *, with_body: bool) -> None:
        reason = http.HTTPStatus(answer.status).phrase
        fields = {**answer.headers, "Content-Length": str(len(answer.body))}
        lines = [f"HTTP/1.1 {answer.status} {reason}", *(f"{k}: {v}" for k, v in fields.items())]
        self._send("\r\n".join([*lines, "", ""]).encode("latin-1"))
        if with_body:
            pace = self._owner.pace
            time.sleep(pace.wait)
            for start in range(0, len(answer.body), pace.chunk):
                self._send(answer.body[start : start + pace.chunk])
                time.sleep(pace.pause)

    def _send(self, data: bytes) -> None:
        with self._owner.lock:
            self._owner.record.handed_over += len(data)
        self.wfile.write(data)


def _client_name(connection: socket.socket) -> str | None:
    certificate = connection.getpeercert() if isinstance(connection, ssl.SSLSocket) else None
    subject: Any = (certificate or {}).get("subject", ())  # typeshed allows a string here
    fields = dict(pair for part in subject for pair in part)
    return fields.get("commonName")
