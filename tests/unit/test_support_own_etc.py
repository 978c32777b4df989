"""What the tests do as root, they do to a copy of the administrator's files."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from support import own_etc
from support.lacking import lacking
from support.run import run

if sys.platform == "win32" or os.geteuid() != 0:
    pytest.skip("only root could change them", allow_module_level=True)

TESTS = Path(__file__).parent.parent
CHANGES = """
from pathlib import Path
from support import own_etc
assert own_etc.missing() == ""
Path("/etc/spip-was-here").write_text("x")
print(Path("/etc/gitconfig").exists(), Path("/etc/passwd").read_text() != "")
"""


@pytest.fixture
def _separate() -> None:
    if own_etc.missing():
        lacking(own_etc.missing(), installable=False)


@pytest.mark.usefixtures("_separate")
def test_what_is_changed_in_etc_is_seen_by_nobody_else() -> None:
    """Run by root, `doctor --fix` once mended the /etc/gitconfig of whoever ran the tests."""
    Path("/etc/gitconfig").write_text("[http]\n\tsslVerify = false\n", "utf-8")
    try:
        done = run([sys.executable, "-c", CHANGES], env={"PYTHONPATH": str(TESTS)}).passed()
    finally:
        Path("/etc/gitconfig").unlink()
    assert done.stdout == "False True\n"
    assert not Path("/etc/spip-was-here").exists()


@pytest.mark.usefixtures("_separate")
def test_these_tests_are_in_a_namespace_of_their_own() -> None:
    mounts = Path("/proc/thread-self/mountinfo").read_text("utf-8").splitlines()
    assert [line for line in mounts if line.split()[4] == "/etc" and " - tmpfs " in line]
