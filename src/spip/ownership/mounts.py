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
# Whose mode bits are the kernel's own, and which nobody serves from elsewhere. Not overlay: what
# lies below it may be written beside it.
_KEPT_HERE = frozenset(
    {
        "bcachefs",
        "btrfs",
        "erofs",
        "ext2",
        "ext3",
        "ext4",
        "f2fs",
        "squashfs",
        "tmpfs",
        "xfs",
        "zfs",
    }
)


def careless(what: str | int, device: int) -> str:
    """Return the kind of the filesystem of `what` if it doesn't enforce ownership, else "".

    `what` is a path or a descriptor, `device` its st_dev. On a system other than Linux and macOS
    nothing is known against it. Raises OSError.
    """
    try:
        lines = _mounts()
    except OSError:
        return _careless_of_macos(what) if os.uname().sysname == "Darwin" else ""
    kind = _mount(lines, device, what)[1]
    return kind if _invents(kind) else ""


def is_sealed(what: str | int, device: int) -> bool:
    """Tell whether nobody can write `what`, whatever its mode bits say.

    Its mount is read-only, its filesystem keeps who owns what, and none of the mounts that are
    visible here makes the same filesystem writable. `device`: its st_dev. Raises OSError.
    """
    if not is_read_only(what):
        return False
    try:
        lines = _mounts()
    except OSError:
        return False
    number, kind = _mount(lines, device, what)
    return kind in _KEPT_HERE and not any(_is_writable(line, number) for line in lines)


def is_read_only(what: str | int) -> bool:
    """Tell whether the mount that leads to a path or a descriptor is read-only. Raises OSError."""
    return bool(os.statvfs(what).f_flag & os.ST_RDONLY)


def _is_writable(line: str, number: str) -> bool:
    before, _, after = line.partition(" - ")
    fields, of_filesystem = before.split(" "), after.split(" ")
    if len(fields) < 6 or len(of_filesystem) < 3 or fields[2] != number:
        return False
    return "ro" not in fields[5].split(",") and "ro" not in of_filesystem[2].split(",")


def _mounts() -> list[str]:
    with open(MOUNTS, encoding="utf-8", errors="surrogateescape") as file:
        return file.read().splitlines()


def _careless_of_macos(what: str | int) -> str:
    from spip.ownership import macos

    kind, counts = macos.kind(what)
    return kind if not counts or _invents(kind) else ""


def _invents(kind: str) -> bool:
    return kind in CARELESS or kind.startswith(("fuse", "macfuse", "osxfuse"))


def _mount(lines: list[str], device: int, what: str | int) -> tuple[str, str]:
    """Return the filesystem's number and kind; proc(5): "36 35 98:0 /root /mnt ... - ext3 ..."."""
    number = f"{os.major(device)}:{os.minor(device)}"
    nearest, found = "", ("", "")
    for line in lines:
        before, _, after = line.partition(" - ")
        fields = before.split(" ")
        if len(fields) < 5 or not after:
            continue
        kind = after.split(" ", 1)[0]
        if fields[2] == number:
            return number, kind
        # btrfs gives its subvolumes numbers that no mount has: there the path decides.
        point = _unescaped(fields[4])
        if len(point) >= len(nearest) and _lies_in(what, point):
            nearest, found = point, (fields[2], kind)
    return found


def _lies_in(what: str | int, point: str) -> bool:
    path = os.readlink(f"/proc/self/fd/{what}") if isinstance(what, int) else what
    return (path.rstrip("/") + "/").startswith(point.rstrip("/") + "/")


def _unescaped(point: str) -> str:
    return point.replace("\\040", " ").replace("\\011", "\t").replace("\\134", "\\")
