"""TLS over a wire: the handshake, step by step, so that time and bytes stay bounded."""

from __future__ import annotations

import contextlib
import ssl
from typing import TYPE_CHECKING, Any, Protocol

from spip.certificates import pem
from spip.probe.results import TlsParams

if TYPE_CHECKING:
    from collections.abc import Iterable

# Not in every ssl module that spip runs on: it came with Python 3.12 (OpenSSL: SSL_OP_...).
_LEGACY_SERVER_CONNECT = 0x4
_HANDSHAKE, _CERTIFICATE_REQUEST = 22, 13  # RFC 8446, sections 5.1 and 4


class Stream(Protocol):
    """What carries bytes: a wire, or TLS over one."""

    heard: bytes

    def send(self, data: bytes) -> None:
        """Send all."""

    def receive(self) -> bytes:
        """Return what has come, b"" at the end."""


class Secure:
    """TLS over a stream; itself a stream once the handshake is done."""

    def __init__(self, stream: Stream, context: ssl.SSLContext, host: str) -> None:
        self._stream = stream
        self.heard = b""  # the first bytes of what was said inside
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls: Any = context.wrap_bio(self._incoming, self._outgoing, server_hostname=host)

    def handshake(self) -> None:
        """Shake hands. Raises ssl.SSLError as OpenSSL says it, OSError of the stream."""
        self._until_done(self._tls.do_handshake)

    def send(self, data: bytes) -> None:
        """Send all of `data`."""
        self._until_done(lambda: self._tls.write(data))

    def receive(self) -> bytes:
        """Return what has come, b"" at the end, however it came about."""
        try:
            data = bytes(self._until_done(lambda: self._tls.read(65536)))
        except (ssl.SSLZeroReturnError, ssl.SSLEOFError):
            return b""
        self.heard = (self.heard + data)[:64]
        return data

    def presented(self) -> tuple[bytes, ...]:
        """Return the certificates that the other side sent (DER), leaf first."""
        return _chain(self._tls, "get_unverified_chain")

    def verified(self) -> tuple[bytes, ...]:
        """Return the chain that OpenSSL accepted, up to its root; empty where it didn't judge."""
        if self._tls.context.verify_mode is not ssl.CERT_REQUIRED:
            return ()
        return _chain(self._tls, "get_verified_chain")

    def spoken(self) -> TlsParams:
        """Return what both sides agreed on."""
        cipher = self._tls.cipher()
        return TlsParams(self._tls.version() or "", cipher[0] if cipher else "")

    def _until_done(self, step: Any) -> Any:
        while True:
            try:
                done = step()
            except ssl.SSLWantReadError as wanted:  # noqa: PERF203 - how one over memory goes
                _raise_interrupt(wanted)
                self._flush()
                data = self._stream.receive()
                self._incoming.write(data) if data else self._incoming.write_eof()
            except ssl.SSLError as refusal:
                _raise_interrupt(refusal)
                with contextlib.suppress(OSError):
                    self._flush()  # the alert, so that the server's log says why
                raise
            else:
                self._flush()
                return done

    def _flush(self) -> None:
        if self._outgoing.pending:
            self._stream.send(self._outgoing.read())


def _raise_interrupt(error: ssl.SSLError) -> None:
    """Raise the Ctrl-C that came in a callback of OpenSSL: ssl only chains it to its own error."""
    if isinstance(error.__context__, KeyboardInterrupt):
        raise error.__context__


def _chain(tls: Any, method: str) -> tuple[bytes, ...]:
    """Public from Python 3.13 on, where it returns bytes; before, an object of the C module."""
    ask = getattr(tls, method, None) or getattr(tls._sslobj, method)  # noqa: SLF001
    with contextlib.suppress(ValueError, ssl.SSLError):
        found = ask() or ()
        encoding = ssl._ssl.ENCODING_DER  # type: ignore[attr-defined]  # noqa: SLF001
        return tuple(c if isinstance(c, bytes) else c.public_bytes(encoding) for c in found)
    return ()


def trusting(roots: Iterable[bytes], *, ask_system: bool) -> ssl.SSLContext:
    """Return a context that verifies as pip does, against `roots` (DER).

    `ask_system`: the operating system judges as well, through truststore. The strict rules of
    Python 3.13 are off, as they are for pip.
    """
    if ask_system:
        import truststore

        context: ssl.SSLContext = truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    else:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    _load(context, list(roots))
    return context


def signatures_alone(roots: Iterable[bytes]) -> ssl.SSLContext:
    """Return a context for the question whether `roots` (DER) signed what is presented.

    Names and weak keys are left aside: OpenSSL looks at them first, and then no further.
    """
    context = trusting(roots, ask_system=False)
    context.check_hostname = False
    with contextlib.suppress(ssl.SSLError):
        context.set_ciphers("DEFAULT:@SECLEVEL=0")
    return context


def _load(context: ssl.SSLContext, roots: list[bytes]) -> None:
    try:
        context.load_verify_locations(cadata=pem.text(roots))
    except (ssl.SSLError, ValueError):
        for root in roots:  # one that OpenSSL can't read costs only itself
            with contextlib.suppress(ssl.SSLError, ValueError):
                context.load_verify_locations(cadata=pem.text([root]))


def relaxed() -> ssl.SSLContext:
    """Return a context that takes any certificate: to read what is presented, for nothing else."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def permissive() -> ssl.SSLContext:
    """Return a relaxed context that speaks every version and cipher this OpenSSL was built with."""
    context = relaxed()
    context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
    context.options |= _LEGACY_SERVER_CONNECT
    with contextlib.suppress(ssl.SSLError):
        context.set_ciphers("ALL:COMPLEMENTOFALL:@SECLEVEL=0")
    return context


class Listening:
    """Whether a server asked for a client certificate, which no public function tells."""

    def __init__(self, context: ssl.SSLContext) -> None:
        self.asked = False
        # ssl's own hook for debugging, there since Python 3.8; without it the answer stays False.
        with contextlib.suppress(AttributeError, ValueError):
            context._msg_callback = self._hear  # type: ignore[attr-defined]  # noqa: SLF001

    def _hear(
        self, _: object, direction: str, __: object, content: int, kind: int, ___: bytes
    ) -> None:
        if direction == "read" and content == _HANDSHAKE and kind == _CERTIFICATE_REQUEST:
            self.asked = True
