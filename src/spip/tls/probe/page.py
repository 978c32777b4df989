"""One HTTP request over a stream, its answer read within bounds."""

from __future__ import annotations

import base64
import contextlib
import io
from typing import TYPE_CHECKING

from spip.printable import printable
from spip.tls.observed import Answer

if TYPE_CHECKING:
    import http.client
    from datetime import datetime

    from spip.tls.probe.secure import Stream

LONGEST_HEAD = 65536
# Enough of an index's page to see where its links lead; the rest is left unread.
_LONGEST_BODY = 262_144
# What pip asks for (PEP 691), so that the answer is the one that pip would get.
_ACCEPT = "application/vnd.pypi.simple.v1+json, text/html;q=0.1, */*;q=0.01"


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
        # The answer to CONNECT is followed by another conversation, which is not to be waited for.
        if b"\r\n\r\n" in data and head_only:
            break
        if data and not _may_be_http(data):
            break
        piece = stream.receive()
        if not piece:
            break
        data += piece
    return bytes(data)


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
            content_type=response.getheader("Content-Type", "").partition(";")[0].strip().lower(),
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
    challenges = [text for name in names for text in response.headers.get_all(name) or ()]
    offered = (printable(each.partition(" ")[0].strip(","), 30) for each in challenges)
    return tuple(dict.fromkeys(offered))


def _time(text: str) -> datetime | None:
    from email.utils import parsedate_to_datetime

    with contextlib.suppress(ValueError, TypeError, IndexError, OverflowError):
        moment = parsedate_to_datetime(text)
        return moment if moment.tzinfo else None
    return None
