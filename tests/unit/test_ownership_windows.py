"""Windows' permissions, from descriptors as Windows prints them."""

from __future__ import annotations

import os
from pathlib import Path
from types import SimpleNamespace

import pytest

from spip.ownership import security_descriptors, windows
from spip.sources import SourceRejected

ME = "S-1-5-21-1004336348-1177238915-682003330-1001"
OTHER = "S-1-5-21-1004336348-1177238915-682003330-1002"
INSTALLER = "S-1-5-80-956008885-3418522649-1831038044-1853292631-2271478464"
ADMINS = security_descriptors.ADMINS
USER = ADMINS | {ME}
TOP = Path(__file__).anchor

# `Get-Acl ... | Select Sddl` of a Windows 11: a file of an agent's, C:\, C:\ProgramData, a home.
AGENTS_FILE = "O:SYG:SYD:(A;ID;FA;;;SY)(A;ID;FA;;;BA)(A;ID;0x1200a9;;;BU)"
DRIVE = (
    f"O:{INSTALLER}G:{INSTALLER}D:PAI(A;OICI;FA;;;BA)(A;OICI;FA;;;SY)(A;OICI;0x1200a9;;;BU)"
    "(A;OICIIO;SDGXGWGR;;;AU)(A;;LC;;;AU)"
)
PROGRAM_DATA = (
    "O:SYG:SYD:PAI(A;OICIIO;GA;;;CO)(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)(A;OICI;0x1200a9;;;BU)"
    "(A;CI;DCLCRPCR;;;BU)"
)
HOME = f"O:SYG:SYD:P(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)(A;OICI;FA;;;{ME})"


@pytest.mark.parametrize(
    ("text", "folder"),
    [
        (AGENTS_FILE, False),
        (DRIVE, True),
        (PROGRAM_DATA, True),
        ("O:BAG:SYD:(A;;FA;;;SY)(D;;FA;;;BU)(A;;FR;;;WD)", False),
        ("O:BAG:SYD:(A;;FA;;;OW)(A;;FRFX;;;AU)", False),
        ('O:BAG:SYD:(XA;;FX;;;S-1-1-0;(@User.Title=="PM" && (Member_of {SID(BA)})))', False),
    ],
)
def test_what_only_administrators_can_change_is_relied_on(text: str, folder: bool) -> None:  # noqa: FBT001
    assert security_descriptors.against(text, ADMINS, folder=folder) == ""


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (AGENTS_FILE.replace("O:SY", f"O:{ME}"), f"belongs to {ME}"),
        ("G:SYD:(A;;FA;;;SY)", "belongs to nobody"),
        ("O:SYG:SY", "is writable by everyone"),
        ("O:SYG:SYD:NO_ACCESS_CONTROL", "is writable by everyone"),
        ("O:SYG:SYD:(A;;FA;;;WD)", "is writable by WD"),
        ("O:SYG:SYD:(A;;0x1301bf;;;BU)", "is writable by BU"),
        ("O:SYG:SYD:(A;;FW;;;AU)", "is writable by AU"),
        ("O:SYG:SYD:(A;;GW;;;AU)", "is writable by AU"),
        ("O:SYG:SYD:(A;;SD;;;AU)", "is writable by AU"),
        ("O:SYG:SYD:(A;;WD;;;AU)", "is writable by AU"),
        ("O:SYG:SYD:(A;;WO;;;AU)", "is writable by AU"),
        ("O:SYG:SYD:(A;;DC;;;AU)", "is writable by AU"),
        (f"O:SYG:SYD:(A;;FA;;;{ME})", f"is writable by {ME}"),
        ("O:SYG:SYD:(A;;QQ;;;AU)", "is writable by AU"),
        ('O:SYG:SYD:(XA;;FA;;;WD;(@User.Title=="PM"))', "is writable by WD"),
        # What a nested condition, or a bracket in a text, hid from the eye before.
        ("O:BAD:(XA;;FR;;;BU;((Exists User.a) && (@User.b==2)))(A;;FA;;;WD)", "is writable by WD"),
        ('O:BAD:(XA;;FR;;;BU;(@User.Title=="a(b;" ))(A;;FA;;;WD)', "is writable by WD"),
        ("O:BAD:(A;;FR;;;BU)(A;;FA;;;WD", "has permissions that can't be read"),
        ("O:BAD:(A;;FR;;;BU)x(A;;FA;;;WD)", "has permissions that can't be read"),
        ("O:BAD:(A;;FR;;;BU))(A;;FA;;;WD)", "has permissions that can't be read"),
        ("O:BAD:(A;;FR)(A;;FA;;;BA)", "has permissions that can't be read"),
        ("O:BAD:(ZZ;;FA;;;WD)", "is writable by WD"),
    ],
)
def test_a_file_that_others_can_change_is_refused(text: str, words: str) -> None:
    assert security_descriptors.against(text, ADMINS, folder=False) == words


