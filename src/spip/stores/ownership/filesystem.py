"""Whether the filesystem that a file lies on keeps who owns what."""

from __future__ import annotations

import os

# Owner and mode there are invented by the mount, or by whoever serves it.
CARELESS = frozenset(
    {
        "9p",  # WSL's drvfs, and folders shared with a virtual machine
        "cifs",
        "drvfs",
        "exfat",
        "fakeowner",  # Docker Desktop
        "hgfs",
        "msdos",
        "ncpfs",
        "ntfs",
        "ntfs3",
        "prl_fs",
        "smb3",
        "smbfs",
        "vboxsf",
        "vfat",
        "vmhgfs",
    }
)
MOUNTS = "/proc/self/mountinfo"


def careless(what: str | int, device: int) -> str:
    """Return the kind of the filesystem of `what` if it doesn't enforce ownership, else "".

    `what` is a path or a descriptor, `device` its st_dev. On a system other than Linux and macOS
    nothing is known against it. Raises OSError.
    """
    try:
        with open(MOUNTS, encoding="utf-8", errors="surrogateescape") as file:
            lines = file.read().splitlines()
    except OSError:
        return _careless_of_macos(what) if os.uname().sysname == "Darwin" else ""
    kind = _kind(lines, device, what)
    return kind if _invents(kind) else ""


def _careless_of_macos(what: str | int) -> str:
    from spip.stores.ownership import filesystem_macos

    kind, counts = filesystem_macos.kind(what)
    return kind if not counts or _invents(kind) else ""


def _invents(kind: str) -> bool:
    return kind in CARELESS or kind.startswith(("fuse", "macfuse", "osxfuse"))


def _kind(lines: list[str], device: int, what: str | int) -> str:
    """Return the filesystem's kind, as proc(5) tells it: "36 35 98:0 /root /mnt ... - ext3 ..."."""
    number = f"{os.major(device)}:{os.minor(device)}"
    nearest, kind = "", ""
    for line in lines:
        before, _, after = line.partition(" - ")
        fields = before.split(" ")
        if len(fields) < 5 or not after:
            continue
        if fields[2] == number:
            return after.split(" ", 1)[0]
        # btrfs gives its subvolumes numbers that no mount has: there the path decides.
        point = _unescaped(fields[4])
        if len(point) >= len(nearest) and _lies_in(what, point):
            nearest, kind = point, after.split(" ", 1)[0]
    return kind


def _lies_in(what: str | int, point: str) -> bool:
    path = os.readlink(f"/proc/self/fd/{what}") if isinstance(what, int) else what
    return (path.rstrip("/") + "/").startswith(point.rstrip("/") + "/")


def _unescaped(point: str) -> str:
    return point.replace("\\040", " ").replace("\\011", "\t").replace("\\134", "\\")
