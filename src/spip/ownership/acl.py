"""Who else may write: what an access control list grants, and the mode bits don't show."""

from __future__ import annotations

import errno
import os
import stat

from spip.ownership.principals import group_name, user_name

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from spip.ownership.principals import Holders

# linux/posix_acl_xattr.h: a version, then entries of tag, permissions, number (little endian).
_ATTRIBUTE = "system.posix_acl_access"
_VERSION = 2
_USER, _GROUP, _MASK = 0x02, 0x08, 0x10
_WRITE = 0x02
# sys/acl.h of macOS, as acl_to_text(3) spells them: what changes a file, a folder or their owner.
_MACOS_WRITES = frozenset(
    {
        "write",
        "append",
        "delete",
        "delete_child",
        "writeattr",
        "writeextattr",
        "writesecurity",
        "chown",
        "add_file",
        "add_subdirectory",
    }
)


def stranger(what: str | int, mode: int, holders: Holders) -> str:
    """Return the first one who may write and is not among `holders` ("user 1001"), else "".

    `what` is a path, of no link, or a descriptor; `mode` its mode bits. Raises OSError.
    """
    for kind, number in _writers(what, mode):
        if kind == "user" and number not in holders.users:
            return user_name(number)
        if kind == "group" and not holders.group(number):
            return group_name(number)
    return ""


def _writers(what: str | int, mode: int) -> Iterator[tuple[str, int]]:
    """Yield ("user" or "group", number) for each entry that grants writing."""
    if not hasattr(os, "getxattr"):
        from spip.ownership import macos as acl_macos

        yield from macos(acl_macos.text(what))
    elif mode & stat.S_IWGRP:  # Linux shows there what any entry of a list may grant: acl(5)
        try:
            yield from posix(os.getxattr(what, _ATTRIBUTE))
        except OSError as error:
            if error.errno not in (errno.ENODATA, errno.ENOTSUP):
                raise


def posix(value: bytes) -> Iterator[tuple[str, int]]:
    """Read the extended attribute that Linux keeps an ACL in. Raises OSError if it is garbled."""
    if len(value) % 8 != 4 or int.from_bytes(value[:4], "little") != _VERSION:
        raise OSError(errno.EINVAL, "its access control list has an unknown form")
    entries = [_entry(value[at : at + 8]) for at in range(4, len(value), 8)]
    mask = next((allowed for tag, allowed, _ in entries if tag == _MASK), 0o7)
    for tag, allowed, number in entries:
        if tag in (_USER, _GROUP) and allowed & mask & _WRITE:
            yield ("user" if tag == _USER else "group"), number


def _entry(raw: bytes) -> tuple[int, int, int]:
    return (
        int.from_bytes(raw[:2], "little"),
        int.from_bytes(raw[2:4], "little"),
        int.from_bytes(raw[4:], "little"),
    )


def macos(text: str) -> Iterator[tuple[str, int]]:
    """Read what acl_to_text(3) of macOS prints: "user:UUID:ann:501:allow:read,write" a line."""
    for line in text.splitlines():
        fields = line.split(":")
        if len(fields) < 6 or fields[0] not in ("user", "group"):
            continue
        if fields[4].split(",")[0] == "allow" and _MACOS_WRITES & set(fields[5].split(",")):
            # A UUID that nobody has any more has no number; it is a stranger.
            yield fields[0], int(fields[3]) if fields[3].isdecimal() else -1