@pytest.mark.parametrize(
    "rights", ["FA", "SD", "WD", "WO", "GA", "DT", "0x40", "0x10000", "0x1301ff"]
)
def test_a_folder_whose_entries_others_can_exchange_is_refused(rights: str) -> None:
    text = f"O:SYG:SYD:(A;;FA;;;SY)(A;;{rights};;;BU)"
    assert security_descriptors.against(text, ADMINS, folder=True) == "is writable by BU"


def test_the_user_is_trusted_with_what_the_user_named_only() -> None:
    assert security_descriptors.against(HOME, USER, folder=True) == ""
    assert security_descriptors.against(HOME, ADMINS, folder=True) == f"is writable by {ME}"
    assert (
        security_descriptors.against(HOME, ADMINS | {OTHER}, folder=True) == f"is writable by {ME}"
    )


class Machine:
    """Windows' answers, recorded."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.paths: dict[str, str] = {}
        monkeypatch.setattr(security_descriptors, "user", lambda: ME)
        monkeypatch.setattr(security_descriptors, "is_remote", lambda path: "remote" in path)
        monkeypatch.setattr(
            security_descriptors, "of_path", lambda path: self.paths.get(path, DRIVE)
        )
        monkeypatch.setattr(
            security_descriptors, "of_link", lambda path: self.paths.get(path, AGENTS_FILE)
        )
        monkeypatch.setattr(
            security_descriptors, "of_open", lambda _: self.paths.get("file", AGENTS_FILE)
        )


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Machine:
    return Machine(monkeypatch)


def test_every_folder_on_the_way_is_judged(machine: Machine) -> None:
    walk = windows.WindowsWalk("admin")
    real, seen = walk.to(__file__)
    assert real == __file__
    walk.judge(0, seen)
    machine.paths[TOP] = HOME
    with pytest.raises(SourceRejected, match=r"lies in .*, which is writable by S-1-5-21"):
        windows.WindowsWalk("admin").to(__file__)
    windows.WindowsWalk("user").to(__file__)


def test_the_open_file_is_judged(machine: Machine) -> None:
    machine.paths["file"] = HOME
    walk = windows.WindowsWalk("admin")
    with pytest.raises(SourceRejected, match="is writable by S-1-5-21"):
        walk.judge(0, walk.to(__file__)[1])


def test_a_folder_is_judged_with_all_above_it(machine: Machine, tmp_path: Path) -> None:
    folder = os.path.realpath(tmp_path)
    assert windows.WindowsWalk("user").folder(folder) == folder
    for judged in (folder, Path(folder).anchor):  # not always the drive of this file
        machine.paths = {judged: HOME.replace(ME, OTHER)}
        with pytest.raises(SourceRejected, match="lies in "):
            windows.WindowsWalk("user").folder(folder)


@pytest.mark.skipif(os.name == "nt", reason="a link needs a privilege there")
def test_every_link_on_the_way_is_judged_and_the_folder_that_holds_it(
    machine: Machine, tmp_path: Path
) -> None:
    """Only the first folder and the last one were looked at: who held a link between them won."""
    top = Path(os.path.realpath(tmp_path))
    for name in ("admin", "shared", "target"):
        (top / name).mkdir()
    (top / "target" / "root.pem").touch()
    (top / "shared" / "hop").symlink_to("../target")
    (top / "admin" / "link").symlink_to(top / "shared" / "hop")
    way = str(top / "admin" / "link" / "root.pem")
    assert windows.WindowsWalk("admin").to(way)[0] == str(top / "target" / "root.pem")
    lies_in, leads_over = HOME.replace(ME, OTHER), AGENTS_FILE.replace("O:SY", f"O:{OTHER}")
    for place, said, words in (
        ("admin", lies_in, "lies in .*/admin, which is writable by S-1-5-21"),
        ("shared", lies_in, "lies in .*/shared, which is writable by S-1-5-21"),
        ("target", lies_in, "lies in .*/target, which is writable by S-1-5-21"),
        ("admin/link", leads_over, "leads over .*/admin/link, which belongs to S-1-5-21"),
        ("shared/hop", leads_over, "leads over .*/shared/hop, which belongs to S-1-5-21"),
    ):
        machine.paths = {str(top / place): said}
        for walk in (windows.WindowsWalk("admin").to, windows.WindowsWalk("user").folder):
            with pytest.raises(SourceRejected, match=words):
                walk(way)
    (top / "shared" / "hop").unlink()
    (top / "shared" / "hop").symlink_to(top / "admin" / "link")
    with pytest.raises((SourceRejected, OSError), match=r"leads nowhere|symbolic links"):
        windows.WindowsWalk("admin").to(way)


@pytest.mark.usefixtures("machine")
def test_another_machines_administrators_are_none_of_this_one() -> None:
    with pytest.raises(SourceRejected, match="lies on another machine"):
        windows.WindowsWalk("admin").to(os.path.join(TOP, "remote"))


@pytest.mark.usefixtures("machine")
def test_a_relative_path_is_refused() -> None:
    with pytest.raises(SourceRejected, match="is not an absolute path"):
        windows.WindowsWalk("user").to("file.pem")


def tagged(monkeypatch: pytest.MonkeyPatch, path: Path, tag: int, like: Path | None = None) -> None:
    """Have the system say that `path` is a reparse point of this kind."""
    look = os.lstat

    def lstat(asked: str) -> object:
        seen = look(asked)
        if asked != str(path):
            return seen
        return SimpleNamespace(st_mode=look(like or path).st_mode, st_reparse_tag=tag)

    monkeypatch.setattr(windows, "os", SimpleNamespace(**{**vars(os), "lstat": lstat}))


@pytest.mark.skipif(os.name == "nt", reason="the tags are given here by the test")
@pytest.mark.parametrize("tag", [0xA000001D, 0xA0000019, 0x20000000, 0xA0000020])
def test_a_link_of_a_kind_that_nothing_here_can_read_is_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, tag: int
) -> None:
    """WSL's, an object manager's, another maker's: whoever holds it decides where it leads."""
    top = Path(os.path.realpath(tmp_path))
    (top / "odd").mkdir()
    (top / "odd" / "root.pem").touch()
    tagged(monkeypatch, top / "odd", tag)
    with pytest.raises(
        SourceRejected, match=r"leads over .*/odd, which is a link of an unknown kind"
    ):
        list(windows.links(str(top / "odd" / "root.pem")))


@pytest.mark.skipif(os.name == "nt", reason="the tags are given here by the test")
@pytest.mark.parametrize("tag", [0, 0x9000001A, 0x80000013, 0x80000017, 0x8000001B])
def test_a_file_that_a_filter_completes_is_itself(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, tag: int
) -> None:
    """OneDrive's, deduplicated, compressed, an app's own."""
    top = Path(os.path.realpath(tmp_path))
    (top / "root.pem").touch()
    tagged(monkeypatch, top / "root.pem", tag)
    assert list(windows.links(str(top / "root.pem"))) == []


@pytest.mark.skipif(os.name == "nt", reason="the tags are given here by the test")
def test_a_junction_is_a_link(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    top = Path(os.path.realpath(tmp_path))
    (top / "junction").symlink_to("target")  # what answers when its target is asked for
    tagged(monkeypatch, top / "junction", 0xA0000003, like=top)
    (top / "target").mkdir()
    assert list(windows.links(str(top / "junction"))) == [str(top / "junction")]
