"""Who is on this machine at all: user namespaces, and containers with one account beside root."""

from __future__ import annotations

import functools
import os

from spip.ownership import mounts

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

OVERFLOW, UID_MAP = "/proc/sys/kernel/overflowuid", "/proc/self/uid_map"
PID_NAMESPACE = "/proc/self/ns/pid"
ACCOUNTS, GROUPS, LOOKUPS = "/etc/passwd", "/etc/group", "/etc/nsswitch.conf"
_INITIAL = "pid:[4026531836]"  # PROC_PID_INIT_INO, linux/proc_ns.h
# The first number of a person's account: 1000 (login.defs), 500 on older systems.
_FIRST_PERSON, _NOBODY = 500, 65534
# Where accounts may come from beside files, without more people coming with them (nsswitch.conf).
_LOCAL = frozenset({"files", "compat", "systemd", "altfiles", "db"})


def is_unmapped(what: str | int, owner: int) -> bool:
    """Tell whether an owner (its number) is nobody of this process's user namespace.

    The kernel shows all of those under one number, as it shows the owner of `/` in a namespace
    that an ordinary user made. Where an account of that number exists too, root of the namespace
    finds out by what it may do: it is above every account that exists here, and above no other.
    """
    mapped = _mapped()
    if mapped is None or owner != mapped[0]:
        return False
    return not mapped[1] or _is_above_me(what)


@functools.cache
def _mapped() -> tuple[int, bool] | None:
    """Return that number, and whether an account here has it; None where all accounts are here."""
    try:
        number = int(_read(OVERFLOW))
        ranges = [[int(field) for field in line.split()] for line in _read(UID_MAP).splitlines()]
    except (OSError, ValueError):
        return None
    if any(first == outside == 0 and count >= 1 << 31 for first, outside, count in ranges):
        return None
    return number, any(first <= number < first + count for first, _, count in ranges)


def _is_above_me(what: str | int) -> bool:
    """Ask for what only root over this owner may do; on a read-only mount that says nothing."""
    path = f"/proc/self/fd/{what}" if isinstance(what, int) else what
    if os.geteuid() != 0 or os.getuid() != 0 or mounts.is_read_only(what):
        return False
    return not os.access(path, os.W_OK)


def is_alone_with(owner: int) -> bool:
    """Tell whether nobody but root, this user and `owner` (a number) is in this container.

    Then `owner` is whoever started the container and put the file there, who could change all of
    it anyway. False where this is no container, as its process numbers show, and for the account
    of a service in it or outside, which may be open to attack.
    """
    services = {int(fields[2]) for fields in _rows(ACCOUNTS)} - _people()
    if owner < _FIRST_PERSON or owner in services:
        return False
    return _is_container() and _people() <= {owner, os.geteuid()}


def is_group_of(group: int, owner: int) -> bool:
    """Tell whether nobody but root, this user and `owner` is in a group (numbers)."""
    names = {fields[0]: int(fields[2]) for fields in _rows(ACCOUNTS)}
    inside = {int(fields[2]) for fields in _rows(ACCOUNTS) if fields[3] == str(group)}
    for fields in _rows(GROUPS):
        if fields[2] == str(group):
            inside |= {names.get(name, -1) for name in fields[3].split(",") if name}
    return inside <= {0, owner, os.geteuid()}


def _is_container() -> bool:
    try:
        return os.readlink(PID_NAMESPACE) != _INITIAL and _is_local()
    except OSError:
        return False


def _is_local() -> bool:
    """Whether every account stands in a file, rather than in a directory of a whole company's."""
    try:
        lines = _read(LOOKUPS).splitlines()
    except FileNotFoundError:
        return True
    for line in lines:
        name, _, places = line.partition("#")[0].partition(":")
        if name.strip() == "passwd":
            return {place for place in places.split() if place[0] != "["} <= _LOCAL
    return True


def _people() -> set[int]:
    numbers = {int(fields[2]) for fields in _rows(ACCOUNTS) if not _is_of_a_service(fields)}
    return {number for number in numbers if number >= _FIRST_PERSON and number != _NOBODY}


def _is_of_a_service(fields: list[str]) -> bool:
    """Distributions number these down from 999, and let nobody log in as one."""
    return int(fields[2]) < 1000 and fields[-1].endswith(("/nologin", "/false"))


def _rows(path: str) -> Iterator[list[str]]:
    try:
        lines = _read(path).splitlines()
    except FileNotFoundError:
        return
    for line in lines:
        fields = line.split(":")
        if len(fields) > 3 and fields[2].isdecimal():
            yield fields


def _read(path: str) -> str:
    with open(path, encoding="utf-8", errors="surrogateescape") as file:
        return file.read()
