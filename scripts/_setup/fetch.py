"""Fetch one pinned file without pip, from where pip would, over verified connections."""

from __future__ import annotations

import base64
import html
import netrc
import os
import re
import ssl
from http.client import HTTPException
from typing import TYPE_CHECKING, Any
from urllib.error import HTTPError, URLError
from urllib.parse import SplitResult, unquote, urljoin, urlsplit
from urllib.request import (
    HTTPRedirectHandler,
    HTTPSHandler,
    OpenerDirector,
    ProxyHandler,
    Request,
    build_opener,
)

from _setup import settings, words
from spip import __version__
from spip.errors import SpipError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from http.client import HTTPMessage

    from _setup.pins import Pin

_HREF = re.compile(r"""<a\s[^>]*?href\s*=\s*["']?([^"'\s>]+)""", re.IGNORECASE)
# The longest page of an index, and the largest pip, are a fraction of it.
_MOST_BYTES = 1 << 26
_TIMEOUT = 15.0  # seconds, pip's own
_LOOPBACK = {"localhost", "127.0.0.1", "::1"}


def fetched(pin: Pin, said: Mapping[str, str], roots: str) -> bytes:
    """Return the pinned file. `said` is what pip's settings say, `roots` is PEM.

    SpipError with the most telling reason where no place has it.
    """
    opener = _opener(said, roots)
    seconds = float(said.get("default-timeout", said.get("timeout", _TIMEOUT)))
    faults: list[SpipError] = []
    for place in settings.places(said):
        content, fault = _tried(opener, place, pin, seconds)
        if content:
            return content
        faults += [fault] if fault else []
    raise (
        faults[0]
        if faults
        else SpipError(
            f"no place that pip's settings name has {pin.filename}",
            f"see that the index has pip {pin.version}, or use a Python that has ensurepip",
        )
    )


def _tried(
    opener: OpenerDirector, place: str, pin: Pin, seconds: float
) -> tuple[bytes, SpipError | None]:
    """Return the file, or why this place doesn't have it; neither where it is just not there."""
    try:
        for link in _links(opener, place, pin.filename, seconds):
            content = _content(opener, link, seconds)
            if pin.fits(content):
                return content, None
            said = f"what {_host(link)} has as {pin.filename} is not that file: its SHA-256 differs"
            return b"", SpipError(said, "ask who runs that index; nothing of it was used")
    except SpipError as fault:
        return b"", fault
    return b"", None


def _links(opener: OpenerDirector, place: str, name: str, seconds: float) -> Iterator[str]:
    """Yield what leads to a file of that name: `place` itself, in its folder, or on its page."""
    if unquote(place).endswith("/" + name):
        yield place
    elif path := settings.local(place):
        found = os.path.join(path, name)
        if os.path.isfile(found):
            yield found
        elif os.path.isfile(os.path.join(path, "index.html")):
            yield from _links(opener, "file://" + os.path.join(path, "index.html"), name, seconds)
    else:
        page = _content(opener, place, seconds).decode("utf-8", "replace")
        for href in map(html.unescape, _HREF.findall(page)):
            link = _with_login(urljoin(place, href.partition("#")[0]), place)
            if unquote(link).endswith("/" + name):
                yield link


def _with_login(link: str, place: str) -> str:
    """Return the link with the login of the index, where it leads to that same host, as pip has."""
    parts, index = urlsplit(link), urlsplit(place)
    login, at, host = index.netloc.rpartition("@")
    same = (parts.scheme, parts.netloc) == (index.scheme, host)
    return parts._replace(netloc=login + at + host).geturl() if same else link


def _content(opener: OpenerDirector, link: str, seconds: float) -> bytes:
    try:
        if path := settings.local(link):
            with open(path, "rb") as file:
                return file.read(_MOST_BYTES)
        with opener.open(_request(link), timeout=seconds) as answer:
            content: bytes = answer.read(_MOST_BYTES)
            return content
    except HTTPError as error:
        error.close()
        raise SpipError(f"{_host(link)} answers {error.code} {error.reason}", _REACH) from error
    except (OSError, ValueError, HTTPException) as error:
        raise _fault(_host(link), error) from error


def _request(link: str) -> Request:
    parts = urlsplit(link)
    if not _is_secure(parts):
        raise SpipError(f"{_host(link)} is named without TLS, which set-up never uses", _REACH)
    host = parts.netloc.rpartition("@")[2]
    request = Request(parts._replace(netloc=host).geturl(), headers=_HEADERS)  # noqa: S310  # above
    if login := _login(parts):
        # Not sent on to another host by a redirect.
        request.add_unredirected_header("Authorization", f"Basic {login}")
    return request


_HEADERS = {"User-Agent": f"spip/{__version__}", "Accept": "text/html, */*;q=0.1"}
_REACH = "see what pip's settings say about index and proxy, then run this again"


def _fault(host: str, error: Exception) -> SpipError:
    reason = error.reason if isinstance(error, URLError) else error
    if isinstance(reason, ssl.SSLCertVerificationError):
        said = f"{host} was refused, certificate verify failed: {reason.verify_message}"
        return SpipError(said, words.ASK_FOR_ROOT)
    return SpipError(f"{host} can't be reached: {reason}", _REACH)


def _opener(said: Mapping[str, str], roots: str) -> OpenerDirector:
    # Not create_default_context: it refuses roots of companies that pip takes (3.13's strict flag),
    # and would add OpenSSL's own folders to what the checkout's code has found and weighed.
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    if roots:
        context.load_verify_locations(cadata=roots)
    if said.get("client-cert"):
        _identify(context, os.path.expanduser(said["client-cert"]))
    proxy = said.get("proxy")
    proxies = {"http": proxy, "https": proxy} if proxy else None
    return build_opener(ProxyHandler(proxies), HTTPSHandler(context=context), _Redirects())


def _identify(context: ssl.SSLContext, path: str) -> None:
    """Show that client certificate; set-up asks for no pass phrase of its key."""
    try:
        context.load_cert_chain(path, password=lambda: "")
    except (OSError, ValueError) as error:  # ssl.SSLError is an OSError
        reason = error.strerror if isinstance(error, OSError) else None
        said = f"the client certificate {path} can't be used: {reason or error}"
        raise SpipError(said, "see what pip's setting client-cert names") from error


class _Redirects(HTTPRedirectHandler):
    """Go on only where the connection stays verified."""

    def redirect_request(  # noqa: PLR0913, PLR0917  # as its base has it
        self, req: Request, fp: Any, code: int, msg: str, headers: HTTPMessage, newurl: str
    ) -> Request | None:
        if not _is_secure(urlsplit(newurl)):
            raise URLError(f"it sends on to {_host(newurl)}, without TLS")
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _is_secure(parts: SplitResult) -> bool:
    """Whether nobody else can be on the way: verified, or never leaving this machine."""
    return parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK)


def _login(parts: SplitResult) -> str:
    """Return the login in the address, or else the one in the user's netrc, as HTTP has it."""
    name, password = unquote(parts.username or ""), unquote(parts.password or "")
    if not name:
        try:
            found = netrc.netrc(os.environ.get("NETRC")).authenticators(parts.hostname or "")
        except (OSError, netrc.NetrcParseError):
            found = None
        if not found:
            return ""
        name, password = found[0] or "", found[2] or ""
    return base64.b64encode(f"{name}:{password}".encode()).decode()


def _host(link: str) -> str:
    return urlsplit(link).netloc.rpartition("@")[2] or link
