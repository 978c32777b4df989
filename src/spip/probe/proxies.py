"""Which proxy pip would take to a host: the rules of requests, the library in pip that decides."""

from __future__ import annotations

import socket
from dataclasses import dataclass
from typing import TYPE_CHECKING

from spip.probe.proxy_url import Proxy, read_proxy

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from spip.probe.endpoint import Endpoint

# From this pip on, `proxy` in its settings switches the environment's proxies off (facts: pip).
_SETTING_ALONE = (24, 1)
# The first pip whose requests compares an entry of no_proxy with whole labels of a name.
_WHOLE_LABELS = (26, 2)
_IPV4_BITS = 32


@dataclass(frozen=True)
class ProxySettings:
    """What was said about proxies, and where.

    `setting` is pip's own (`proxy`), "" for none; `system` answers what Windows' or macOS' settings
    say for a host, by scheme, and is asked only where no variable names a proxy.
    """

    environ: Mapping[str, str]
    setting: str = ""
    setting_named_by: str = "pip's setting proxy"
    pip_version: tuple[int, ...] = (99,)
    environment_off: bool = False  # pip's --no-proxy-env, 26.2
    system: Callable[[str], Mapping[str, str]] = lambda _host: {}


def proxy_for(place: Endpoint, settings: ProxySettings) -> Proxy | None:
    """Return the proxy that pip takes to `place`; None for none. Raises ProxyUnreadableError."""
    named = {} if _environment_is_off(settings) else _from_environment(place, settings)
    if settings.setting:
        named.setdefault(place.scheme, (settings.setting_named_by, settings.setting))
    for scheme in (place.scheme, "all"):
        if scheme in named:
            name, url = named[scheme]
            return read_proxy(url, name)
    return None


def _environment_is_off(settings: ProxySettings) -> bool:
    alone = bool(settings.setting) and settings.pip_version >= _SETTING_ALONE
    return alone or settings.environment_off


def _from_environment(place: Endpoint, settings: ProxySettings) -> dict[str, tuple[str, str]]:
    """(name, URL) by scheme. The older pips let this win over their own setting."""
    environ = settings.environ
    no_proxy = environ.get("no_proxy") or environ.get("NO_PROXY") or ""
    whole_labels = settings.pip_version >= _WHOLE_LABELS
    if no_proxy and _is_bypassed(place, no_proxy, whole_labels=whole_labels):
        return {}
    named = _variables(environ)
    if named or no_proxy:
        return named
    system = settings.system(place.host)
    return {scheme: ("this system's settings", url) for scheme, url in system.items()}


def _variables(environ: Mapping[str, str]) -> dict[str, tuple[str, str]]:
    """(name, URL) of each proxy variable by scheme; the spelling in lower case wins, also empty."""
    found: dict[str, tuple[str, str]] = {}
    for name in sorted(environ, key=lambda name: name.islower()):
        scheme, _, kind = name.lower().rpartition("_")
        if kind != "proxy" or scheme in {"", "no"}:
            continue
        # Under CGI, HTTP_PROXY comes from a request's header and is no setting of anyone's.
        if name.isupper() and scheme == "http" and "REQUEST_METHOD" in environ:
            continue
        found.pop(scheme, None)
        if environ[name]:
            found[scheme] = (name, environ[name])
    return found


def _is_bypassed(place: Endpoint, no_proxy: str, *, whole_labels: bool) -> bool:
    """Whether requests, or after it Python's urllib, takes the host for an exception.

    `whole_labels`: an entry of requests' is never the end of a name in the middle of a label.
    """
    entries = [entry for entry in no_proxy.replace(" ", "").split(",") if entry]
    if _is_ipv4(place.host):
        by_requests = any(_covers(entry, place.host) for entry in entries)
    else:
        both = (place.host, f"{place.host}:{place.port}")
        ends = _ends_with if whole_labels else str.endswith
        by_requests = any(ends(each, entry) for each in both for entry in entries)
    return by_requests or _is_bypassed_by_urllib(place.host, no_proxy)


def _is_bypassed_by_urllib(host: str, no_proxy: str) -> bool:
    if no_proxy == "*":
        return True
    entries = [entry.strip().lower() for entry in no_proxy.split(",")]
    return any(_ends_with(host, entry) for entry in entries if entry)


def _ends_with(name: str, entry: str) -> bool:
    entry = entry.lstrip(".")
    return name == entry or name.endswith(f".{entry}")


def _is_ipv4(host: str) -> bool:
    """As requests asks, by inet_aton, to which 127.1 is one too."""
    try:
        socket.inet_aton(host)
    except OSError:
        return False
    return True


def _covers(entry: str, address: str) -> bool:
    """Whether an entry of no_proxy, an IPv4 address or a network as in 10.0.0.0/8, is meant."""
    network, slash, bits = entry.partition("/")
    if not (slash and _is_ipv4(network) and bits.isdecimal() and 1 <= int(bits) <= _IPV4_BITS):
        return entry == address
    shift = _IPV4_BITS - int(bits)
    return _number(network) >> shift == _number(address) >> shift


def _number(address: str) -> int:
    return int.from_bytes(socket.inet_aton(address), "big")
