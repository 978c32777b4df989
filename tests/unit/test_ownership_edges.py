"""Who could have written a file, at the edges: of mounts, of links, of the fast look."""

from __future__ import annotations

import os
import stat
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from spip import paths, sources
from spip.ownership import acl, checked_file, namespaces, posix, windows
from spip.ownership import mounts as filesystem
from spip.ownership.principals import Holders
from spip.sources import SourceRejected

pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows has permissions of its own")
READ_ONLY, NO_SUID = getattr(os, "ST_RDONLY", 1), getattr(os, "ST_NOSUID", 2)
ME = os.geteuid() if hasattr(os, "geteuid") else -1


# --- filesystems


def test_which_filesystems_invent_owners_and_which_keep_them() -> None:
    invented = "9p cifs drvfs exfat fakeowner hgfs msdos ncpfs ntfs ntfs3 prl_fs smb3 smbfs"
    assert {*invented.split(), "vboxsf", "vfat", "vmhgfs"} == filesystem.CARELESS
    kept = "bcachefs btrfs erofs ext2 ext3 ext4 f2fs squashfs tmpfs xfs zfs"
    assert set(kept.split()) == filesystem._KEPT_HERE
    for kind in ("fuse", "fuse.sshfs", "fuseblk", "macfuse", "osxfuse"):
        assert filesystem._invents(kind)
    assert not filesystem._invents("ext4")


def mount(number: str, point: str, kind: str, options: str = "rw", of_all: str = "rw") -> str:
    return f"36 35 {number} / {point} {options} shared:1 - {kind} /dev/x {of_all}"


DEVICE = os.makedev(8, 1) if hasattr(os, "makedev") else 0


@pytest.mark.parametrize(
    ("lines", "flag", "sealed"),
    [
        ([mount("8:1", "/", "ext4", "ro")], READ_ONLY, True),
        ([mount("8:1", "/", "ext4", "rw", "ro")], READ_ONLY, True),
        ([mount("8:1", "/", "ext4", "ro,noatime", "ro,errors=x")], READ_ONLY, True),
        ([mount("8:1", "/", "ext4", "ro")], 0, False),
        ([mount("8:1", "/", "ext4", "ro")], NO_SUID, False),
        ([mount("8:1", "/", "ext4")], READ_ONLY, False),
        ([mount("8:1", "/", "overlay", "ro")], READ_ONLY, False),
        ([mount("8:1", "/", "ext4", "ro"), mount("8:1", "/b", "ext4")], READ_ONLY, False),
        ([mount("8:1", "/", "ext4", "ro"), mount("8:2", "/b", "ext4")], READ_ONLY, True),
        ([mount("8:1", "/", "ext4", "ro"), "garbled", "1 2 8:1 / /b - x"], READ_ONLY, True),
        (["1 2 8:1 / / ro - ext4 /dev/x"], READ_ONLY, True),
        ([mount("8:1", "/", "ext4", "ro"), "1 2 8:1 / /b rw - ext4 x rw"], READ_ONLY, False),
        (None, READ_ONLY, False),
    ],
)
def test_what_nobody_can_write_is_read_only_by_every_mount(
    monkeypatch: pytest.MonkeyPatch, lines: list[str] | None, flag: int, *, sealed: bool
) -> None:
    def mounts() -> list[str]:
        if lines is None:
            raise FileNotFoundError(2, "No such file", filesystem.MOUNTS)
        return lines

    monkeypatch.setattr(filesystem, "_mounts", mounts)
    monkeypatch.setattr(os, "statvfs", lambda _: SimpleNamespace(f_flag=flag))
    assert filesystem.is_sealed("/a", DEVICE) is sealed


def test_a_mount_is_found_by_its_number_or_by_the_nearest_point() -> None:
    lines = [
        "garbled",
        "1 2 3:3",
        "1 2 3:3 / /a/b rw shared",
        mount("3:1", "/", "overlay"),
        mount("3:2", "/a", "btrfs"),
        mount("3:3", "/a", "xfs"),
        mount("3:4", "/ab", "ext2"),
        "1 2 3:5 / /five - tmpfs x rw",
    ]
    assert filesystem._mount(lines, DEVICE, "/a/file") == ("3:3", "xfs")
    assert filesystem._mount(lines, DEVICE, "/b") == ("3:1", "overlay")
    assert filesystem._mount(lines, os.makedev(3, 2), "/b") == ("3:2", "btrfs")
    assert filesystem._mount(lines, DEVICE, "/five/a") == ("3:5", "tmpfs")
    assert filesystem._mount([], DEVICE, "/b") == ("", "")


# --- links


