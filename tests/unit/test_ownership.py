"""Who could have written a file: each condition has a test that fails without it."""

from __future__ import annotations

import contextlib
import ctypes
import errno
import os
import stat
import struct
import sys
import tempfile
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from spip import ownership
from spip.ownership import acl, checked_file, macos, posix, principals
from spip.ownership import mounts as filesystem
from spip.ownership.posix import PosixWalk
from spip.ownership.principals import Holders, is_admins
from spip.sources import SourceRejected
from support.lacking import lacking
from support.lasting import lasting_folder

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows has permissions of its own")
CACHE = Path(__file__).parent.parent.parent / ".cache"
NOBODY = 65534
ME = os.geteuid() if hasattr(os, "geteuid") else -1
# As the administrator's files are judged, but with this user in root's place: tests aren't root.
ADMIN = Holders(frozenset({0, ME}), lambda group: group == 0, strict=True)
USER = Holders(frozenset({0, ME}), lambda group: group == 0, strict=False)


@pytest.fixture
def place() -> Iterator[Path]:
    """Make a folder that only this user and root can reach into, unlike one below /tmp."""
    for parent in (CACHE, lasting_folder()):
        with contextlib.suppress(SourceRejected, OSError):
            parent.mkdir(exist_ok=True)
            PosixWalk(ADMIN).folder(str(parent))
            break
    else:
        lacking("checkout and home lie where others can write", installable=False)
    with tempfile.TemporaryDirectory(dir=parent, prefix=".spip-test-") as folder:
        yield Path(folder)


@pytest.fixture
def file(place: Path) -> Path:
    made = place / "folder" / "root.pem"
    made.parent.mkdir(mode=0o755)
    made.write_bytes(b"certificates")
    made.chmod(0o644)
    return made


def content(path: Path, who: Holders = ADMIN) -> bytes:
    return checked_file.content(str(path), PosixWalk(who))


def refused(path: Path, who: Holders = ADMIN) -> str:
    with pytest.raises(SourceRejected) as reason:
        content(path, who)
    return str(reason.value)


def give_away(path: Path, *, group: int = -1) -> None:
    if ME:
        lacking("only root can give a file away", installable=False)
    os.chown(path, NOBODY if group == -1 else -1, group)


@pytest.mark.parametrize("who", [ADMIN, USER])
def test_a_file_that_only_its_owner_can_write_is_read(file: Path, who: Holders) -> None:
    assert content(file, who) == b"certificates"


@pytest.mark.parametrize("who", [ADMIN, USER])
def test_a_strangers_file_is_refused(file: Path, who: Holders) -> None:
    give_away(file)
    assert refused(file, who).startswith("belongs to ")


@pytest.mark.parametrize("who", [ADMIN, USER])
def test_a_strangers_folder_is_refused(file: Path, who: Holders) -> None:
    give_away(file.parent)
    assert refused(file, who).startswith(f"lies in {file.parent}, which belongs to ")


@pytest.mark.parametrize("name", ["file", "folder"])
def test_by_the_admin_rule_a_users_file_is_refused(file: Path, name: str) -> None:
    """The same for who isn't root: the owner is what a descriptor says."""
    what = file if name == "file" else file.parent
    seen = os.stat(what)
    theirs = os.stat_result((*seen[:4], 4711, *seen[5:10]))
    walk = PosixWalk(principals.holders("admin"))
    descriptor = os.open(what, os.O_RDONLY)
    try:
        with pytest.raises(SourceRejected, match="belongs to user 4711"):
            walk.judge(descriptor, theirs)
    finally:
        os.close(descriptor)


@pytest.mark.parametrize("who", [ADMIN, USER])
@pytest.mark.parametrize("mode", [0o646, 0o666, 0o602])
def test_what_others_may_write_is_refused(file: Path, mode: int, who: Holders) -> None:
    file.chmod(mode)
    assert refused(file, who) == "is writable by others"


