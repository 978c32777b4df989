"""One HTTP request over a stream, its answer read within bounds."""

from __future__ import annotations

import base64
import contextlib
import io
import re
from typing import TYPE_CHECKING

from spip.probe.results import Answer
from spip.text import printable

if TYPE_CHECKING:
    import http.client
    from datetime import datetime

    from spip.probe.handshake import Stream

LONGEST_HEAD = 65536
# Enough of an index's page to see where its links lead; the rest is left unread.
_LONGEST_BODY = 262_144
# What pip asks for (PEP 691), so that the answer is the one that pip would get.
_ACCEPT = "application/vnd.pypi.simple.v1+json, text/html;q=0.1, */*;q=0.01"


_PROXY_FIELDS = ("via", "proxy-", "x-squid-", "x-cache", "x-bluecoat-", "x-zscaler")
_PROXY_SERVERS = ("squid", "proxy", "zscaler", "bluecoat", "mcafee", "mwg", "gateway", "privoxy")
_LENGTH = re.compile(rb"(?i)\r\ncontent-length:[ \t]*(\d{1,15})")
_CHUNKED = re.compile(rb"(?i)\r\ntransfer-encoding:[^\r]*chunked")
_PARTS = re.compile(r'(?:[^,"]|"(?:\\.|[^"\\])*")+')


class NotHttpError(ValueError):
    """What came is no HTTP."""


class _Replayed:
    """What `http.client` takes for a socket."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    def makefile(self, _mode: str) -> io.BytesIO:
        return io.BytesIO(self._data)


def basic(login: str) -> str:
    """Return the credentials of RFC 7617 for "user:password"."""
    login = login if ":" in login else f"{login}:"  # a token without a password, as pip sends it
    return "Basic " + base64.b64encode(login.encode()).decode("ascii")


def ask(stream: Stream, method: str, path: str, headers: dict[str, str]) -> Answer:
    """Send one request and return the answer. OSError of the stream, NotHttpError."""
    fields = {"User-Agent": "spip-doctor", "Accept": _ACCEPT, "Connection": "close", **headers}
    lines = [f"{method} {path} HTTP/1.1", *(f"{name}: {text}" for name, text in fields.items())]
    stream.send("\r\n".join([*lines, "", ""]).encode("latin-1", "replace"))
    data = _received(stream, head_only=method in {"HEAD", "CONNECT"})
    if not data:
        raise ConnectionResetError("it was closed without an answer")
    return _answer(data, method)


def _received(stream: Stream, *, head_only: bool) -> bytes:
    data = bytearray()
    while len(data) < LONGEST_HEAD + _LONGEST_BODY:
        if _is_whole(data, head_only=head_only):
            break
        if data and not _may_be_http(data):
            break
        piece = stream.receive()
        if not piece:
            break
        data += piece
    return bytes(data)


def _is_whole(data: bytearray, *, head_only: bool) -> bool:
    """Whether nothing more is to be waited for, though the connection may stay open (RFC 9112, 6).

    The answer to CONNECT, say, is followed by another conversation.
    """
    end = data.find(b"\r\n\r\n")
    if end < 0:
        return False
    head = bytes(data[:end])
    if head_only or head[8:12] in (b" 204", b" 304"):
        return True
    if _CHUNKED.search(head):
        return data.endswith(b"\r\n0\r\n\r\n")
    length = _LENGTH.search(head)
    return length is not None and len(data) - end - 4 >= int(length[1])


def _may_be_http(data: bytes | bytearray) -> bool:
    return data[:5] == b"HTTP/"[: len(data)]


def _answer(data: bytes, method: str) -> Answer:
    import http.client  # 8 ms that most looks after a refused certificate don't need

    response = http.client.HTTPResponse(_Replayed(data), method=method)  # type: ignore[arg-type]
    try:
        response.begin()
    except (http.client.HTTPException, ValueError, OSError) as error:
        raise NotHttpError(printable(str(error)) or "it is no HTTP") from None
    with contextlib.closing(response):
        return Answer(
            status=response.status,
            reason=printable(response.reason or ""),
            logins=_logins(response),
            location=response.getheader("Location", "")[:2000],
            time=_time(response.getheader("Date", "")),
            body=b"" if method == "CONNECT" else _body(response),
            is_from_proxy=_is_from_proxy(response),
            content_type=response.getheader("Content-Type", "").partition(";")[0].strip().lower(),
        )


def _is_from_proxy(response: http.client.HTTPResponse) -> bool:
    """Whether a field says so: Via (RFC 9110, 7.6.3), Proxy-..., or those of widespread proxies."""
    names = [name.lower() for name in response.headers]
    server = (response.getheader("Server") or "").lower()
    return any(name.startswith(_PROXY_FIELDS) for name in names) or any(
        word in server for word in _PROXY_SERVERS
    )


def _body(response: http.client.HTTPResponse) -> bytes:
    import http.client

    try:
        return response.read(_LONGEST_BODY)
    except http.client.IncompleteRead as cut:
        return cut.partial
    except (http.client.HTTPException, ValueError, OSError):
        return b""


def _logins(response: http.client.HTTPResponse) -> tuple[str, ...]:
    names = ("Proxy-Authenticate", "WWW-Authenticate")
    fields = [text for name in names for text in response.headers.get_all(name) or ()]
    first = [part.split()[0] for text in fields for part in _PARTS.findall(text) if part.strip()]
    # What follows a scheme, and is separated from the next one by a comma too, has a value.
    return tuple(dict.fromkeys(printable(word, 30) for word in first if "=" not in word))


def _time(text: str) -> datetime | None:
    from email.utils import parsedate_to_datetime

    with contextlib.suppress(ValueError, TypeError, IndexError, OverflowError):
        moment = parsedate_to_datetime(text)
        return moment if moment.tzinfo else None
    return None
