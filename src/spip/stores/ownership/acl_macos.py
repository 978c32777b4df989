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
