"""A loopback port with one thread for each connection; leaves neither thread nor socket behind."""

from __future__ import annotations

import abc
import contextlib
import selectors
import socket
import ssl
import struct
import threading
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    from typing_extensions import Self

SECONDS = 30.0  # after which a connection that says nothing is given up


class Listener(abc.ABC):
    """Listens on 127.0.0.1 from `with` to its end; a subclass says what a connection gets."""

    def __init__(self) -> None:
        self._socket = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.port: int = self._socket.getsockname()[1]
        self._open: set[socket.socket] = set()
        self._threads: list[threading.Thread] = []
        self._lock = threading.Lock()
        self._ending = threading.Event()

    @abc.abstractmethod
    def serve(self, connection: socket.socket) -> None:
        """Serve one connection, in a thread of its own; OSError from it ends just that one."""

    def __enter__(self) -> Self:
        self._start(self._accept)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._ending.set()
        # On Linux closing alone doesn't wake a thread that is blocked in accept or recv.
        _shut(self._socket)
        with self._lock:
            for connection in list(self._open):
                _shut(connection)
        for thread in list(self._threads):
            thread.join(SECONDS)
        self._socket.close()

    def hold(self) -> None:
        """Say nothing until the listener ends."""
        self._ending.wait(SECONDS * 10)

    def keep(self, connection: socket.socket) -> None:
        """Have a connection shut down when the listener ends."""
        with self._lock:
            self._open.add(connection)

    def drop(self, connection: socket.socket) -> None:
        """Close a connection."""
        with self._lock:
            self._open.discard(connection)
        connection.close()

    def _start(self, work: Callable[..., None], *args: object) -> None:
        thread = threading.Thread(target=work, args=args, daemon=True)
        self._threads = [known for known in self._threads if known.is_alive()]
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while not self._ending.is_set():
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            connection.settimeout(SECONDS)
            self.keep(connection)
            self._start(self._serve, connection)

    def _serve(self, connection: socket.socket) -> None:
        try:
            with contextlib.suppress(OSError):
                self.serve(connection)
        finally:
            self.drop(connection)


def reset(connection: socket.socket) -> None:
    """Close with a TCP reset, as a firewall does."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def relay(left: socket.socket, right: socket.socket) -> None:
    """Carry bytes both ways until one side ends, in one thread: an SSL object bears no two."""
    with selectors.DefaultSelector() as selector:
        selector.register(left, selectors.EVENT_READ, right)
        selector.register(right, selectors.EVENT_READ, left)
        while True:
            ready: list[tuple[Any, Any]] = [
                (key.fileobj, key.data) for key, _ in selector.select(SECONDS)
            ]
            if not ready:
                return
            for source, sink in ready:
                if not _carry(source, sink):
                    return


def _carry(source: socket.socket, sink: socket.socket) -> bool:
    """Carry what is there; False at the end of the stream."""
    while True:
        # A readable TLS socket may hold no data (a session ticket), so reading must not block.
        source.settimeout(0)
        try:
            data = source.recv(65536)
        except (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
            return True
        except OSError:
            return False
        finally:
            source.settimeout(SECONDS)
        if not data:
            return False
        sink.sendall(data)


def _shut(connection: socket.socket) -> None:
    with contextlib.suppress(OSError):
        socket.socket.shutdown(connection, socket.SHUT_RDWR)