def test_each_link_on_the_way_is_told_in_its_order(tmp_path: Path) -> None:
    real = Path(os.path.realpath(tmp_path))
    (real / "folder" / "deep").mkdir(parents=True)
    (real / "one").symlink_to("folder")
    (real / "folder" / "two").symlink_to(real / "folder" / "deep")
    (real / "folder" / "deep" / "three").symlink_to("../../one/two/./file")
    (real / "folder" / "deep" / "file").touch()
    assert list(windows.links(f"{real}//one/./two/../two/three")) == [
        f"{real}/one",
        f"{real}/folder/two",
        f"{real}/folder/two",
        f"{real}/folder/deep/three",
        f"{real}/one",
        f"{real}/folder/two",
    ]
    assert list(windows.links(f"{real}/folder/deep/file")) == []


@pytest.mark.parametrize(("count", "ends"), [(63, True), (64, False)])
def test_a_way_has_63_links_at_most(tmp_path: Path, count: int, *, ends: bool) -> None:
    real = Path(os.path.realpath(tmp_path))
    (real / "0").touch()
    for number in range(count):
        (real / str(number + 1)).symlink_to(str(number))
    if ends:
        assert len(list(windows.links(str(real / str(count))))) == count
    else:
        with pytest.raises(SourceRejected):
            list(windows.links(str(real / str(count))))


@pytest.mark.parametrize(
    ("mode", "tag", "link"),
    [
        (stat.S_IFLNK, 0, True),
        (stat.S_IFDIR, 0xA0000003, True),
        (stat.S_IFREG, 0, False),
        (stat.S_IFREG, 0x9000001A, False),  # OneDrive's
        (stat.S_IFREG, 0xA000001D, None),  # WSL's: a link of another kind
        (stat.S_IFREG, None, False),
    ],
)
def test_what_is_a_link_is_told_by_its_kind(
    monkeypatch: pytest.MonkeyPatch, mode: int, tag: int | None, *, link: bool | None
) -> None:
    seen = SimpleNamespace(st_mode=mode, **({} if tag is None else {"st_reparse_tag": tag}))
    monkeypatch.setattr(os, "lstat", lambda _: seen)
    if link is None:
        with pytest.raises(SourceRejected, match="unknown kind"):
            windows._is_link("x")
    else:
        assert windows._is_link("x") is link


@pytest.mark.parametrize(
    ("target", "plain"),
    [
        ("C:\\a", "C:\\a"),
        ("..\\a", "..\\a"),
        ("\\\\?\\C:\\a", "C:\\a"),
        ("\\\\?\\UNC\\server\\share", "\\\\server\\share"),
        ("\\\\?\\Volume{1}\\a", "\\\\?\\Volume{1}\\a"),
    ],
)
def test_a_junctions_target_is_a_path(target: str, plain: str) -> None:
    assert windows._plain(target) == plain


# --- the fast look


def like(mode: int, owner: int, group: int = 0) -> os.stat_result:
    return os.stat_result((mode, 1, 1, 1, owner, group, 0, 0, 0, 0))


FOLDER, FILE, LINK = stat.S_IFDIR, stat.S_IFREG, stat.S_IFLNK


@pytest.mark.skipif(not hasattr(os, "getxattr"), reason="elsewhere the answer is always no")
@pytest.mark.parametrize(
    ("folder", "above", "root", "surely"),
    [
        ((FOLDER | 0o700, ME), (FOLDER | 0o755, ME), (FOLDER | 0o755, 0), True),
        ((FOLDER | 0o700, ME), (FOLDER | 0o755, 0), (FOLDER | 0o755, ME), True),
        ((FOLDER | 0o700, 4321), (FOLDER | 0o755, 0), (FOLDER | 0o755, 0), False),
        ((FOLDER | 0o770, ME), (FOLDER | 0o755, 0), (FOLDER | 0o755, 0), False),
        ((FOLDER | 0o702, ME), (FOLDER | 0o755, 0), (FOLDER | 0o755, 0), False),
        ((FILE | 0o600, ME), (FOLDER | 0o755, 0), (FOLDER | 0o755, 0), False),
        ((LINK | 0o700, ME), (FOLDER | 0o755, 0), (FOLDER | 0o755, 0), False),
        ((FOLDER | 0o700, ME), (FOLDER | 0o777, 0), (FOLDER | 0o755, 0), False),
        ((FOLDER | 0o700, ME), (FOLDER | 0o1777, 0), (FOLDER | 0o755, 0), True),
        ((FOLDER | 0o700, ME), (FOLDER | 0o1777, 4321), (FOLDER | 0o755, 0), False),
        ((FOLDER | 0o1777, ME), (FOLDER | 0o755, 0), (FOLDER | 0o755, 0), False),
        ((FOLDER | 0o700, ME), (FOLDER | 0o755, 4321), (FOLDER | 0o755, 0), False),
        ((FOLDER | 0o700, ME), (FOLDER | 0o755, 0), (FOLDER | 0o775, 0), False),
        ((FOLDER | 0o700, ME), (FOLDER | 0o755, 0), (FOLDER | 0o755, 1), ME == 1),
    ],
)
def test_every_folder_on_the_way_is_this_users_or_roots(
    monkeypatch: pytest.MonkeyPatch,
    folder: tuple[int, int],
    above: tuple[int, int],
    root: tuple[int, int],
    *,
    surely: bool,
) -> None:
    seen = {"/a/b": folder, "/a": above, "/": root}
    monkeypatch.setattr(os, "lstat", lambda path: like(*seen[path]))
    assert paths.is_private_fast("/a/b") is surely


