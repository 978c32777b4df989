"""`trust export -o` and `doctor --html` write a file whole; a device or a pipe stays one."""

from __future__ import annotations

import errno
import os
import stat
import threading
from pathlib import Path

import pytest

from spip import files
from spip.errors import SpipError

pytestmark = pytest.mark.skipif(os.name == "nt", reason="named pipes and modes are POSIX's")


def test_a_pipe_is_written_to_and_not_replaced(tmp_path: Path) -> None:
    """A root user's `-o /dev/null` once replaced the device by a file."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    read: list[bytes] = []
    reader = threading.Thread(target=lambda: read.append(pipe.read_bytes()))
    reader.start()
    files.write_for_user(str(pipe), b"roots")
    reader.join(60)
    assert read == [b"roots"]
    assert stat.S_ISFIFO(pipe.stat().st_mode)


def test_a_file_keeps_its_mode(tmp_path: Path) -> None:
    file = tmp_path / "bundle.pem"
    file.write_bytes(b"old")
    file.chmod(0o640)
    files.write_for_user(str(file), b"new")
    assert (file.read_bytes(), stat.S_IMODE(file.stat().st_mode)) == (b"new", 0o640)
    assert os.listdir(tmp_path) == ["bundle.pem"]


@pytest.mark.parametrize("write", ["report", "bundle"])
def test_a_write_that_fails_leaves_what_was_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, write: str
) -> None:
    """`doctor --html` wrote in place: a full disk left half a page."""
    from spip.doctor import html_report

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    file = tmp_path / "page"
    file.write_bytes(b"as it was")
    monkeypatch.setattr(os, "fsync", full)
    monkeypatch.setattr(html_report, "report_page", lambda *_: "new")
    if write == "report":
        with pytest.raises(SpipError, match="No space left"):
            html_report.write_page(None, str(file))  # type: ignore[arg-type]  # the page is a stand-in's
    else:
        with pytest.raises(OSError, match="No space left"):
            files.write_for_user(str(file), b"new")
    assert file.read_bytes() == b"as it was"
    assert os.listdir(tmp_path) == ["page"]


def test_a_link_is_followed(tmp_path: Path) -> None:
    (tmp_path / "there").write_bytes(b"old")
    (tmp_path / "link").symlink_to(tmp_path / "there")
    files.write_for_user(str(tmp_path / "link"), b"new")
    assert (tmp_path / "there").read_bytes() == b"new"
