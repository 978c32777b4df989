"""Whether a certifi is as it was installed, by its package's own list of files."""

from __future__ import annotations

import hashlib
from base64 import urlsafe_b64encode
from pathlib import Path

import pytest

from spip.environment import installed_certifi

GENUINE = b"the roots of that certifi\n"


@pytest.fixture
def packages(tmp_path: Path) -> Path:
    """A folder of packages with a certifi."""
    for name in ("certifi", "certifi-2026.1.1.dist-info"):
        (tmp_path / name).mkdir()
    (tmp_path / "certifi" / "cacert.pem").write_bytes(GENUINE)
    record(tmp_path, str(len(GENUINE)))
    return tmp_path


def record(packages: Path, size: str) -> None:
    digest = urlsafe_b64encode(hashlib.sha256(GENUINE).digest()).decode().rstrip("=")
    line = f"certifi/cacert.pem,sha256={digest},{size}\n"
    (packages / "certifi-2026.1.1.dist-info" / "RECORD").write_text(line)


def edit(packages: Path) -> None:
    (packages / "certifi" / "cacert.pem").write_bytes(GENUINE + b"one more\n")


def test_what_was_added_stands_behind_what_was_installed(packages: Path) -> None:
    (copy,) = installed_certifi.find_copies(str(packages))
    assert not copy.is_edited
    edit(packages)
    (copy,) = installed_certifi.find_copies(str(packages))
    assert (copy.is_edited, copy.added) == (True, b"one more\n")


def test_a_size_may_be_missing(packages: Path) -> None:
    """The specification allows it, and it was a ValueError's traceback."""
    record(packages, "")
    (copy,) = installed_certifi.find_copies(str(packages))
    assert not copy.is_edited
    edit(packages)
    (copy,) = installed_certifi.find_copies(str(packages))
    assert (copy.is_edited, copy.end) == (True, -1)


def test_a_list_that_cannot_be_read_says_nothing(packages: Path) -> None:
    path = packages / "certifi-2026.1.1.dist-info" / "RECORD"
    path.unlink()
    path.mkdir()
    assert list(installed_certifi.find_copies(str(packages))) == []