def test_a_day_is_a_day_and_a_folder_is_touched_once_in_it(tmp_path: Path) -> None:
    now = time.time()
    for age, touched in ((86400 + 60, True), (86400 - 60, False), (0, False)):
        os.utime(tmp_path, (now - age, now - age))
        paths.touch_daily(str(tmp_path))
        assert (abs(tmp_path.stat().st_mtime - now) < 60 and age > 0) is touched
    assert paths._DAY == 86400


def test_a_folder_that_is_there_will_do_and_a_file_will_not(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(FileExistsError):
        paths.make(str(tmp_path / "file"))
    paths.make(str(tmp_path))
    paths.make(str(tmp_path / "new"))
    assert (tmp_path / "new").stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize(
    ("environ", "platform", "path"),
    [
        ({"HOME": "/h"}, "linux", "/h/.cache/spip"),
        ({"HOME": "/h", "XDG_CACHE_HOME": "/c"}, "linux", "/c/spip"),
        ({"HOME": "/h", "XDG_CACHE_HOME": "c"}, "linux", "/h/.cache/spip"),
        ({"HOME": "h"}, "linux", None),
        ({"HOME": "/h"}, "darwin", "/h/Library/Caches/spip"),
        ({"LOCALAPPDATA": "/l", "HOME": "/h"}, "win32", "/l/spip/Cache"),
        ({"HOME": "/h"}, "win32", None),
    ],
)
def test_where_the_cache_belongs(environ: dict[str, str], platform: str, path: str | None) -> None:
    assert paths.cache_path(environ, platform) == path


def test_without_a_place_there_is_no_cache(tmp_path: Path) -> None:
    assert paths.cache({"HOME": "relative"}) is None
    (tmp_path / "file").touch()
    assert paths.cache({"HOME": str(tmp_path / "file")}) is None


# --- a file


@pytest.mark.parametrize(("more", "refused"), [(0, False), (1, True)])
def test_a_file_may_be_as_large_as_is_said(tmp_path: Path, more: int, *, refused: bool) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"x" * (100 + more))
    if refused:
        with pytest.raises(SourceRejected) as caught:
            checked_file.content(str(file), None, 100)
        assert caught.value.why == sources.LARGE
    else:
        assert len(checked_file.content(str(file), None, 100)) == 100
    assert checked_file.MOST_BYTES == 32 * 1024 * 1024


def test_one_that_lies_about_its_size_is_read_to_its_bound_and_closed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"x" * 100)
    look = os.fstat

    def empty(descriptor: int) -> Any:
        seen = look(descriptor)
        return os.stat_result((*seen[:6], 0, *seen[7:]))

    before = lowest()
    monkeypatch.setattr(os, "fstat", empty)
    assert len(checked_file.content(str(file), None, 100)) == 100
    with pytest.raises(SourceRejected) as caught:
        checked_file.content(str(file), None, 99)
    assert caught.value.why == sources.LARGE
    file.write_bytes(b"")
    with pytest.raises(SourceRejected) as caught:
        checked_file.content(str(file), None, 99)
    assert caught.value.why == sources.EMPTY
    monkeypatch.undo()
    assert lowest() == before


def lowest() -> int:
    """The number that the next file gets: the same where nothing was left open."""
    descriptor = os.open(os.devnull, os.O_RDONLY)
    os.close(descriptor)
    return descriptor


# --- a named file in a container


