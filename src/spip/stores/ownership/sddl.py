"""What a security descriptor says about who may write, in Microsoft's text form of it (SDDL)."""

from __future__ import annotations

import re

from spip.text import in_ascii

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

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
