"""`spip trust export -o` writes a file whole, and leaves a device or a pipe what it is."""

from __future__ import annotations

import os
import stat
import threading
from pathlib import Path

import pytest

from spip.trusting import export

pytestmark = pytest.mark.skipif(os.name == "nt", reason="named pipes and modes are POSIX's")


def test_a_pipe_is_written_to_and_not_replaced(tmp_path: Path) -> None:
    """A root user's `-o /dev/null` once replaced the device by a file."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    read: list[bytes] = []
    reader = threading.Thread(target=lambda: read.append(pipe.read_bytes()))
    reader.start()
    export._write(str(pipe), b"roots")
    reader.join(60)
    assert read == [b"roots"]
    assert stat.S_ISFIFO(pipe.stat().st_mode)


def test_a_file_keeps_its_mode(tmp_path: Path) -> None:
    file = tmp_path / "bundle.pem"
    file.write_bytes(b"old")
    file.chmod(0o640)
    export._write(str(file), b"new")
    assert (file.read_bytes(), stat.S_IMODE(file.stat().st_mode)) == (b"new", 0o640)
    assert os.listdir(tmp_path) == ["bundle.pem"]
