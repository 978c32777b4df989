"""A file of somebody's is the old one or the new one, and looks as before."""

from __future__ import annotations

import os
import stat
import sys
from pathlib import Path

import pytest

from spip import files
from spip.errors import SpipError
from spip.files import Change, apply, each_once, read, refusal

posix = pytest.mark.skipif(sys.platform == "win32", reason="modes and links are POSIX's")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    made = tmp_path / ".bashrc"
    made.write_bytes(b"old\n")
    return made


def test_a_change_is_made_and_nothing_else_is_left(file: Path) -> None:
    change = Change(str(file), b"old\n", b"new\n")
    assert change.is_needed
    apply(change)
    assert file.read_bytes() == b"new\n"
    assert os.listdir(file.parent) == [file.name]
    assert not Change(str(file), b"new\n", b"new\n").is_needed


@pytest.mark.parametrize("theirs", [b"theirs\n", b"", None])
def test_what_somebody_else_changed_between_reading_and_replacing_stays(
    file: Path, monkeypatch: pytest.MonkeyPatch, theirs: bytes | None
) -> None:
    """Also at the last moment: when the new content lies beside it already."""
    look = files._look_like

    def meanwhile(real: str, beside: str, *, executable: bool) -> None:
        look(real, beside, executable=executable)
        file.unlink() if theirs is None else file.write_bytes(theirs)

    monkeypatch.setattr(files, "_look_like", meanwhile)
    with pytest.raises(SpipError, match="was changed by somebody else just now"):
        apply(Change(str(file), b"old\n", b"new\n"))
    assert read(str(file)) == theirs
    assert os.listdir(file.parent) == ([] if theirs is None else [file.name])


def test_a_file_that_came_meanwhile_is_not_replaced(file: Path) -> None:
    with pytest.raises(SpipError, match="was changed by somebody else just now"):
        apply(Change(str(file), None, b"new\n"))
    assert file.read_bytes() == b"old\n"


def test_a_file_goes_with_its_change(file: Path) -> None:
    apply(Change(str(file), b"old\n", None))
    assert not file.exists()
    apply(Change(str(file), b"old\n", None))  # gone already is gone


@posix
def test_it_looks_as_before(file: Path) -> None:
    file.chmod(0o640)
    apply(Change(str(file), b"old\n", b"new\n", executable=True))
    assert stat.S_IMODE(file.stat().st_mode) == 0o640
    before = (1_000_000_000, 2_000_000_000)
    apply(Change(str(file), b"new\n", b"newer\n", times=before))
    assert (file.stat().st_atime_ns, file.stat().st_mtime_ns) == before
    apply(Change(str(file), b"newer\n", b"newest\n"))
    assert file.stat().st_mtime > 1_000_000


@posix
@pytest.mark.parametrize("executable", [True, False])
def test_a_new_one_is_as_the_umask_says(tmp_path: Path, *, executable: bool) -> None:
    before = os.umask(0o027)
    try:
        apply(Change(str(tmp_path / "a" / "new"), None, b"x", executable=executable))
    finally:
        assert os.umask(before) == 0o027
    mode = stat.S_IMODE((tmp_path / "a" / "new").stat().st_mode)
    assert mode == (0o750 if executable else 0o640)


@posix
def test_a_link_stays_one_and_what_it_leads_to_is_changed(file: Path) -> None:
    link = file.parent / "link"
    link.symlink_to(file.name)
    apply(Change(str(link), b"old\n", b"new\n"))
    assert link.is_symlink()
    assert file.read_bytes() == b"new\n"
    assert list(each_once([str(link), str(file), str(link)])) == [str(link)]


def test_what_a_killed_run_left_goes_and_nothing_else(file: Path) -> None:
    for name in (".bashrc.spip-abc", "..bashrc.spip-abc", "..bashrc.spip-", "..zshrc.spip-abc"):
        (file.parent / name).touch()
    apply(Change(str(file), b"old\n", b"new\n"))
    assert sorted(os.listdir(file.parent)) == ["..zshrc.spip-abc", ".bashrc", ".bashrc.spip-abc"]


@posix
def test_what_is_left_alone_and_why(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert refusal(str(file)) == refusal(str(file.parent / "none")) == ""
    assert refusal(str(file.parent)) == "is no file"
    os.mkfifo(file.parent / "pipe")
    assert refusal(str(file.parent / "pipe")) == "is no file"
    file.chmod(0o444)
    assert refusal(str(file)) == "is read-only"
    file.chmod(0o644)
    os.link(file, file.parent / "second")
    assert refusal(str(file)).startswith("has a second name (a hard link)")
    monkeypatch.setattr(os, "geteuid", lambda: file.stat().st_uid + 1)
    assert refusal(str(file)) == "belongs to another user"


def test_what_can_not_be_read_or_written_is_named(file: Path) -> None:
    with pytest.raises(SpipError, match=r"can't be read"):
        read(str(file.parent))
    with pytest.raises(SpipError, match=r"below can't be written"):
        apply(Change(str(file / "below"), None, b"x"))


def test_a_folder_is_no_file_to_read(file: Path) -> None:
    with pytest.raises(SpipError, match="it is no file"):
        read(str(file.parent))


@posix
def test_what_has_no_end_is_not_read(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(SpipError, match="it is no file"):
        read(str(tmp_path / "pipe"))
    with pytest.raises(SpipError, match="can't be read: it is no file"):
        read(os.devnull)


@posix
def test_what_the_system_refuses_is_said(file: Path) -> None:
    with pytest.raises(SpipError, match="can't be read: Not a directory"):
        read(str(file / "below"))
    assert read(str(file.parent / "missing")) is None


def test_the_folders_above_a_new_file_are_made(tmp_path: Path) -> None:
    apply(Change(str(tmp_path / "a" / "b" / "file"), None, b"new\n"))
    assert (tmp_path / "a" / "b" / "file").read_bytes() == b"new\n"


@posix
def test_a_change_is_no_program_unless_it_is_said(tmp_path: Path) -> None:
    apply(Change(str(tmp_path / "one"), None, b""))
    apply(Change(str(tmp_path / "two"), None, b"", executable=True))
    assert (tmp_path / "one").stat().st_mode & 0o111 == 0
    assert (tmp_path / "two").stat().st_mode & 0o111


@posix
@pytest.mark.parametrize("mask", [0o000, 0o002, 0o027, 0o077])
def test_a_new_file_has_the_mode_that_a_program_would_give_it(tmp_path: Path, mask: int) -> None:
    before = os.umask(mask)
    try:
        apply(Change(str(tmp_path / "file"), None, b""))
        assert os.umask(mask) == mask
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "file").stat().st_mode) == 0o666 & ~mask


def test_an_error_on_the_way_is_not_hidden_by_what_is_left_of_it(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was written beside it may be gone already."""

    def swept(change: Change, real: str) -> None:
        del change
        for left in Path(real).parent.glob(".*.spip-*"):
            left.unlink()
        raise SpipError("another reason")

    monkeypatch.setattr(files, "_see_that_it_is", swept)
    with pytest.raises(SpipError, match="another reason"):
        apply(Change(str(file), b"old\n", b"new\n"))
    assert file.read_bytes() == b"old\n"
