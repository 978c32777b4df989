"""Windows' own answers about who owns what: security descriptors as text, by documented calls."""

from __future__ import annotations

import ctypes
import functools
import re

from spip.text import in_ascii

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

_FILE = 1  # SE_FILE_OBJECT
_OWNER_AND_DACL = 0x1 | 0x4
_TOKEN_QUERY, _TOKEN_USER = 0x8, 1
_REMOTE = 4  # DRIVE_REMOTE
_EXISTS = 183  # ERROR_ALREADY_EXISTS
# CreateFileW: READ_CONTROL, shared with everyone, what exists; a folder too, and a link itself.
_READ_CONTROL, _SHARED, _EXISTING = 0x20000, 0x1 | 0x2 | 0x4, 3
_FOLDERS_TOO, _LINK_ITSELF = 0x02000000, 0x00200000
_INVALID = ctypes.c_void_p(-1).value  # INVALID_HANDLE_VALUE


def of_path(path: str) -> str:
    """Return owner and DACL of a file or folder, in SDDL. Raises OSError."""
    found = ctypes.c_void_p()
    call = library("advapi32").GetNamedSecurityInfoW
    name = ctypes.c_wchar_p(path)
    _check(call(name, _FILE, _OWNER_AND_DACL, None, None, None, None, ctypes.byref(found)))
    return _text(found)


def of_link(path: str) -> str:
    """Return owner and DACL of a link or junction, not of what it leads to. Raises OSError."""
    kernel = library("kernel32")
    kernel.CreateFileW.restype = ctypes.c_void_p
    flags = _FOLDERS_TOO | _LINK_ITSELF
    name = ctypes.c_wchar_p(path)
    handle = kernel.CreateFileW(name, _READ_CONTROL, _SHARED, None, _EXISTING, flags, None)
    _must(handle != _INVALID)
    try:
        return _of_handle(ctypes.c_void_p(handle))
    finally:
        kernel.CloseHandle(ctypes.c_void_p(handle))


def of_open(descriptor: int) -> str:
    """Return owner and DACL of an open file, in SDDL. Raises OSError."""
    import msvcrt

    return _of_handle(ctypes.c_void_p(getattr(msvcrt, "get_osfhandle")(descriptor)))  # noqa: B009  # typed on Windows only


def _of_handle(handle: ctypes.c_void_p) -> str:
    found = ctypes.c_void_p()
    call = library("advapi32").GetSecurityInfo
    _check(call(handle, _FILE, _OWNER_AND_DACL, None, None, None, None, ctypes.byref(found)))
    return _text(found)


@functools.cache
def user() -> str:
    """Return the user of this process, as SDDL spells it ("LA" for a built-in account)."""
    token = ctypes.c_void_p()
    process = ctypes.c_void_p(-1)  # GetCurrentProcess
    _must(library("advapi32").OpenProcessToken(process, _TOKEN_QUERY, ctypes.byref(token)))
    try:
        buffer = ctypes.create_string_buffer(256)  # a SID has at most 68 bytes
        size = ctypes.c_uint32()
        call = library("advapi32").GetTokenInformation
        _must(call(token, _TOKEN_USER, buffer, len(buffer), ctypes.byref(size)))
        sid = ctypes.cast(buffer, ctypes.POINTER(ctypes.c_void_p))[0]
        return _spelt(ctypes.c_void_p(sid))
    finally:
        library("kernel32").CloseHandle(token)


def is_remote(path: str) -> bool:
    """Tell whether a path lies on another machine, where its owners mean nothing here."""
    import os

    drive = os.path.splitdrive(path)[0]
    kind = library("kernel32").GetDriveTypeW(ctypes.c_wchar_p(drive + "\\"))
    return drive.startswith("\\\\") or kind == _REMOTE


def make_folder(path: str, sddl: str) -> None:
    """Make a folder with these permissions, unless it exists. Raises OSError."""
    descriptor = _descriptor(sddl)
    attributes = _Attributes(ctypes.sizeof(_Attributes), descriptor, 0)
    made = library("kernel32").CreateDirectoryW(path, ctypes.byref(attributes))
    error = getattr(ctypes, "get_last_error")()  # noqa: B009  # exists on Windows only
    library("kernel32").LocalFree(descriptor)
    if not made and error != _EXISTS:
        raise OSError(error, "can't be made")


class _Attributes(ctypes.Structure):
    """SECURITY_ATTRIBUTES."""

    _fields_ = (
        ("size", ctypes.c_uint32),
        ("descriptor", ctypes.c_void_p),
        ("inherit", ctypes.c_int),
    )


def _descriptor(sddl: str) -> ctypes.c_void_p:
    found = ctypes.c_void_p()
    call = library("advapi32").ConvertStringSecurityDescriptorToSecurityDescriptorW
    _must(call(ctypes.c_wchar_p(sddl), 1, ctypes.byref(found), None))
    return found


def _spelt(sid: ctypes.c_void_p) -> str:
    """Return a SID as a descriptor would show it: by way of a descriptor that it owns."""
    text = ctypes.c_wchar_p()
    _must(library("advapi32").ConvertSidToStringSidW(sid, ctypes.byref(text)))
    found = _descriptor(f"O:{text.value}")
    library("kernel32").LocalFree(text)
    return _text(found).removeprefix("O:")