@pytest.mark.parametrize("who", [ADMIN, USER])
def test_a_folder_that_others_may_write_to_is_refused(file: Path, who: Holders) -> None:
    file.parent.chmod(0o757)
    assert refused(file, who) == f"lies in {file.parent}, which is writable by others"


@pytest.mark.parametrize("who", [ADMIN, USER])
def test_every_folder_above_counts(file: Path, who: Holders) -> None:
    file.parent.parent.chmod(0o777)
    assert refused(file, who) == f"lies in {file.parent.parent}, which is writable by others"


def test_a_folder_where_each_entry_is_its_owners_is_none_of_an_administrators(file: Path) -> None:
    file.parent.chmod(0o1777)
    assert content(file, USER) == b"certificates"
    assert refused(file, ADMIN) == f"lies in {file.parent}, which is writable by others"


def test_a_strangers_link_in_such_a_folder_is_refused(file: Path) -> None:
    file.parent.chmod(0o1777)
    link = file.parent / "link"
    link.symlink_to(file)
    assert content(link, USER) == b"certificates"
    if ME:
        lacking("only root can give a link away", installable=False)
    os.lchown(link, NOBODY, NOBODY)
    assert refused(link, USER).startswith(f"leads over {link}, which belongs to ")


@pytest.mark.parametrize("what", ["file", "folder"])
def test_a_group_may_write_only_if_it_is_the_administrators(file: Path, what: str) -> None:
    path = file if what == "file" else file.parent
    path.chmod(stat.S_IMODE(path.stat().st_mode) | 0o020)
    group = path.stat().st_gid
    theirs = Holders(ADMIN.users, lambda number: number == group, strict=True)
    others = Holders(ADMIN.users, lambda number: number != group, strict=True)
    assert content(file, theirs) == b"certificates"
    assert "is writable by " in refused(file, others)


def test_links_lead_to_what_is_judged(file: Path, place: Path) -> None:
    (place / "open").mkdir()
    (place / "open").chmod(0o777)
    inside = place / "open" / "root.pem"
    inside.write_bytes(b"certificates")
    (file.parent / "link").symlink_to("../open/../open/root.pem")
    (place / "short").symlink_to("folder")
    assert content(place / "short" / "root.pem") == b"certificates"
    assert refused(file.parent / "link").startswith(f"lies in {place}/open, which is writable")
    assert refused(place / "short" / "link").startswith(f"lies in {place}/open, which is writable")


def test_a_link_that_goes_in_circles_ends(file: Path) -> None:
    (file.parent / "one").symlink_to("two")
    (file.parent / "two").symlink_to("one")
    assert refused(file.parent / "one") == "is a link that leads nowhere"


@pytest.mark.parametrize("path", ["root.pem", "./root.pem", "~/root.pem", ""])
def test_a_relative_path_is_refused(path: str) -> None:
    with pytest.raises(SourceRejected, match="is not an absolute path"):
        checked_file.content(path, PosixWalk(USER))


