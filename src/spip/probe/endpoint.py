"""Where something listens: a host and port out of a URL, without the secrets in it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from urllib.parse import quote, unquote, urlsplit

from spip.certificates.names import is_address
from spip.errors import SpipError
from spip.text import printable

_PORTS = {"https": 443, "http": 80}
# Any text, taken apart as if it were a URL.
_PARTS = re.compile(
    r"(?P<scheme>[a-z][a-z0-9+.-]*://)?(?P<authority>[^/?#\\]*)(?P<path>.*)",
    re.IGNORECASE | re.DOTALL,
)
_LABEL = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?", re.IGNORECASE)


@dataclass(frozen=True)
class Endpoint:
    """One origin, and the page of it that is asked for.

    `host` is ASCII (an international name in its `xn--` form), lower case, without brackets.
    `path` and `login` may hold secrets: they are sent to that host and never shown. `spelt`: a URL
    with letters around it that don't belong there, as it was given; "" where it is as it should be.
    """

    scheme: str
    host: str
    port: int
    path: str = field(default="/", repr=False)
    login: str = field(default="", repr=False)  # "user:password"
    spelt: str = field(default="", repr=False)

    @property
    def origin(self) -> tuple[str, str, int]:
        """Scheme, host and port: what makes two places one to connect to."""
        return (self.scheme, self.host, self.port)

    @property
    def shown(self) -> str:
        """As a person reads it: the host, with its port where that is not the usual one."""
        if self.port == _PORTS.get(self.scheme):
            return self.host
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"

    @property
    def url(self) -> str:
        """The page as a URL, its login in it: for whoever is to ask, never to be shown."""
        if self.spelt:
            return self.spelt
        user, colon, password = self.login.partition(":")
        login = f"{quote(user, safe='')}{colon}{quote(password, safe='')}@" if self.login else ""
        return f"{self.scheme}://{login}{self.shown}{self.path}"


def over_https(place: Endpoint) -> Endpoint:
    """Return the same page by https: on its usual port, where http's was the usual one."""
    port = _PORTS["https"] if place.port == _PORTS["http"] else place.port
    return replace(place, scheme="https", port=port, spelt="")


def parse_endpoint(text: str) -> Endpoint:
    """Return the place that a user or a configuration means by `text`, a URL or HOST[:PORT].

    Raises SpipError (usage) where it is neither.
    """
    url = text.strip() if "://" in text else f"https://{text.strip()}"
    # What urllib says of a URL that it can't read quotes it, a password in it too.
    try:
        parts = urlsplit(url)
    except ValueError:
        raise _refusal(text, "it is no URL") from None
    try:
        port = parts.port
    except ValueError:
        raise _refusal(text, "its port is no number up to 65535") from None
    if parts.scheme not in _PORTS:
        raise _refusal(text, f"its scheme is {parts.scheme!a}, not https or http")
    host = _host(text, parts.hostname or "")
    login = unquote(parts.netloc.rpartition("@")[0])
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    # Port 0 is no place to connect to; urlsplit takes it.
    if port == 0 or re.search(r"[\s\x00-\x1f\x7f]", path):
        raise _refusal(text, "its port is 0" if port == 0 else "it has blanks in it")
    return Endpoint(parts.scheme, host, port or _PORTS[parts.scheme], path, login)


def _host(text: str, host: str) -> str:
    if not host:
        raise _refusal(text, "it names no host")
    if is_address(host):
        return host
    try:
        ascii_host = host.encode("idna").decode("ascii").lower().rstrip(".")
    except UnicodeError:
        raise _refusal(text, "its host is no name that DNS knows") from None
    if len(ascii_host) > 253 or not all(map(_LABEL.fullmatch, ascii_host.split("."))):
        raise _refusal(text, "its host is no name that DNS knows")
    return ascii_host


def _refusal(text: str, reason: str) -> SpipError:
    """Say it without a secret: of what is no URL only scheme and host, never a login or a path.

    With an @ behind what ends a host nobody can tell a login's rest from a path.
    """
    scheme, authority, path = _PARTS.fullmatch(text.strip()).groups("")  # type: ignore[union-attr]
    shown = scheme + ("..." if "@" in path else authority.rpartition("@")[2])
    if "@" in path:
        reason += "; a /, ? or # in its login is written %2F, %3F or %23"
    return SpipError(
        f'"{printable(shown, 80)}" is no host and no URL: {printable(reason)}',
        "name a host as in  index.corp.example:8443  or a URL as in  https://index.corp.example/",
        exit_code=2,
    )
