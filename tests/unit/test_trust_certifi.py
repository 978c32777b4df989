"""Which certifi counts: the newest of two, by the date that each calls itself."""

from __future__ import annotations

from pathlib import Path

import pytest

from spip.errors import SpipError
from spip.standalone import shipped_files
from spip.trust import sources_in_force


def bundle(folder: Path, text: bytes) -> str:
    folder.mkdir()
    (folder / "__init__.py").write_bytes(text)
    return str(folder / "cacert.pem")


@pytest.mark.parametrize(
    ("ours", "theirs", "counts"),
    [
        ("2026.01.02", "2025.12.31", "ours"),
        ("2025.12.31", "2026.1.2", "theirs"),
        ("2026.1.2", "2026.01.02", "theirs"),
        ("2026.10.2", "2026.9.30", "ours"),
        ("2026.1.2", "", "ours"),
    ],
)
def test_the_newest_counts_and_pips_own_of_the_same_day(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ours: str, theirs: str, counts: str
) -> None:
    paths = {
        name: bundle(tmp_path / name, f'__version__ = "{version}"\n'.encode())
        for name, version in (("ours", ours), ("theirs", theirs))
    }
    monkeypatch.setattr(sources_in_force, "own_certifi", lambda: paths["ours"])
    assert sources_in_force.newest_certifi(paths["theirs"]) == paths[counts]
    assert sources_in_force.newest_certifi(None) == paths["ours"]


@pytest.mark.parametrize(
    ("text", "version"),
    [
        (
            b'from .core import where\n__all__ = ["where"]\n__version__ = "2026.01.02"\n',
            "2026.01.02",
        ),
        (b'__all__ = ["where"]\n', ""),
        (b"__version__ = 1\n", ""),
        (b"\xff\xfe\n", ""),
        (b"", ""),
    ],
)
def test_its_version_is_what_its_package_says(tmp_path: Path, text: bytes, version: str) -> None:
    assert sources_in_force.certifi_version(bundle(tmp_path / "certifi", text)) == version


def test_without_a_package_it_has_none(tmp_path: Path) -> None:
    assert sources_in_force.certifi_version(str(tmp_path / "cacert.pem")) == ""


def test_a_spip_without_certifi_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shipped_files, "certifi_bundle", lambda: None)
    with pytest.raises(SpipError, match="certifi is missing beside spip") as caught:
        sources_in_force.own_certifi()
    assert caught.value.hint == "install spip again"