def _text(descriptor: ctypes.c_void_p) -> str:
    text = ctypes.c_wchar_p()
    call = library("advapi32").ConvertSecurityDescriptorToStringSecurityDescriptorW
    try:
        _must(call(descriptor, 1, _OWNER_AND_DACL, ctypes.byref(text), None))
        return text.value or ""
    finally:
        library("kernel32").LocalFree(text)
        library("kernel32").LocalFree(descriptor)


@functools.cache
def library(name: str) -> Any:
    """Return a library of Windows, by its name without ".dll"."""
    return getattr(ctypes, "WinDLL")(name, use_last_error=True)  # noqa: B009  # exists on Windows only


def _check(code: int) -> None:
    if code:
        raise OSError(code, "its security descriptor can't be read")


def _must(done: int) -> None:
    if not done:
        raise OSError("its security descriptor can't be read")


# Administrators, the system itself, and TrustedInstaller, by the names of SDDL and by number.
ADMINS = frozenset({"BA", "SY", "S-1-5-80-956008885-3418522649-1831038044-1853292631-2271478464"})
# "Owner rights" and "creator owner" mean the owner, who is judged for himself.
_OWNER_ITSELF = frozenset({"OW", "CO", "S-1-3-4", "S-1-3-0"})
# winnt.h: what changes a file, or who may change it ...
_DELETE, _WRITE_DAC, _WRITE_OWNER, _ALL, _WRITE = 0x10000, 0x40000, 0x80000, 1 << 28, 1 << 30
_DELETE_CHILD = 0x40
_TAKES_OVER = _DELETE | _WRITE_DAC | _WRITE_OWNER | _ALL | _DELETE_CHILD
_CHANGES = _TAKES_OVER | _WRITE | 0x2 | 0x4 | 0x10  # write, append, extended attributes
# ... and the letters that SDDL has for such rights.
_LETTERS = {
    "CC": 0x1,
    "DC": 0x2,
    "LC": 0x4,
    "SW": 0x8,
    "RP": 0x10,
    "WP": 0x20,
    "DT": 0x40,
    "LO": 0x80,
    "CR": 0x100,
    "SD": _DELETE,
    "RC": 0x20000,
    "WD": _WRITE_DAC,
    "WO": _WRITE_OWNER,
    "GA": _ALL,
    "GW": _WRITE,
    "GX": 1 << 29,
    "GR": 1 << 31,
    "FA": 0x1F01FF,
    "FR": 0x120089,
    "FW": 0x120116,
    "FX": 0x1200A0,
}
_OWNER = re.compile(r"O:(.+?)(?=G:|D:|S:|$)")
_LIST = re.compile(r"D:([A-Z_]*)(.*)", re.DOTALL)
# "Denied", also by a condition or for a kind of object. Any other kind of entry may grant.
_DENIES = ("D", "OD", "XD")


def against(sddl: str, holders: frozenset[str], *, folder: bool) -> str:
    """Return what speaks against relying on a file or a folder with this descriptor, else "".

    To add a file to a folder changes none of those in it, as each is judged for itself.
    """
    owner = _OWNER.search(sddl)
    if owner is None or owner[1] not in holders:
        return f"belongs to {in_ascii(owner[1]) if owner else 'nobody'}"
    listed = _LIST.search(sddl)
    if listed is None or "NO_ACCESS_CONTROL" in listed[1]:
        return "is writable by everyone"
    dangerous = _TAKES_OVER if folder else _CHANGES
    try:
        granted = [trustee for rights, trustee in _grants(listed[2]) if _mask(rights) & dangerous]
    except ValueError:
        return "has permissions that can't be read"
    strangers = [trustee for trustee in granted if trustee not in holders | _OWNER_ITSELF]
    return f"is writable by {in_ascii(strangers[0])}" if strangers else ""


def _grants(listed: str) -> Iterator[tuple[str, str]]:
    """Yield (rights, trustee) of each entry that may grant. Raises ValueError."""
    for entry in _entries(listed):
        kind, flags, rights, _, _, trustee, *_ = entry.split(";")
        # Allowed (also by a condition), and not merely handed down to what is created later.
        if kind not in _DENIES and "IO" not in re.findall("..", flags):
            yield rights, trustee


def _entries(listed: str) -> Iterator[str]:
    """Yield what stands in each pair of outer brackets. Raises ValueError if that isn't all of it.

    A condition has brackets of its own, in any depth, and texts in quotes.
    """
    depth, quoted, begun = 0, False, 0
    for at, character in enumerate(listed):
        quoted ^= character == '"'
        if quoted or (depth and character not in "()"):
            continue
        if not depth and character != "(":
            raise ValueError("text between the entries")
        depth += 1 if character == "(" else -1
        if depth == 1 and character == "(":
            begun = at + 1
        elif not depth:
            yield listed[begun:at]
    if depth or quoted:
        raise ValueError("an entry without an end")


def _mask(rights: str) -> int:
    """Return the bits of "0x1200a9" or "FRFX"; a right that has no name here counts as all."""
    if rights[:2].lower() == "0x":
        return int(rights, 16)
    mask = 0
    for letters in re.findall("..?", rights):
        mask |= _LETTERS.get(letters, -1)
    return mask
