"""What an administrator allows here: a file that is obeyed to the letter or, if broken, not at all.

A broken one never loosens anything: it stops whatever a policy could have forbidden.
"""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass, field, replace

from spip import text
from spip.errors import SpipError
from spip.paths import is_absolute
from spip.text import printable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
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
    if not all(map(is_absolute, paths)):
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
    if isinstance(value, str) and is_absolute(value):
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

_MOST_BYTES = 1 << 20
_MOST_DOTS = 2000
_LONGEST_REASON = 300  # it finishes a sentence


@dataclass(frozen=True)
class Policy:
    """What holds. Without a file: what each field says here.

    `path` is the file in force, `broken` why it can't be obeyed, in words that finish the sentence
    "it ...". `hosts`: pairs of host and port (0: any port), None for every host. `longest` is in
    seconds. `syslog`: "" for none, "system", or the path of a socket.
    """

    path: str | None = None
    broken: str = ""
    grants: bool = True
    hosts: tuple[tuple[str, int], ...] | None = None
    longest: int = DAY
    in_ci: bool = False
    own_ways: bool = True
    add: bool = True
    fetch: bool = True
    certifi: bool = True
    roots: tuple[str, ...] = ()
    expected_roots: frozenset[str] = frozenset()
    log_demanded: bool = False
    syslog: str = ""
    digest: str = field(default="", compare=False)  # SHA-256 of the text it was read from

    def allows(self, host: str, port: int) -> bool:
        """Whether a grant may be given for that host and port."""
        if self.hosts is None or not self.grants:
            return self.grants
        return (host, port) in self.hosts or (host, 0) in self.hosts

    def demands_log(self) -> bool:
        """Whether what can't be logged must not run, pip's own ways included."""
        return self.log_demanded or bool(self.syslog)

    def against(self, what: str) -> SpipError:
        """The error for something that this policy forbids, or would if it could be read."""
        if self.broken:
            return SpipError(
                f"{what} is refused, since the policy {self.path} {self.broken}",
                "ask an administrator of this machine to mend that file",
            )
        return SpipError(
            f"{what} is forbidden by the policy of this machine: {self.path}",
            "ask an administrator of this machine",
        )


def read(path: str) -> Policy:
    """Read a policy file, opened once: the bytes that were checked are the bytes that count."""
    import hashlib

    from spip import ownership
    from spip.ownership import checked_file
    from spip.sources import SourceRejected

    try:
        content = checked_file.content(path, ownership.walk("admin"), _MOST_BYTES)
    except SourceRejected as reason:
        return _broken(path, str(reason))
    return replace(of(content, path), digest=hashlib.sha256(content).hexdigest())


def of(content: bytes, path: str) -> Policy:
    """Return what a policy file says; `path` is where it lies."""
    try:
        return _obeyed(_parsed(content), path)
    except ValueError as error:  # TOMLDecodeError, UnicodeDecodeError
        return _broken(path, f"is garbled: {error}")
    except ImportError:  # Python 3.10, while a checkout's set-up has not brought tomli yet
        unread = _broken(path, "can't be read by this Python, which has no reader of TOML")
        return replace(unread, certifi=False)
    except RecursionError:
        return _broken(path, "is garbled: it is nested too deeply")


def _parsed(content: bytes) -> dict[str, Any]:
    """What the file holds. Raises ValueError, and RecursionError where brackets are nested."""
    # tomllib's time grows with the square of a key's parts.
    if any(line.count(b".") > _MOST_DOTS for line in content.splitlines()):
        raise ValueError(f"a line has more than {_MOST_DOTS} dots")
    said: dict[str, Any] = _toml().loads(content.decode("utf-8"))
    return said


def _obeyed(said: dict[str, Any], path: str) -> Policy:
    found: dict[str, Any] = {}
    faults = list(_faults(said, found))
    if not faults:
        return Policy(path, **found)
    # What it forbade for sure stays forbidden.
    return replace(_broken(path, faults[0]), certifi=found.get("certifi", True))


def _broken(path: str, reason: str) -> Policy:
    said = printable(" ".join(reason.split()), _LONGEST_REASON)
    return Policy(
        path, said, grants=False, own_ways=False, add=False, fetch=False,
        log_demanded=True,
    )  # fmt: skip


def _toml() -> Any:
    if sys.version_info >= (3, 11):
        import tomllib

        return tomllib
    from spip.standalone import expose

    return expose.import_bundled("tomli")


def _faults(said: dict[str, Any], found: dict[str, Any]) -> Iterator[str]:
    """Yield what is wrong in the file; fill `found` with the fields that are right."""
    for section, values in said.items():
        if section not in KEYS:
            yield f"has an unknown section: {section!a}"
        elif not isinstance(values, dict):
            yield f"has no section [{section}], but a value of that name"
        else:
            yield from _faults_of(section, values, found)


def _faults_of(section: str, values: dict[str, Any], found: dict[str, Any]) -> Iterator[str]:
    for key, value in values.items():
        if key not in KEYS[section]:
            yield f"has an unknown key in [{section}]: {key!a}"
            continue
        field, read_value = KEYS[section][key]
        try:
            found[field] = read_value(value)
        except ValueError as error:
            yield f"has a wrong value for {key} in [{section}]: {error}"
