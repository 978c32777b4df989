"""What an exception on the way means, as a value."""

from __future__ import annotations

import errno
import socket
import ssl

from spip.probe.http import NotHttpError
from spip.probe.proxy_tunnel import WrongSchemeError
from spip.probe.results import Failure
from spip.text import printable

# First that fits, so the special ones come before the general ones.
_KINDS: tuple[tuple[type[BaseException], str], ...] = (
    (ssl.SSLCertVerificationError, "certificate"),
    (ssl.SSLEOFError, "closed"),
    (ssl.SSLZeroReturnError, "closed"),
    (ssl.SSLError, "tls"),
    (WrongSchemeError, "wrong-scheme"),
    (NotHttpError, "not-http"),
    (OverflowError, "too-much"),
    (socket.gaierror, "unknown-name"),
    (TimeoutError, "timeout"),
    (ConnectionRefusedError, "refused"),
    (ConnectionError, "reset"),
)
_NO_WAY = {errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENETDOWN, errno.EADDRNOTAVAIL}
# The first byte of a TLS record is its type: RFC 8446, section 5.1.
_RECORDS = range(20, 25)
# A sandbox, seccomp, a firewall of this machine: connect(2), and WSAEACCES on Windows.
_FORBIDDEN = {errno.EPERM, errno.EACCES}
EXPECTED = (OSError, NotHttpError, OverflowError)


def failure(step: str, error: BaseException, heard: bytes) -> Failure:
    """Return what `error` at `step` means; `heard` is what the other side had said by then."""
    kind = next((kind for sort, kind in _KINDS if isinstance(error, sort)), "other")
    if isinstance(error, OSError) and not isinstance(error, (ssl.SSLError, socket.gaierror)):
        kind = by_number(step, error.errno) or kind
    if step == "handshake" and heard and heard[0] not in _RECORDS:
        kind = "not-tls"
    if isinstance(error, ssl.SSLCertVerificationError):
        text, code = error.verify_message or str(error), error.verify_code
    else:
        text, code = _text(error), 0
    reason = getattr(error, "reason", None)
    return Failure(step, kind, printable(text), code, reason if isinstance(reason, str) else "")


def by_number(step: str, number: int | None) -> str:
    """Return the kind of what the system itself answered at `step`, "" where it was none of it."""
    if number in _NO_WAY:
        return "unreachable"
    return "forbidden" if number in _FORBIDDEN and step.endswith("connect") else ""


def _text(error: BaseException) -> str:
    if isinstance(error, OSError) and error.strerror and not isinstance(error, ssl.SSLError):
        return error.strerror
    return str(error) or type(error).__name__
