"""What --fix keeps is what --undo brings back: to the byte, or not at all, with the reason."""

from __future__ import annotations

import json
import os
import shlex
import stat
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from spip.errors import SpipError
from spip.files import apply
from spip.repair import backup
from spip.repair.backup import Backup, discard_backup, latest_backup, plan_restore

OLD, NEW = b"export PIP_TRUSTED_HOST=index.corp.example\n", b"\n"


@pytest.fixture
def base(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(backup, "_base", lambda: str(tmp_path / "fix"))
    return tmp_path / "fix"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    made = tmp_path / ".bashrc"
    made.write_bytes(OLD)
    os.utime(made, ns=(1_000_000_000, 2_000_000_000))
    return made


@pytest.fixture
def changed(base: Path, file: Path) -> Backup:
    """A run that kept a file and changed it."""
    del base
    run = backup.new_backup()
    run.make()
    run.keep(str(file), OLD, NEW)
    file.write_bytes(NEW)
    return run


def undo() -> list[str]:
    found = latest_backup()
    assert found
    done = []
    for each in reversed(found.files):
        change = plan_restore(found.folder, each)
        if change:
            apply(change)
            done.append(change.path)
    return done


def test_it_comes_back_to_the_byte_and_to_its_times(changed: Backup, file: Path) -> None:
    assert undo() == [str(file)]
    assert (file.stat().st_atime_ns, file.stat().st_mtime_ns) == (1_000_000_000, 2_000_000_000)
    assert file.read_bytes() == OLD
    discard_backup(changed)
    assert latest_backup() is None


@pytest.mark.parametrize("damaged", [b"", OLD + b"#", OLD[:-1], None])
def test_a_damaged_backup_is_never_put_back(
    changed: Backup, file: Path, damaged: bytes | None
) -> None:
    backup = Path(changed.files[0]["backup"])
    backup.unlink() if damaged is None else backup.write_bytes(damaged)
    with pytest.raises(SpipError, match=f"is not what was kept of {file}"):
        undo()
    assert file.read_bytes() == NEW


@pytest.mark.parametrize("theirs", [NEW + b"# mine\n", b"", None])
def test_what_was_changed_since_is_left_as_it_is(
    changed: Backup, file: Path, theirs: bytes | None
) -> None:
    file.unlink() if theirs is None else file.write_bytes(theirs)
    with pytest.raises(SpipError, match=r"was (changed|removed) since") as refused:
        undo()
    backup = changed.files[0]["backup"]
    if os.name != "nt":  # how to see the difference, or to have it back
        name = "cp" if theirs is None else "diff"
        assert refused.value.hint == shlex.join([name, backup, str(file)])
    assert (file.read_bytes() if file.exists() else None) == theirs


def test_what_was_not_changed_yet_is_passed_over_even_without_its_backup(
    changed: Backup, file: Path
) -> None:
    file.write_bytes(OLD)
    Path(changed.files[0]["backup"]).unlink()
    assert undo() == []


@pytest.mark.usefixtures("base")
def test_the_last_change_is_taken_back_first(file: Path) -> None:
    run = backup.new_backup()
    run.make()
    for old, new in ((OLD, NEW), (NEW, b"third\n")):
        run.keep(str(file), old, new)
        file.write_bytes(new)
    assert undo() == [str(file)] * 2
    assert file.read_bytes() == OLD


def test_the_last_run_that_changed_something_counts(changed: Backup, base: Path) -> None:
    (base / "99999999T000000.000000Z-1").mkdir()  # ended before it changed anything
    found = latest_backup()
    assert found
    assert (found.folder, found.files) == (changed.folder, changed.files)


@pytest.mark.parametrize("text", ["", "[", "[]", "{}", '{"files": 1, "hooks": [], "made": []}'])
def test_a_damaged_record_is_named(changed: Backup, text: str) -> None:
    Path(changed.folder, "record.json").write_text(text, "utf-8")
    with pytest.raises(SpipError, match=r"record\.json is damaged") as refused:
        latest_backup()
    assert refused.value.hint == f"the files as they were lie beside it: {changed.folder}"


@pytest.mark.skipif(sys.platform == "win32", reason="owners are POSIX's")
@pytest.mark.parametrize("what", ["folder", "record.json"])
def test_anothers_record_is_not_obeyed(
    changed: Backup, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    """It would name any file of this user's."""
    theirs = changed.folder if what == "folder" else os.path.join(changed.folder, what)
    seen, look = os.geteuid() + 1, os.lstat

    def lstat(path: str) -> os.stat_result:
        found = look(path)
        return os.stat_result((*found[:4], seen, *found[5:])) if path == theirs else found

    monkeypatch.setattr(backup, "os", SimpleNamespace(**{**vars(os), "lstat": lstat}))
    with pytest.raises(SpipError, match="was not written by you, so nothing is done by it"):
        latest_backup()


@pytest.mark.skipif(sys.platform == "win32", reason="modes are POSIX's")
def test_nobody_else_reads_what_is_kept(changed: Backup) -> None:
    """A backup may hold passwords."""
    for path, mode in ((changed.folder, 0o700), (changed.files[0]["backup"], 0o600)):
        assert stat.S_IMODE(os.stat(path).st_mode) == mode


def test_a_backup_that_is_there_is_never_written_over(changed: Backup, file: Path) -> None:
    again = Backup(changed.folder)
    with pytest.raises(SpipError, match="no backup can be kept"):
        again.keep(str(file), NEW, OLD)
    assert Path(changed.files[0]["backup"]).read_bytes() == OLD


def test_the_record_says_what_was_there(changed: Backup, file: Path) -> None:
    said = json.loads(Path(changed.folder, "record.json").read_text("utf-8"))
    assert said["files"][0]["path"] == str(file)
    assert said["files"][0]["times"] == [1_000_000_000, 2_000_000_000]


# --- which run, and what of it


def test_the_newest_run_is_the_last_one(changed: Backup, base: Path) -> None:
    older = base / "00000000T000000.000000Z-1"
    older.mkdir(mode=0o700)
    (older / "record.json").write_text('{"files": [], "hooks": [], "made": []}')
    found = latest_backup()
    assert found
    assert found.folder == changed.folder
    assert (found.hooks, found.made) == (changed.hooks, changed.made)


@pytest.mark.skipif(sys.platform == "win32", reason="modes are POSIX's")
def test_a_folder_that_others_may_write_to_is_not_obeyed(changed: Backup) -> None:
    Path(changed.folder).chmod(0o777)
    with pytest.raises(SpipError, match="was not written by you, so nothing is done by it"):
        latest_backup()


@pytest.mark.parametrize("where", ["beside", "above", "below"])
def test_a_backup_is_taken_from_its_folder_alone(
    changed: Backup, tmp_path: Path, where: str
) -> None:
    """A record that was made elsewhere names any file as what was kept."""
    folder = Path(changed.folder)
    elsewhere = {"beside": tmp_path, "above": folder.parent, "below": folder / "a"}[where]
    elsewhere.mkdir(exist_ok=True)
    (elsewhere / "backup").write_bytes(OLD)
    each = {**changed.files[0], "backup": str(elsewhere / "backup")}
    with pytest.raises(SpipError, match="is not where backups are kept"):
        plan_restore(changed.folder, each)


@pytest.mark.skipif(sys.platform == "win32", reason="links want a right there")
def test_a_backup_is_no_link(changed: Backup, tmp_path: Path) -> None:
    """Not even to the same bytes."""
    backup = Path(changed.files[0]["backup"])
    backup.rename(tmp_path / "elsewhere")
    backup.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(SpipError, match="is not where backups are kept"):
        plan_restore(changed.folder, changed.files[0])


@pytest.mark.parametrize("came", [True, False])
def test_a_hook_that_came_or_went_since_stays_as_it_is(
    changed: Backup, file: Path, *, came: bool
) -> None:
    from spip.hooks import marked_block

    hooked = marked_block.with_block(NEW, "line")
    if came:
        file.write_bytes(hooked)
    else:
        changed.files[0]["new"] = backup._digest(hooked)
    change = plan_restore(changed.folder, changed.files[0])
    assert change
    assert change.new == (marked_block.with_block(OLD, "line") if came else OLD)
    assert change.times is None


def test_the_folders_that_were_made_go_again_where_they_are_empty(
    base: Path, changed: Backup
) -> None:
    discard_backup(changed)
    assert not base.exists()
    discard_backup(changed)  # somebody else was first
    another = backup.new_backup()
    another.make()
    (base / "other").touch()
    discard_backup(another)
    assert list(base.iterdir()) == [base / "other"]


def test_what_was_kept_lies_with_this_users_own_data(monkeypatch: pytest.MonkeyPatch) -> None:
    import platformdirs

    asked: list[tuple[object, ...]] = []

    def folder(*names: object, **more: object) -> str:
        asked.append((*names, more))
        return "/data/spip"

    monkeypatch.setattr(platformdirs, "user_data_dir", folder)
    assert backup._base() == os.path.join("/data/spip", "fix")
    assert asked == [("spip", {"appauthor": False})]
