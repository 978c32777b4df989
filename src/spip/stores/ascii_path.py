"""A place for the bundle whose name is ASCII, for programs on Windows that read no other path.

OpenSSL and curl open a file by the bytes that an environment variable holds, in the code page of
the machine; a user's name in another script is none of theirs. Elsewhere a path is bytes anyway.
"""

from __future__ import annotations

import ctypes
import os
import tempfile
import uuid

from spip import ownership
from spip.ownership import security_descriptors as security

# Where every user may make a folder; asked from the system (SHGetKnownFolderPath), as the
# environment may say anything. FOLDERID_ProgramData, knownfolders.h.
_SHARED = uuid.UUID("62AB5D82-FDC1-4DC3-A9DD-070D1D495D97")
_SHORT_ENOUGH = 1024


def folder(path: str) -> str:
    """Return an ASCII name of the folder `path`, made if it is missing, or else another place.

    Raises OSError.
    """
    if path.isascii():
        return path
    os.makedirs(path, mode=0o700, exist_ok=True)
    return short(path) or own()


def fresh(prefix: str) -> str:
    """Make a new folder that nobody can guess, with an ASCII name. Raises OSError, PassedOver."""
    made = tempfile.mkdtemp(prefix=prefix)
    if name := short(made):
        return name
    os.rmdir(made)
    place = own()
    ownership.walk("user").folder(place)
    return tempfile.mkdtemp(prefix=prefix, dir=place)


def short(path: str) -> str:
    """Return the ASCII name of a folder, its short one (8.3) if need be; "" if it has none."""
    if path.isascii():
        return path
    buffer = ctypes.create_unicode_buffer(_SHORT_ENOUGH)
    security.library("kernel32").GetShortPathNameW(path, buffer, _SHORT_ENOUGH)
    return buffer.value if buffer.value.isascii() else ""


def own() -> str:
    """Return this user's folder beside others'; its permissions name the user alone.

    Somebody else may have made it before: whoever uses it asks `ownership` first.
    """
    user = security.user()
    path = os.path.join(_shared(), f"spip-{user}")
    security.make_folder(path, f"O:{user}D:P(A;OICI;FA;;;{user})(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)")
    return path


def _shared() -> str:
    found = ctypes.c_wchar_p()
    asked = ctypes.create_string_buffer(_SHARED.bytes_le, 16)
    shell = security.library("shell32")
    if shell.SHGetKnownFolderPath(asked, 0, None, ctypes.byref(found)) or not found.value:
        raise OSError("Windows names no folder for the data of all users")
    path = found.value
    security.library("ole32").CoTaskMemFree(found)
    return path
