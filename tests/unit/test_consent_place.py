"""Where a policy, grants and log lie, on each system: by the system's word, or not at all."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from spip.policy import locations

posix = pytest.mark.skipif(os.name == "nt", reason="paths and modes as POSIX has them")


class Registry:
    """Windows' registry, as Python's own module shows it."""

    HKEY_LOCAL_MACHINE = "machine"
    HKEY_CURRENT_USER = "user"

    def __init__(self, folder: object) -> None:
        self.folder = folder

    def OpenKey(self, hive: str, key: str) -> Any:  # noqa: N802  # its name there
        """Open the machine's key alone: a user writes in the other one."""
        if hive != "machine" or not key.endswith("Shell Folders"):
            raise OSError(2, "missing")
        return self

    def __enter__(self) -> object:
        return self

    def __exit__(self, *error: object) -> None:
        """Close it."""

    def QueryValueEx(self, opened: object, name: str) -> tuple[object, int]:  # noqa: N802  # same
        """Return the value and its type."""
        assert opened is self
        if self.folder is None:
            raise OSError(2, name)
        return (self.folder, 1) if name == "Common AppData" else ("", 1)


@posix
@pytest.mark.parametrize(
    ("folder", "path"),
    [
        ("/ProgramData", "/ProgramData/spip/policy.toml"),
        ("ProgramData", None),  # not absolute: it would be below the current folder
        ("", None),
        (None, None),
    ],
)
def test_windows_own_folder_is_asked_from_the_registry(
    monkeypatch: pytest.MonkeyPatch, folder: object, path: str | None
) -> None:
    monkeypatch.setenv("ProgramData", "/elsewhere")
    monkeypatch.setitem(sys.modules, "winreg", Registry(folder))
    assert locations.policy("windows") == path
    assert locations.filled("{ProgramData}/a") == (path and "/ProgramData/a")


@posix
def test_a_system_that_does_not_tell_has_no_policy(monkeypatch: pytest.MonkeyPatch) -> None:
    """Any other path than Windows' needs no registry."""
    monkeypatch.setitem(sys.modules, "winreg", None)
    assert locations.policy("windows") is None
    assert locations.policy("linux") == "/etc/spip/policy.toml"
    assert locations.policy("macos") == "/Library/Application Support/spip/policy.toml"


@posix
@pytest.mark.parametrize(
    ("environ", "platform", "expected"),
    [
        ({"HOME": "/h"}, "linux", "/h/.local/state/spip"),
        ({"HOME": "/h", "XDG_STATE_HOME": "/s"}, "linux", "/s/spip"),
        ({"HOME": "/h", "XDG_STATE_HOME": "s"}, "linux", "/h/.local/state/spip"),
        ({"HOME": "/h", "XDG_STATE_HOME": "/s"}, "darwin", "/h/Library/Application Support/spip"),
        ({"HOME": "h"}, "linux", None),
        ({"HOME": "h"}, "darwin", None),
        ({"LOCALAPPDATA": "/l", "HOME": "/h"}, "win32", "/l/spip"),
        ({"LOCALAPPDATA": "l", "HOME": "/h"}, "win32", None),
        ({"HOME": "/h"}, "win32", None),
    ],
)
def test_grants_and_log_lie_in_the_users_own_folder(
    monkeypatch: pytest.MonkeyPatch, environ: dict[str, str], platform: str, expected: str | None
) -> None:
    found = locations.state(environ, platform)
    assert (found and found.removesuffix("/State")) == expected
    if platform == sys.platform == "linux":
        assert locations.grants_file(environ) == (expected and f"{expected}/grants.json")
    monkeypatch.setattr(locations, "state", lambda environ: f"/of/{environ['HOME']}")
    assert locations.grants_file({"HOME": "x"}) == os.path.join("/of/x", "grants.json")


def test_what_lies_there_and_what_cannot_be_looked_at_may_exist(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What nobody may look at could forbid something, so it counts as there."""
    file = tmp_path / "file"
    assert not locations.may_exist(None)
    assert not locations.may_exist(str(file))
    file.touch()
    assert locations.may_exist(str(file))
    assert not locations.may_exist(str(file / "below"))
    assert locations.may_exist("with a NUL\0")
    monkeypatch.setattr(locations, "os", SimpleNamespace(lstat=refuse))
    assert locations.may_exist(str(file))


def refuse(path: str) -> None:
    raise PermissionError(13, "Permission denied", path)


@posix
def test_a_link_that_leads_nowhere_is_there(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("nowhere")
    assert locations.may_exist(str(tmp_path / "link"))
