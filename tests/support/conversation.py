"""HTTP/1.1 over one connection of a server."""

from __future__ import annotations

import http
import http.server
import time
from typing import TYPE_CHECKING

from support.handshake import asked_for, client_name
from support.listener import SECONDS
from support.sites import Answer, Request

if TYPE_CHECKING:
    import socket

    from support.servers import TlsServer


class Conversation(http.server.BaseHTTPRequestHandler):
    """Reads requests, has the site answer them, and counts what is handed over."""

    protocol_version = "HTTP/1.1"
    timeout = SECONDS

    def __init__(self, connection: socket.socket, server: TlsServer) -> None:
        self._owner = server
        # The base class wants a socketserver, and uses nothing of it.
        super().__init__(connection, ("127.0.0.1", 0), server)  # type: ignore[arg-type]

    def do_GET(self) -> None:
        """Answer one request."""
        request = self._read()
        with self._owner.lock:
            self._owner.record.requests.append(request)
        self._give(self._owner.site(request), with_body=request.method != "HEAD")

    do_HEAD = do_POST = do_GET  # noqa: N815 - the base class finds them by these names

    def log_message(self, *_: object) -> None:
        """Keep quiet: the record says it all."""

    def _read(self) -> Request:
        sock = self.connection
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.rfile.read(int(headers.get("content-length", 0)))
        return Request(self.command, self.path, headers, asked_for(sock), client_name(sock))

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