def test_the_file_that_was_judged_is_the_file_that_is_read(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = file.parent / "other"
    other.write_bytes(b"forged")
    opened = os.open

    def exchange(path: str, flags: int) -> int:
        os.replace(other, path)
        return opened(path, flags)

    with monkeypatch.context() as patch:
        patch.setattr(os, "open", exchange)
        assert refused(file) == "was replaced while it was looked at"


def test_what_is_read_is_judged_by_its_descriptor(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = os.open

    def loosen(path: str, flags: int) -> int:
        file.chmod(0o666)
        return opened(path, flags)

    with monkeypatch.context() as patch:
        patch.setattr(os, "open", loosen)
        assert refused(file) == "is writable by others"


def access_list(*entries: tuple[int, int, int]) -> bytes:
    """Encode what Linux keeps in an extended attribute: tag, permissions, number."""
    return struct.pack("<I", 2) + b"".join(struct.pack("<HHI", *entry) for entry in entries)


def with_writer(tag: int, number: int) -> bytes:
    none = 0xFFFFFFFF
    return access_list(
        (0x01, 7, none), *sorted([(tag, 7, number), (0x04, 5, none)]), (0x10, 7, none),
        (0x20, 5, none),
    )  # fmt: skip


@pytest.mark.parametrize("tag", [0x02, 0x08], ids=["user", "group"])
@pytest.mark.parametrize("what", ["file", "folder"])
def test_an_access_control_list_that_lets_others_write_is_refused(
    file: Path, what: str, tag: int
) -> None:
    path = file if what == "file" else file.parent
    try:
        os.setxattr(path, "system.posix_acl_access", with_writer(tag, 4711))
    except (OSError, AttributeError):
        lacking("the filesystem of this checkout has no access control lists", installable=False)
    group = path.stat().st_gid
    who = Holders(ADMIN.users, lambda number: number == group, strict=True)
    assert "by its access control list" in refused(file, who)
    os.setxattr(path, "system.posix_acl_access", with_writer(tag, ME if tag == 2 else group))
    assert content(file, who) == b"certificates"


def test_a_mask_takes_back_what_an_entry_grants() -> None:
    listed = access_list((0x02, 7, 4711), (0x08, 2, 12), (0x10, 5, 0))
    assert list(acl.posix(listed)) == []
    assert list(acl.posix(listed.replace(b"\x10\0\5", b"\x10\0\7"))) == [
        ("user", 4711),
        ("group", 12),
    ]


@pytest.mark.parametrize("value", [b"", b"\x02", b"\x01\0\0\0", b"\x02\0\0\0\0"])
def test_a_garbled_access_control_list_is_no_permission(value: bytes) -> None:
    with pytest.raises(OSError, match="unknown form"):
        list(acl.posix(value))


def test_the_access_control_list_of_macos_is_read() -> None:
    """Printed by acl_to_text(3) for `chmod +a`."""
    printed = (
        "!#acl 1\n"
        "user:FFFFEEEE-DDDD-CCCC-BBBB-AAAA000001F5:ann:501:allow,file_inherit:read,write,append\n"
        "group:ABCDEFAB-CDEF-ABCD-EFAB-CDEF0000000C:everyone:12:deny:delete\n"
        "group:ABCDEFAB-CDEF-ABCD-EFAB-CDEF00000014:staff:20:allow:read,execute\n"
        "user:01234567-89AB-CDEF-0123-456789ABCDEF:::allow:chown\n"
    )
    assert list(acl.macos(printed)) == [("user", 501), ("user", -1)]


class MacOs:
    """The calls of macOS that tell of a file's list and filesystem, as a library has them."""

    def __init__(self, error: int = 0, flags: int = 0, kind: bytes = b"apfs") -> None:
        def acl_get_fd_np(_: int, __: int) -> None:
            ctypes.set_errno(error)

        def statfs(_: bytes, place: Any) -> int:
            place._obj.flags, place._obj.kind = flags, kind
            ctypes.set_errno(error)
            return -1 if error else 0

        self.acl_get_fd_np = acl_get_fd_np
        self.statfs = statfs


@pytest.mark.parametrize("error", [errno.ENOENT, errno.ENOTSUP])
def test_a_file_without_a_list_has_an_empty_one(
    error: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ctypes, "CDLL", lambda *_, **__: MacOs(error))
    assert macos.text(0) == ""


def test_a_list_that_can_not_be_read_is_no_permission(monkeypatch: pytest.MonkeyPatch) -> None:
    """It was taken for none."""
    monkeypatch.setattr(ctypes, "CDLL", lambda *_, **__: MacOs(errno.EACCES))
    with pytest.raises(OSError, match="access control list can't be read"):
        macos.text(0)


@pytest.mark.parametrize(
    ("flags", "kind", "found"),
    [
        (0x00001000, b"apfs", ""),
        (0x00201000, b"apfs", "apfs"),  # "Ignore ownership on this volume"
        (0, b"exfat", "exfat"),
        (0, b"macfuse", "macfuse"),
    ],
)
def test_macos_tells_of_a_volume_whose_owners_count_for_nothing(
    flags: int, kind: bytes, found: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(filesystem, "MOUNTS", "/does/not/exist")
    monkeypatch.setattr(os, "uname", lambda: SimpleNamespace(sysname="Darwin"))
    assert ctypes.sizeof(macos._Statfs) == 2168
    with monkeypatch.context() as patched:
        patched.setattr(ctypes, "CDLL", lambda *_, **__: MacOs(0, flags, kind))
        assert filesystem.careless("/Volumes/x", 1) == found
        patched.setattr(ctypes, "CDLL", lambda *_, **__: MacOs(errno.EIO))
        with pytest.raises(OSError, match="filesystem can't be asked for"):
            filesystem.careless("/Volumes/x", 1)


@pytest.mark.skipif(sys.platform != "darwin", reason="asks macOS")
def test_this_machine_keeps_owners() -> None:
    assert macos.kind("/etc") == ("apfs", True)


MOUNTS = """\
21 1 {major}:{minor} / / rw,relatime shared:1 - {kind} /dev/vda rw
22 21 0:999 / /mnt/c rw,noatime - 9p C:\\134 rw,dirsync,aname=drvfs
23 21 0:5 / /mnt/a\\040b rw - vfat /dev/sdb1 rw
garbage
"""


@pytest.mark.parametrize(
    ("kind", "kept"),
    [
        ("ext4", True),
        ("tmpfs", True),
        ("overlay", True),
        ("9p", False),
        ("cifs", False),
        ("smb3", False),
        ("vfat", False),
        ("exfat", False),
        ("ntfs3", False),
        ("fuseblk", False),
        ("fuse.sshfs", False),
    ],
)
def test_where_owners_are_not_kept_nothing_is_an_administrators(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, kind: str, kept: bool
) -> None:
    device = file.stat().st_dev
    mounts = tmp_path / "mountinfo"
    mounts.write_text(
        MOUNTS.format(kind=kind, major=os.major(device), minor=os.minor(device)), "utf-8"
    )
    monkeypatch.setattr(filesystem, "MOUNTS", str(mounts))
    assert content(file, USER) == b"certificates"
    if kept:
        assert content(file, ADMIN) == b"certificates"
    else:
        assert f"on a filesystem ({kind}) that doesn't keep who owns what" in refused(file)
        file.chmod(0o666)  # as all of Windows' files look from WSL
        assert f"by others, as all is on its filesystem ({kind})" in refused(file, USER)


@pytest.mark.parametrize(
    ("path", "kind"), [("/mnt/c/x", "9p"), ("/mnt/a b/x", "vfat"), ("/mnt/cx", "")]
)
def test_a_device_that_no_mount_has_is_found_by_its_path(
    path: str, kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The numbers of btrfs subvolumes stand in no list of mounts."""
    (tmp_path / "mounts").write_text(MOUNTS.format(kind="btrfs", major=0, minor=1), "utf-8")
    monkeypatch.setattr(filesystem, "MOUNTS", str(tmp_path / "mounts"))
    assert filesystem.careless(path, os.makedev(0, 77)) == kind


def test_without_a_list_of_mounts_nothing_is_known_against_a_filesystem(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(filesystem, "MOUNTS", "/does/not/exist")
    monkeypatch.setattr(os, "uname", lambda: SimpleNamespace(sysname="FreeBSD"))
    assert filesystem.careless("/x", 1) == ""


def test_what_the_machines_own_administrator_wrote_is_read() -> None:
    assert checked_file.content("/etc/passwd", ownership.walk("admin"))


def test_the_admin_rule_is_root_and_its_groups() -> None:
    rule = principals.holders("admin")
    assert (set(rule.users), rule.strict, rule.group(0)) == ({0}, True, True)
    assert not rule.group(NOBODY)
    assert not is_admins(2**31 - 7)


def test_the_user_rule_adds_the_user_and_a_group_of_one(monkeypatch: pytest.MonkeyPatch) -> None:
    rule = principals.holders("user")
    assert (set(rule.users), rule.strict) == ({0, ME}, False)
    monkeypatch.setattr(principals, "private_group", lambda _: 4711)
    assert rule.group(4711)
    assert not rule.group(4712)


@pytest.mark.parametrize(
    ("name", "members", "private"),
    [("ann", [], True), ("ann", ["ann"], True), ("ann", ["bob"], False), ("users", [], False)],
)
def test_only_a_group_of_the_users_name_and_nobody_else_is_private(
    monkeypatch: pytest.MonkeyPatch, *, name: str, members: list[str], private: bool
) -> None:
    import grp
    import pwd

    account = pwd.struct_passwd(("ann", "x", 1001, 1002, "", "/home/ann", "/bin/sh"))
    group = grp.struct_group((name, "x", 1002, members))
    monkeypatch.setattr(pwd, "getpwuid", lambda _: account)
    monkeypatch.setattr(grp, "getgrgid", lambda _: group)
    principals.private_group.cache_clear()
    assert principals.private_group(1001) == (1002 if private else -1)
    principals.private_group.cache_clear()


@pytest.mark.parametrize(
    ("system", "name", "admins"),
    [
        ("Linux", "staff", True),
        ("Darwin", "staff", False),
        ("Darwin", "admin", True),
        ("Linux", "wheel", True),
        ("Linux", "users", False),
    ],
)
def test_staff_is_everybody_on_macos(
    monkeypatch: pytest.MonkeyPatch, *, system: str, name: str, admins: bool
) -> None:
    import grp

    group = grp.struct_group((name, "x", 50, []))
    monkeypatch.setattr(grp, "getgrgid", lambda _: group)
    uname = os.uname()
    monkeypatch.setattr(os, "uname", lambda: os.uname_result((system, *uname[1:])))
    is_admins.cache_clear()
    assert is_admins(50) is admins
    is_admins.cache_clear()


def _mkfifo(path: Path) -> None:
    os.mkfifo(path)  # not named where the module is read: Windows has none


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (str, "does not exist"),
        (Path.touch, "is empty"),
        (os.mkdir, "is a folder, not a file"),
        (_mkfifo, "is neither a file nor a folder"),
        (lambda path: path.symlink_to("/dev/zero"), "is neither a file nor a folder"),
        (lambda path: path.symlink_to("/dev/tty"), "is neither a file nor a folder"),
        (lambda path: os.truncate(path, 100 << 20), "is larger than 32 MB"),
    ],
    ids=["missing", "empty", "folder", "FIFO", "device", "terminal", "100 MB"],
)
@pytest.mark.parametrize("who", [USER, None])
def test_what_is_no_plain_file_of_reasonable_size_is_refused_at_once(
    place: Path, make: object, words: str, who: Holders | None
) -> None:
    path = place / "odd"
    if words.startswith("is larger"):
        path.touch()
    assert callable(make)
    make(path)
    with pytest.raises(SourceRejected, match=words):
        checked_file.content(str(path), PosixWalk(who) if who else None)


def test_a_file_that_grows_while_it_is_read_stays_within_the_limit(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "read", lambda *_: b"x" * 1000)
    with pytest.raises(SourceRejected, match="is larger than 0 MB"):
        checked_file.content(str(file), None, 100_000)


def test_an_unreadable_file_says_so(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: str, flags: int) -> int:
        del path, flags
        raise PermissionError(errno.EACCES, "Permission denied")

    with monkeypatch.context() as patch:
        patch.setattr(os, "open", refuse)
        assert refused(file) == "can't be read (Permission denied)"


def test_a_name_that_no_file_can_have_does_not_exist() -> None:
    with pytest.raises(SourceRejected, match="does not exist"):
        checked_file.content("/tmp/nul\0", PosixWalk(USER))


# --- folders where anyone may create entries, and lists that can't be read


def as_a_strangers(monkeypatch: pytest.MonkeyPatch, theirs: Path) -> None:
    """Have the system say that this one is somebody else's, whoever runs the tests."""
    look = os.lstat

    def lstat(path: str) -> os.stat_result:
        seen = look(path)
        return os.stat_result((*seen[:4], 4711, *seen[5:10])) if path == str(theirs) else seen

    monkeypatch.setattr(posix, "os", SimpleNamespace(**{**vars(os), "lstat": lstat}))


@pytest.mark.parametrize("mode", [0o1777, 0o1770, 0o775])
@pytest.mark.parametrize("way", ["link", "inner/../link", "inner/deep/../../link", "./link"])
@pytest.mark.parametrize("what", ["link", "file"])
def test_what_a_stranger_put_beside_others_is_refused_by_every_way(
    file: Path, monkeypatch: pytest.MonkeyPatch, mode: int, way: str, what: str
) -> None:
    """After a `..` the folder is judged again: a name in it is as anyone may have made it."""
    shared = file.parent
    (shared / "inner" / "deep").mkdir(parents=True)
    link = shared / "link"
    link.symlink_to("root.pem") if what == "link" else link.write_bytes(b"certificates")
    (shared / "inner").chmod(0o755)
    shared.chmod(mode)
    anyone = Holders(USER.users, lambda _: True, strict=False)
    walk = PosixWalk(anyone)
    assert walk.to(os.path.join(shared, way))[0] == str(file if what == "link" else link)
    as_a_strangers(monkeypatch, link)
    with pytest.raises(SourceRejected) as reason:
        PosixWalk(anyone).to(os.path.join(shared, way))
    assert str(reason.value) == f"leads over {link}, which belongs to user 4711"


def test_a_strangers_link_in_a_folder_of_its_owner_alone_is_the_owners_doing(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody else could have put it there; what it leads to is judged all the same."""
    link = file.parent / "link"
    link.symlink_to("root.pem")
    as_a_strangers(monkeypatch, link)
    assert PosixWalk(USER).to(str(link))[0] == str(file)


def test_a_link_that_begins_at_the_root_is_in_nobodys_folder_any_more(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shared = file.parent / "shared"
    shared.mkdir()
    shared.chmod(0o1777)
    (shared / "link").symlink_to(file)
    as_a_strangers(monkeypatch, Path("/" + str(file).split("/")[1]))
    with pytest.raises(SourceRejected, match=r"^lies in /"):  # not "leads over"
        PosixWalk(USER).to(str(shared / "link"))


@pytest.mark.skipif(not hasattr(os, "getxattr"), reason="asks for the list as Linux does")
@pytest.mark.parametrize("what", ["file", "folder"])
@pytest.mark.parametrize("error", [errno.EACCES, errno.EIO, errno.ERANGE, errno.EINVAL])
def test_an_access_control_list_that_can_not_be_read_is_no_permission_here(
    file: Path, monkeypatch: pytest.MonkeyPatch, what: str, error: int
) -> None:
    path = file if what == "file" else file.parent
    path.chmod(stat.S_IMODE(path.stat().st_mode) | 0o020)
    anyone = Holders(ADMIN.users, lambda _: True, strict=False)
    assert content(file, anyone) == b"certificates"

    def getxattr(*_: object) -> bytes:
        raise OSError(error, os.strerror(error))

    monkeypatch.setattr(os, "getxattr", getxattr)
    assert refused(file, anyone) == f"can't be read ({os.strerror(error)})"


@pytest.mark.skipif(not hasattr(os, "getxattr"), reason="asks for the list as Linux does")
@pytest.mark.parametrize("error", [errno.ENODATA, errno.ENOTSUP])
def test_a_file_without_an_access_control_list_has_its_mode(
    file: Path, monkeypatch: pytest.MonkeyPatch, error: int
) -> None:
    file.chmod(0o664)

    def getxattr(*_: object) -> bytes:
        raise OSError(error, os.strerror(error))

    monkeypatch.setattr(os, "getxattr", getxattr)
    assert content(file, Holders(ADMIN.users, lambda _: True, strict=False)) == b"certificates"
