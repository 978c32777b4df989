"""What an exception on the way means, as a value."""

from __future__ import annotations

import socket
import ssl

from spip.probe.http import NotHttpError
from spip.probe.proxy_tunnel import WrongSchemeError
from spip.probe.results import Failure, by_number
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
# The first byte of a TLS record is its type: RFC 8446, section 5.1.
_RECORDS = range(20, 25)
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


def _text(error: BaseException) -> str:
    if isinstance(error, OSError) and error.strerror and not isinstance(error, ssl.SSLError):
        return error.strerror
    return str(error) or type(error).__name__