@pytest.mark.parametrize("of_one", [True, False])
@pytest.mark.parametrize("named", [True, False])
@pytest.mark.parametrize("strict", [True, False])
@pytest.mark.parametrize("only", [True, False])
@pytest.mark.parametrize("unmapped", [True, False])
def test_an_account_that_is_alone_beside_root_may_own_what_is_named(
    monkeypatch: pytest.MonkeyPatch,
    *,
    of_one: bool,
    named: bool,
    strict: bool,
    only: bool,
    unmapped: bool,
) -> None:
    """And its own group may write it; a group of root's may in any case."""
    monkeypatch.setattr(namespaces, "is_alone_with", lambda _: only)
    monkeypatch.setattr(namespaces, "is_unmapped", lambda *_: unmapped)
    monkeypatch.setattr(namespaces, "is_group_of", lambda *_: of_one)
    monkeypatch.setattr(acl, "stranger", lambda *_: "")
    monkeypatch.setattr(filesystem, "careless", lambda *_: "")
    who = Holders(frozenset({0}), lambda group: group == 0, strict=strict, named=named)
    walk, theirs = posix.PosixWalk(who), like(FILE | 0o664, 4321, 4321)
    assert bool(walk._may_own("/a", theirs)) is (not strict and (unmapped or (named and only)))
    assert walk._may_own("/a", like(FILE | 0o664, 0))
    shares = named and only and of_one
    assert walk._may_share(theirs) is shares
    assert walk._may_share(like(FILE | 0o664, 4321, 0))
    monkeypatch.setattr(posix, "group_name", str)
    assert walk._by_mode("/a", theirs) == (None if shares else (sources.GROUP, "4321"))
    assert walk._by_mode("/a", like(FILE | 0o644, 4321, 4321)) is None


@pytest.mark.parametrize("strict", [True, False])
@pytest.mark.parametrize("kind", [FOLDER, FILE])
def test_in_a_sticky_folder_each_entry_is_its_owners(
    monkeypatch: pytest.MonkeyPatch, kind: int, *, strict: bool
) -> None:
    """A sticky bit of a file means nothing."""
    monkeypatch.setattr(filesystem, "careless", lambda *_: "")
    monkeypatch.setattr(filesystem, "is_sealed", lambda *_: False)
    who = Holders(frozenset({0}), lambda group: group == 0, strict=strict)
    found = posix.PosixWalk(who)._reason("/a", like(kind | 0o1777, 0))
    assert (found is None) is (kind == FOLDER and not strict)


@pytest.mark.parametrize("sealed", [True, False])
def test_what_nobody_can_write_may_have_any_mode(
    monkeypatch: pytest.MonkeyPatch, *, sealed: bool
) -> None:
    asked: list[Any] = []

    def is_sealed(*what: Any) -> bool:
        asked.append(what)
        return sealed

    monkeypatch.setattr(filesystem, "is_sealed", is_sealed)
    monkeypatch.setattr(filesystem, "careless", lambda *_: "")
    monkeypatch.setattr(acl, "stranger", lambda *_: "")
    walk = posix.PosixWalk(Holders(frozenset({0}), lambda group: group == 0, strict=True))
    assert (walk._reason("/a", like(FILE | 0o666, 0)) is None) is sealed
    assert len(asked) == 1
    assert walk._reason("/a", like(FILE | 0o644, 0)) is None
    assert len(asked) == 1
    monkeypatch.setattr(acl, "stranger", lambda *_: "ann")
    assert walk._by_mode("/a", like(FILE | 0o644, 0)) == (sources.LISTED, "ann")


@pytest.mark.parametrize(
    ("mode", "shared"),
    [
        (FOLDER | 0o755, False),
        (FOLDER | 0o775, True),
        (FOLDER | 0o757, True),
        (FOLDER | 0o1777, True),
        (FILE | 0o666, False),
    ],
)
def test_where_others_may_create_entries_is_told_by_the_mode(mode: int, *, shared: bool) -> None:
    assert posix._shared(like(mode, 0)) is shared


def test_each_step_says_what_it_is_in(tmp_path: Path) -> None:
    """Where anyone may create entries, a link may be anyone's; from the root on it isn't."""
    real = Path(os.path.realpath(tmp_path))
    (real / "open").mkdir()
    (real / "open").chmod(0o777)
    (real / "open" / "in").mkdir()
    (real / "open" / "in" / "file").touch()
    (real / "open" / "link").symlink_to(real / "open" / "in")
    steps = [(at, shared) for at, _, shared in posix._steps(f"{real}/./open//link/../in/file")]
    assert steps[0] == ("/", False)
    told = [
        (at.removeprefix(str(real)), shared) for at, shared in steps if at.startswith(f"{real}/")
    ]
    assert told == [
        ("/open", False),
        ("/open/link", True),
        ("/open", False),
        ("/open/in", True),
        ("/open/in", True),
        ("/open/in/file", False),
    ]
    assert dict(steps)[f"/{real.parts[1]}"] is False


@pytest.mark.parametrize(("count", "ends"), [(40, True), (41, False)])
def test_a_way_has_forty_links_at_most(tmp_path: Path, count: int, *, ends: bool) -> None:
    real = Path(os.path.realpath(tmp_path))
    (real / "0").touch()
    for number in range(count):
        (real / str(number + 1)).symlink_to(str(number))
    if ends:
        assert list(posix._steps(str(real / str(count))))[-1][0] == str(real / "0")
    else:
        with pytest.raises(SourceRejected):
            list(posix._steps(str(real / str(count))))
