"""A proxy's URL as urllib3, the library in pip that connects, takes it apart; and what spoils one.

What is no URL of a proxy is never shown, since it may hold a password: only its letters that don't
belong there, and how it is written right, with USER:PASSWORD in place of a login.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from urllib.parse import quote, unquote

from spip.probe.setting_spelling import named, stripped

_PORTS = {"http": 80, "https": 443}
# RFC 3986, appendix B, with the backslash that ends an authority as in WHATWG's URLs.
_URL = re.compile(
    r"(?:(?P<scheme>[a-z][a-z0-9+-]*):)?(?://(?P<authority>[^\\\\/?#]*))?(?P<rest>.*)",
    re.IGNORECASE | re.DOTALL,
)
_HAS_SCHEME = re.compile(r"(?:[a-z][a-z0-9+-]*:|/)", re.IGNORECASE)
_HOST = re.compile(
    r"(?P<host>\[[0-9a-f:.%]+\]|[^\s:\[\]\"'`<>\x00-\x1f\u2018-\u201f\ufeff]+)(?::(?P<port>\d{0,5}))?",
    re.IGNORECASE,
)
# What stands for the host at the end of a spoilt URL.
_LAST = re.compile(r"(\[[0-9a-f:.%]+\]|[\w.-]+)(:\d{1,5})?(?=[/?#]|$)", re.IGNORECASE)
_SCHEME_MEANT = re.compile(r"(?P<scheme>[a-z0-9+]+)(?:=\S+?)?:/*", re.IGNORECASE)
_LARGEST_PORT = 65535
# Letters that end an authority, or part it. An "@" alone does no harm: the last one counts.
_ENDING = set("#/?\\\\[]")
# Python takes them for those of an IPv6 address, and refuses the URL.
_BRACKETS = set("[]")
_SCHEMES = {"http", "https"}
_SOCKS = "socks"


@dataclass(frozen=True)
class Proxy:
    """A proxy as it was named. `named_by` is the variable or setting, for a message."""

    scheme: str
    host: str
    port: int
    named_by: str
    login: str = field(default="", repr=False)  # "user:password"

    @property
    def shown(self) -> str:
        """As a person reads it, without the login."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"


class ProxyUnreadableError(ValueError):
    """What was named is no proxy; `named_by` is the variable or setting.

    `corrected`: how it is written right, without its login, "" where nobody can tell; `letters`:
    those of its login that have to be written otherwise, and how.
    """

    def __init__(self, named_by: str, reason: str, corrected: str = "", letters: str = "") -> None:
        super().__init__(reason)
        self.named_by = named_by
        self.corrected = corrected
        self.letters = letters


def read_proxy(url: str, named_by: str) -> Proxy:
    """Return the proxy that `url` names; one without a scheme speaks HTTP.

    Raises ProxyUnreadableError. Its text shows nothing of the URL, which may hold a password.
    """
    found = _URL.fullmatch(url if _HAS_SCHEME.match(url) else f"//{url}")
    authority = found["authority"] if found else None
    if found is None or not authority:
        raise _unreadable(url, named_by)
    login, _, netloc = authority.rpartition("@")
    place = _HOST.fullmatch(netloc)
    scheme = (found["scheme"] or "http").lower()
    port = int(place["port"] or 0) if place else 0
    is_known = scheme in _SCHEMES or scheme.startswith(_SOCKS)
    is_cut = "@" in found["rest"] or bool(set(login) & _BRACKETS)
    if place is None or port > _LARGEST_PORT or is_cut or not is_known:
        raise _unreadable(url, named_by)
    host = _ascii(place["host"].strip("[]"))
    port = port or _PORTS.get(scheme, 1080)
    # requests sends no login without a password.
    return Proxy(scheme, host, port, named_by, unquote(login) if ":" in login else "")


def _ascii(host: str) -> str:
    try:
        return host if host.isascii() else host.encode("idna").decode("ascii")
    except UnicodeError:
        return host


def _unreadable(url: str, named_by: str) -> ProxyUnreadableError:
    """Say what spoils it, the first thing that does."""
    inner = stripped(url)
    scheme, rest = _parted(inner)
    login, at, netloc = rest.rpartition("@")
    last = _last(netloc)
    corrected = f"{scheme}://{'USER:PASSWORD@' if at else ''}{last[0]}" if last else ""
    ending = sorted(set(login) & _ENDING)
    if inner != url:
        return ProxyUnreadableError(named_by, f"it has {named(url)}", corrected)
    if ending:
        letters = [f"{each} as {quote(each, safe='')}" for each in sorted({*ending, *_at(login)})]
        reason = f"{' and '.join(ending)} in its login can't be read as a part of it"
        return ProxyUnreadableError(named_by, reason, corrected, ", ".join(letters))
    return ProxyUnreadableError(named_by, _reason(url, last is not None), corrected)


def _last(netloc: str) -> re.Match[str] | None:
    found = _LAST.match(netloc)
    return None if found is None or int((found[2] or ":0")[1:]) > _LARGEST_PORT else found


def _at(login: str) -> set[str]:
    return {"@"} & set(login)


def _parted(inner: str) -> tuple[str, str]:
    """Return the scheme that is meant, and what follows it."""
    found = _SCHEME_MEANT.match(inner)
    if found is None or ("//" not in found[0] and found["scheme"].lower() not in _SCHEMES):
        return "http", inner.lstrip("/")
    scheme = found["scheme"].lower()
    return scheme if scheme in _SCHEMES else "http", inner[found.end() :]


def _reason(url: str, has_host: bool) -> str:  # noqa: FBT001 - one of two words
    scheme, separator, _ = url.partition("://")
    if separator and has_host and scheme.lower() not in _SCHEMES:
        return f"its scheme is {scheme!a}, not http or https"
    if not separator and has_host:
        return "it has no http:// in front"
    return "it is no URL" if has_host else "it names no host and port that can be"
