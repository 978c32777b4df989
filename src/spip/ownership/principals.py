"""Which users and groups count as the administrator, and which as the user."""

from __future__ import annotations

import functools
import os

from spip.sources import Value
from spip.text import in_ascii

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

# The groups that an administrator's files may be writable by. On macOS "staff" is every user's.
_ADMIN_GROUPS = frozenset({"root", "wheel", "admin", "staff"})
_ADMIN_GROUPS_OF_MACOS = _ADMIN_GROUPS - {"staff"}


class Holders(Value):
    """Who may write. `group` tells of a group's number whether it may; asked only where one can.

    `strict`: nobody else anywhere on the way, and only where the filesystem keeps who owns what.
    `named`: the user pointed to the file, so the one account of a container may own it.
    """

    __slots__ = ("group", "named", "strict", "users")
    users: frozenset[int]
    group: Callable[[int], bool]
    strict: bool
    named: bool

    def __init__(
        self,
        users: frozenset[int],
        group: Callable[[int], bool],
        *,
        strict: bool,
        named: bool = False,
    ) -> None:
        super().__init__(group, named, strict, users)


def holders(rule: str) -> Holders:
    """Return who may write by the rule "admin", "user" or "named"."""
    if rule == "admin":
        return Holders(frozenset({0}), is_admins, strict=True)
    user = os.geteuid()
    return Holders(
        frozenset({0, user}),
        lambda group: is_admins(group) or group == private_group(user),
        strict=False,
        named=rule == "named",
    )


@functools.cache
def is_admins(group: int) -> bool:
    """Tell whether a group (its number) is one of administrators."""
    import grp

    if group == 0:
        return True
    of_macos = os.uname().sysname == "Darwin"
    try:
        name = grp.getgrgid(group).gr_name
    except KeyError:
        return False
    return name in (_ADMIN_GROUPS_OF_MACOS if of_macos else _ADMIN_GROUPS)


@functools.cache
def private_group(user: int) -> int:
    """Return the group that has the user's name and nobody else in it; -1 if there is none.

    Distributions give every user one, and a umask that lets it write.
    """
    import grp
    import pwd

    try:
        account = pwd.getpwuid(user)
        group = grp.getgrgid(account.pw_gid)
    except KeyError:
        return -1
    alone = set(group.gr_mem) <= {account.pw_name}
    return group.gr_gid if alone and group.gr_name == account.pw_name else -1


def user_name(user: int) -> str:
    """Return what a message calls a user (given by number)."""
    import pwd

    try:
        return in_ascii(pwd.getpwuid(user).pw_name)
    except KeyError:
        return f"user {user}"


def group_name(group: int) -> str:
    """Return what a message calls a group (given by number)."""
    import grp

    try:
        return f"the group {in_ascii(grp.getgrgid(group).gr_name)}"
    except KeyError:
        return f"group {group}"
