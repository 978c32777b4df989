"""Whether a certificate's names cover a host: RFC 6125, section 6.4, as OpenSSL reads it."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


def is_address(host: str) -> bool:
    """Whether `host` is an IP address rather than a name."""
    try:
        ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return False
    return True


def covers(names: Iterable[str], host: str) -> bool:
    """Whether one of `names` (a certificate's DNS names and addresses) is `host`."""
    if is_address(host):
        return any(_same_address(name, host) for name in names)
    return any(_same_name(name.lower().rstrip("."), host.lower()) for name in names)


def _same_address(name: str, host: str) -> bool:
    return is_address(name) and ipaddress.ip_address(name) == ipaddress.ip_address(host)


def _same_name(name: str, host: str) -> bool:
    if not name.startswith("*."):
        return name == host
    # A star stands for exactly one label, and never right below a top-level domain.
    first, _, rest = host.partition(".")
    return bool(first) and rest == name[2:] and "." in rest
