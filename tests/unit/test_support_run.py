"""Commands of the tests start from nothing and leave nothing."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from support.run import run

if TYPE_CHECKING:
    from pathlib import Path


def test_a_command_sees_only_what_it_was_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_CERT", "/nowhere")
    seen = run(["/usr/bin/env"], env={"ADDED": "1", "LANG": None}).passed().stdout
    names = {line.partition("=")[0] for line in seen.splitlines()}
    assert names == {
        "ADDED",
        "HOME",
        "NPM_CONFIG_GLOBALCONFIG",
        "PATH",
        "PIP_CONFIG_FILE",
        "PIP_DISABLE_PIP_VERSION_CHECK",
        "PIP_NO_INPUT",
    }


def test_this_process_is_scrubbed_too() -> None:
    left = [name for name in os.environ if "CERT" in name or name.lower().endswith("_proxy")]
    assert left == []


def test_streams_and_code_come_back_as_they_were() -> None:
    code = r"import sys; sys.stdout.buffer.write(sys.stdin.buffer.read() + b'\xff'); sys.exit(3)"
    result = run([sys.executable, "-c", code], stdin=b"\xfe")
    assert (result.code, os.fsencode(result.stdout)) == (3, b"\xfe\xff")


def test_a_command_that_hangs_is_ended_with_its_children(tmp_path: Path) -> None:
    script = f"sleep 60 & echo $! > {tmp_path}/child; wait"
    with pytest.raises(subprocess.TimeoutExpired):
        run(["/bin/sh", "-c", script], timeout=5)
    child = int((tmp_path / "child").read_text())
    deadline = time.monotonic() + 60
    while is_alive(child):
        assert time.monotonic() < deadline
        time.sleep(0.02)


def is_alive(process: int) -> bool:
    """Whether it runs: one that ended and that nobody waited for doesn't."""
    if not Path("/proc/self/stat").exists():
        state = run(["ps", "-o", "stat=", "-p", str(process)]).stdout.strip()
        return bool(state) and not state.startswith("Z")
    try:
        words = Path(f"/proc/{process}/stat").read_text("utf-8", "replace")
    except OSError:
        return False
    return words.rpartition(")")[2].split()[0] not in "ZX"
