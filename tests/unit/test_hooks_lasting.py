"""A hook names nothing that somebody else could exchange, now or once it is gone."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from spip.errors import SpipError
from spip.hooks.spip_command import check_replaceable
from support.lacking import lacking

pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows has permissions of its own")


@pytest.fixture
def spip(lasting_path: Path) -> Path:
    return made(lasting_path / "bin" / "spip")


def made(path: Path) -> Path:
    path.parent.mkdir(exist_ok=True, mode=0o755)
    path.write_bytes(b"")
    path.chmod(0o755)
    return path


def refused(*spip: Path, python: Path) -> str:
    with pytest.raises(SpipError) as caught:
        check_replaceable(*map(str, spip), python=str(python))
    return caught.value.message


def test_what_nobody_else_may_touch_is_fine(spip: Path) -> None:
    check_replaceable(str(spip), python=str(spip))


@pytest.mark.parametrize("name", ["spip", "mine/spip", "mine/link"])
def test_a_folder_that_anyone_may_fill_once_it_was_emptied_is_refused(
    spip: Path, lasting_path: Path, name: str
) -> None:
    """The sticky bit keeps /tmp/mine its owner's, until a restart removes it."""
    shared = lasting_path / "shared"
    (shared / "mine").mkdir(parents=True, mode=0o700)
    shared.chmod(0o1777)
    if name.endswith("link"):
        there = shared / name
        there.symlink_to(spip)
    else:
        there = made(shared / name)
    assert f"lies in {shared}" in refused(there, python=spip)
    assert f"lies in {shared}" in refused(spip, python=there)
    beside = lasting_path / "link"
    beside.symlink_to(there)
    if not there.is_symlink():
        assert f"lies in {shared}" in refused(beside, python=spip)


def test_what_others_may_write_to_is_refused_of_spip_alone(spip: Path) -> None:
    """Its Python, whoever may change that, is what pip runs with too."""
    spip.chmod(0o777)
    assert "is writable by others" in refused(spip, python=spip)
    assert "is writable by others" in refused(made(spip.with_name("code")), spip, python=spip)
    spip.chmod(0o755)
    spip.parent.chmod(0o777)
    assert f"lies in {spip.parent}, which is writable by others" in refused(spip, python=spip)
    check_replaceable(python=str(spip))


def test_what_belongs_to_another_user_is_refused(spip: Path) -> None:
    if os.geteuid() != 0:
        lacking("only root can give a file away", installable=False)
    os.chown(spip, 65534, 65534)
    assert "belongs to" in refused(spip, python=spip)
