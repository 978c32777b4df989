"""What may be shown of a URL, and which origin it names."""

from urllib.parse import urlsplit

from spip import secrets

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Optional, Tuple

    Origin = Tuple[str, str, int]  # scheme, host in lower case, port

_PORTS = {"http": 80, "https": 443}


def origin(url: str) -> "Optional[Origin]":
    """The origin of a URL (RFC 6454, 4); None where it names none."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return None
    if not parts.hostname:
        return None
    port = port if port is not None else _PORTS.get(parts.scheme, 0)
    return parts.scheme, parts.hostname, port


def shown(host: str, port: int) -> str:
    """As in "index.corp.example:443"."""
    return "%s:%d" % ("[%s]" % host if ":" in host else host, port)


def cleaned(text: str) -> str:
    """What may be shown of a URL; printable. A path of a file as it is."""
    return printable(secrets.url(text) if "://" in text else text)


def host(text: str) -> str:
    """A host as `--trusted-host` takes it, which may have a login before it that is ignored."""
    return printable(text.rpartition("@")[2])


def without_page(url: str) -> str:
    """Scheme, host and port of a URL."""
    scheme, separator, rest = cleaned(url).partition("://")
    return scheme + separator + rest.partition("/")[0]


def printable(text: str) -> str:
    """Whatever a terminal may be shown of text that somebody else wrote."""
    return "".join(letter if letter.isprintable() else "?" for letter in text)
