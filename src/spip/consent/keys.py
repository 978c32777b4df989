"""Every key of a policy: its section, its name, the field of `policy.Policy`, how it is read."""

from __future__ import annotations

import os
import re

from spip import text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

DAY = 24 * 3600
_HOST = re.compile(r"(?P<host>\[[0-9a-f:.]+\]|[a-z0-9_.-]+)(?::(?P<port>[0-9]{1,5}))?")


def _switch(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError(  # noqa: TRY004  # the file's fault, as every other value's
            "true or false is meant"
        )
    return value


def _texts(value: Any) -> list[str]:
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        raise ValueError('a list of texts is meant, as in ["one", "two"]')
    return value


def _hosts(value: Any) -> tuple[tuple[str, int], ...]:
    return tuple(map(_host, _texts(value)))


def _host(text: str) -> tuple[str, int]:
    found = _HOST.fullmatch(text.lower())
    if not found or int(found["port"] or 1) not in range(1, 65536):
        raise ValueError(f"{text!a} is no HOST or HOST:PORT; wildcards don't exist here")
    return found["host"].strip("[]"), int(found["port"] or 0)


def _length(value: Any) -> int:
    length = text.parse_duration(str(value))
    if not 0 < length <= DAY:
        raise ValueError("more than nothing and at most a day (1d) is meant")
    return length


def _paths(value: Any) -> tuple[str, ...]:
    paths = tuple(_texts(value))
    if not all(map(os.path.isabs, paths)):
        raise ValueError("absolute paths are meant")
    return paths


def _fingerprints(value: Any) -> frozenset[str]:
    found = frozenset(re.sub(r"[:\s]", "", text).lower() for text in _texts(value))
    if not all(re.fullmatch(r"[0-9a-f]{64}", each) for each in found):
        raise ValueError("SHA-256 fingerprints are meant: 64 hexadecimal digits each")
    return found


def _syslog(value: Any) -> str:
    if isinstance(value, bool):
        return "system" if value else ""
    if isinstance(value, str) and os.path.isabs(value):
        return value
    raise ValueError("true, false or the absolute path of a socket is meant")


# docs/policy.md tells of each.
KEYS: dict[str, dict[str, tuple[str, Callable[[Any], Any]]]] = {
    "grants": {
        "allowed": ("grants", _switch),
        "hosts": ("hosts", _hosts),
        "longest": ("longest", _length),
        "in-ci": ("in_ci", _switch),
    },
    "pip": {"own-ways": ("own_ways", _switch)},
    "trust": {
        "add": ("add", _switch),
        "fetch": ("fetch", _switch),
        "certifi": ("certifi", _switch),
        "roots": ("roots", _paths),
        "expected-roots": ("expected_roots", _fingerprints),
    },
    "log": {"demanded": ("log_demanded", _switch), "syslog": ("syslog", _syslog)},
}
