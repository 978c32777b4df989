"""On Windows the bundle lies where every program can open it, whatever the user's name."""

from __future__ import annotations

import ctypes
import os
import re
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from spip import ownership
from spip.ownership import security_descriptors
from spip.stores import bundle_writer

if TYPE_CHECKING:
    from collections.abc import Callable

ME = "S-1-5-21-1004336348-1177238915-682003330-1001"


class Windows:
    """Windows' answers, recorded, on a volume with or without short names."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.short_names = True
        self.made: list[tuple[str, str]] = []
        self.shared = str(folder / "ProgramData")
        Path(self.shared).mkdir()
        monkeypatch.setattr(security_descriptors, "user", lambda: ME)
        monkeypatch.setattr(security_descriptors, "make_folder", self.make_folder)
        monkeypatch.setattr(security_descriptors, "library", lambda _: self)
        monkeypatch.setattr(bundle_writer, "_shared", lambda: self.shared)
        monkeypatch.setattr(ownership, "walk", lambda _: self)

    def GetShortPathNameW(self, path: str, buffer: Any, size: int) -> int:  # noqa: N802  # Windows' name
        """Answer as a volume with 8.3 names does, or as one without."""
        buffer.value = re.sub(r"[^\x00-\x7f]+", "~1", path) if self.short_names else path
        assert len(buffer.value) < size
        return len(buffer.value)

    def make_folder(self, path: str, sddl: str) -> None:
        """Make it, and note with which permissions."""
        self.made.append((path, sddl))
        Path(path).mkdir(exist_ok=True)

    def folder(self, path: str) -> str:
        """Find nothing wrong with it."""
        return path


@pytest.fixture
def windows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Windows:
    return Windows(tmp_path, monkeypatch)


def test_an_ascii_path_stays_as_it_is(windows: Windows, tmp_path: Path) -> None:
    assert bundle_writer.folder(str(tmp_path / "cache")) == str(tmp_path / "cache")
    assert windows.made == []


def test_a_short_name_is_used_where_there_is_one(windows: Windows, tmp_path: Path) -> None:
    path = tmp_path / "\u0410\u043d\u043d\u0430" / "cache"
    assert bundle_writer.folder(str(path)) == str(tmp_path / "~1" / "cache")
    assert path.is_dir()
    assert windows.made == []


def test_else_the_folder_is_the_users_own_among_all_users_data(
    windows: Windows, tmp_path: Path
) -> None:
    windows.short_names = False
    place = bundle_writer.folder(str(tmp_path / "\u0410\u043d\u043d\u0430"))
    assert place == os.path.join(windows.shared, f"spip-{ME}")
    ((_, sddl),) = windows.made
    assert sddl == f"O:{ME}D:P(A;OICI;FA;;;{ME})(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)"


@pytest.mark.parametrize("short_names", [True, False])
def test_a_fresh_folder_is_ascii_too(
    windows: Windows, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, short_names: bool
) -> None:
    windows.short_names = short_names
    home = tmp_path / "\u0410\u043d\u043d\u0430"
    home.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(home))
    place = bundle_writer.fresh("spip-")
    assert place.isascii()
    assert place.startswith(str(tmp_path / "~1") if short_names else windows.shared)
    assert bool(list(home.iterdir())) is short_names  # nothing is left behind


def test_the_shared_folder_is_asked_from_windows(monkeypatch: pytest.MonkeyPatch) -> None:
    def answer(asked: Any, flags: int, token: None, found: Any) -> int:
        assert (flags, token) == (0, None)
        # {62AB5D82-FDC1-4DC3-A9DD-070D1D495D97} as it lies in memory
        assert asked.raw.hex() == "825dab62c1fdc34da9dd070d1d495d97"
        found._obj.value = "C:\\ProgramData"
        return 0

    class Library:
        SHGetKnownFolderPath = staticmethod(answer)
        CoTaskMemFree: Callable[[object], None] = staticmethod(lambda _: None)

    assert ctypes.sizeof(ctypes.c_wchar_p)
    monkeypatch.setattr(security_descriptors, "library", lambda _: Library)
    assert bundle_writer._shared() == "C:\\ProgramData"
