"""Who could have written a file, where an owner and a list of permissions (DACL) say so: Windows.

A security descriptor is judged as text, in Microsoft's Security Descriptor Definition Language.
"""

from __future__ import annotations

import os
import re

from spip.printable import in_ascii
from spip.stores.ownership import descriptors as security
from spip.stores.source import PassedOver

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
_LIST = re.compile(r"D:([A-Z_]*)((?:\([^()]*(?:\([^()]*\)[^()]*)*\))*)")
_ENTRY = re.compile(r"\(([A-Z]+);([A-Z]*);([^;]*);[^;]*;[^;]*;([^;)]+)")


class WindowsWalk:
    """The walk where a security descriptor says who may write."""

    def __init__(self, rule: str) -> None:
        self._holders = ADMINS if rule == "admin" else ADMINS | {security.user()}
        self._strict = rule == "admin"
        self._judged: set[str] = set()

    def to(self, path: str) -> tuple[str, os.stat_result]:
        """Judge every folder on the way to `path`; return where it ends, unjudged."""
        if not os.path.isabs(path):
            raise PassedOver("is not an absolute path")
        real = os.path.realpath(path)
        if self._strict and security.is_remote(real):
            raise PassedOver("lies on another machine")
        seen = os.stat(real)
        for way in (os.path.abspath(path), real):
            self._parents(way)
        return real, seen

    def judge(self, descriptor: int, seen: os.stat_result) -> None:
        """Judge the open file itself."""
        del seen
        if reason := against(security.of_open(descriptor), self._holders, folder=False):
            raise PassedOver(reason)

    def folder(self, path: str) -> str:
        """Judge a folder and all above it; return it without links. Raises PassedOver, OSError."""
        real = os.path.realpath(path)
        self._parents(os.path.join(real, ""))
        return real

    def _parents(self, path: str) -> None:
        above = os.path.dirname(path)
        while above not in self._judged and above != path:
            if reason := against(security.of_path(above), self._holders, folder=True):
                raise PassedOver(f"lies in {in_ascii(above)}, which {reason}")
            self._judged.add(above)
            path, above = above, os.path.dirname(above)


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
    for kind, flags, rights, trustee in _ENTRY.findall(listed[2]):
        # Allowed (also by a condition), and not merely handed down to what is created later.
        grants = kind in ("A", "OA", "XA", "ZA") and "IO" not in re.findall("..", flags)
        if grants and _mask(rights) & dangerous and trustee not in holders | _OWNER_ITSELF:
            return f"is writable by {in_ascii(trustee)}"
    return ""


def _mask(rights: str) -> int:
    """Return the bits of "0x1200a9" or "FRFX"; a right that has no name here counts as all."""
    if rights[:2].lower() == "0x":
        return int(rights, 16)
    mask = 0
    for letters in re.findall("..?", rights):
        mask |= _LETTERS.get(letters, -1)
    return mask
