"""The server's side of a handshake: who it is, who the client is, which name was asked for."""

from __future__ import annotations

import socket
import ssl
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from support.authority import Authority, Identity


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


def asked_for(connection: socket.socket) -> str | None:
    """Return the name that the client sent (SNI), if there was TLS and a name."""
    return connection.asked_for if isinstance(connection, _NamedSocket) else None


def client_name(connection: socket.socket) -> str | None:
    """Return the common name of the client's certificate, if it showed one."""
    certificate = connection.getpeercert() if isinstance(connection, ssl.SSLSocket) else None
    subject: Any = (certificate or {}).get("subject", ())  # typeshed allows a string here
    fields = dict(pair for part in subject for pair in part)
    return fields.get("commonName")
