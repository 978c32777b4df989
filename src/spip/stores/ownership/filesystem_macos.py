"""The filesystem of a file on macOS, which has no list of mounts to read."""

from __future__ import annotations

import ctypes

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
