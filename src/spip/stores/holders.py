"""Which users and groups count as the administrator, and which as the user."""

from __future__ import annotations

import os

from spip.stores.ownership import Holders

# The groups that an administrator's files may be writable by. On macOS "staff" holds every user.
ADMIN_GROUPS = ("root", "wheel", "admin", "staff")


def holders(rule: str) -> Holders:
    """Return who may write by the rule "admin" or "user"."""
    groups = frozenset({0, *_numbers(_admin_groups())})
    if rule == "admin":
        return Holders(frozenset({0}), groups, strict=True)
    user = os.geteuid()
    return Holders(frozenset({0, user}), groups | private_group(user), strict=False)


def private_group(user: int) -> frozenset[int]:
    """Return the group that has the user's name and nobody else in it, if there is one.

    Distributions give every user one, and a umask that lets it write.
    """
    import grp
    import pwd

    try:
        account = pwd.getpwuid(user)
        group = grp.getgrgid(account.pw_gid)
    except KeyError:
        return frozenset()
    alone = set(group.gr_mem) <= {account.pw_name}
    return frozenset({group.gr_gid}) if alone and group.gr_name == account.pw_name else frozenset()


def _admin_groups() -> tuple[str, ...]:
    return ADMIN_GROUPS[:-1] if os.uname().sysname == "Darwin" else ADMIN_GROUPS


def _numbers(names: tuple[str, ...]) -> list[int]:
    import grp

    numbers = []
    for name in names:
        try:
            numbers.append(grp.getgrnam(name).gr_gid)
        except KeyError:
            continue
    return numbers
