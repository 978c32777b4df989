"""The access control list of a file on macOS, as text."""

from __future__ import annotations

import ctypes
import errno

_EXTENDED = 0x100  # ACL_TYPE_EXTENDED, sys/acl.h


def text(what: str | int) -> str:
    """Return what acl_to_text(3) says of a path (not following a link) or a descriptor.

    Returns "" for a file without a list, on a filesystem without any, and on a system that has no
    such call. Raises OSError.
    """
    system = ctypes.CDLL(None, use_errno=True)
    name = "acl_get_fd_np" if isinstance(what, int) else "acl_get_link_np"
    get = getattr(system, name, None)
    if get is None:
        return ""
    get.restype = ctypes.c_void_p
    get.argtypes = [ctypes.c_int if isinstance(what, int) else ctypes.c_char_p, ctypes.c_int]
    ctypes.set_errno(0)
    found = get(what if isinstance(what, int) else what.encode(), _EXTENDED)
    if not found:
        error = ctypes.get_errno()
        if error not in (0, errno.ENOENT, errno.ENOTSUP, errno.EOPNOTSUPP):
            raise OSError(error, "its access control list can't be read")
        return ""
    return _printed(system, found)


def _printed(system: ctypes.CDLL, found: int) -> str:
    system.acl_to_text.restype = ctypes.c_void_p
    system.acl_to_text.argtypes = [ctypes.c_void_p, ctypes.c_void_p]
    system.acl_free.argtypes = [ctypes.c_void_p]
    printed = system.acl_to_text(found, None)
    try:
        return ctypes.string_at(printed).decode("utf-8", "replace") if printed else ""
    finally:
        system.acl_free(printed)
        system.acl_free(found)


_IGNORES_OWNERS = 0x00200000  # MNT_IGNORE_OWNERSHIP, sys/mount.h


class _Statfs(ctypes.Structure):
    """struct statfs with 64-bit inodes, sys/mount.h: statfs(2)."""

    _fields_ = (
        ("before", ctypes.c_char * 64),  # sizes, counts, fsid, owner, type
        ("flags", ctypes.c_uint32),
        ("subtype", ctypes.c_uint32),
        ("kind", ctypes.c_char * 16),
        ("names", ctypes.c_char * 2048),  # where it is mounted, and what
        ("after", ctypes.c_uint32 * 8),
    )


def kind(what: str | int) -> tuple[str, bool]:
    """Return what kind of filesystem a path or a descriptor is on, and whether owners count there.

    Raises OSError.
    """
    system = ctypes.CDLL(None, use_errno=True)
    name = "fstatfs" if isinstance(what, int) else "statfs"
    # Where the plain name is an older call with another structure: Intel.
    call = getattr(system, f"{name}$INODE64", None) or getattr(system, name)
    call.argtypes = [ctypes.c_int if isinstance(what, int) else ctypes.c_char_p, ctypes.c_void_p]
    found = _Statfs()
    if call(what if isinstance(what, int) else what.encode(), ctypes.byref(found)):
        raise OSError(ctypes.get_errno(), "its filesystem can't be asked for")
    return found.kind.decode("ascii", "replace"), not found.flags & _IGNORES_OWNERS
