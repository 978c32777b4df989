"""A TCP connection that ends on time and reads no more than it may."""

from __future__ import annotations

import errno
import queue
import socket
import threading
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    from typing_extensions import Self

# Bytes that a connection may bring: twice what OpenSSL takes as certificates at most, and pages
# that are cut off on purpose.
BUDGET = 2_000_000
# Seconds for one of several addresses, so that a dead IPv6 doesn't use up the time of IPv4.
_FOR_ONE_ADDRESS = 3.0
_MOST_ADDRESSES = 4
_PIECE = 65536
# What connect(2) answers before anything is sent.
_FROM_HERE = {errno.ENETUNREACH, errno.EAFNOSUPPORT, errno.EADDRNOTAVAIL}


class Wire:
    """A connected socket. `heard` keeps the first bytes that came, which tell what speaks there."""

    def __init__(self, connection: socket.socket, deadline: Deadline, address: str = "") -> None:
        self._socket = connection
        self.address = address
        self.deadline = deadline
        self._budget = BUDGET
        self.heard = b""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._socket.close()

    def send(self, data: bytes) -> None:
        """Send all of `data`. OSError where that fails, TimeoutError at the deadline."""
        self._socket.settimeout(self.deadline.left())
        self._socket.sendall(data)

    def receive(self) -> bytes:
        """Return what has come, b"" at the end. OSError; OverflowError beyond the bound."""
        self._socket.settimeout(self.deadline.left())
        data = self._socket.recv(_PIECE)
        self.heard = (self.heard + data)[:64]
        self._budget -= len(data)
        if self._budget < 0:
            raise OverflowError(f"it sent more than {BUDGET:,} bytes")
        return data


def connect(addresses: list[str], port: int, deadline: Deadline) -> Wire:
    """Connect to the first of `addresses` that answers.

    Raises the last one's OSError; one that came from this machine (no IPv6, say) hides no other.
    """
    error: OSError = OSError("it has no address")
    for place, address in enumerate(addresses[:_MOST_ADDRESSES]):
        is_last = place == len(addresses[:_MOST_ADDRESSES]) - 1
        patience = deadline.left() if is_last else min(_FOR_ONE_ADDRESS, deadline.left() / 2)
        try:
            return Wire(socket.create_connection((address, port), patience), deadline, address)
        except OSError as refused:
            if not place or refused.errno not in _FROM_HERE:
                error = refused
    raise error


def resolve(host: str, deadline: Deadline) -> list[str]:
    """Return the addresses of a name. Raises OSError (gaierror), TimeoutError at the deadline.

    The system's resolver takes no time limit, so it is left behind in a thread of its own.
    """
    answers: queue.SimpleQueue[list[str] | Exception] = queue.SimpleQueue()
    threading.Thread(target=_resolve, args=(host, answers.put), daemon=True).start()
    try:
        answer = answers.get(timeout=deadline.left())
    except queue.Empty:
        raise TimeoutError("DNS did not answer") from None
    if isinstance(answer, Exception):
        raise answer
    return answer


def _resolve(host: str, put: Callable[[list[str] | Exception], None]) -> None:
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
        put(list(dict.fromkeys(str(entry[4][0]) for entry in found)))
    except (OSError, UnicodeError) as error:
        put(error if isinstance(error, OSError) else OSError(str(error)))


class Deadline:
    """Ends `seconds` from now. However many steps share it, the sum is bounded."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._end = time.monotonic() + seconds

    def left(self) -> float:
        """Seconds until the end. Raises TimeoutError once it has come."""
        left = self._end - time.monotonic()
        if left <= 0:
            raise TimeoutError(f"nothing came of it within {self.seconds:g} s")
        return left

    def part(self, share: float) -> Deadline:
        """Return an earlier end, after a share of what is left."""
        return Deadline(self.left() * share)
