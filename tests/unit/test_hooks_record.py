"""A record that somebody else wrote is no order: a repository can bring an environment with one."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from spip.commands import hook
from spip.errors import SpipError
from spip.hooks import environments, install, shell_hooks, shells
from spip.hooks.install import Hook
from spip.hooks.record import Record
from spip.hooks.shell_hooks import World
from spip.hooks.spip_command import Program

if sys.platform == "win32":
    pytest.skip("links and FIFOs are for other systems", allow_module_level=True)

SPIP = Program(("/usr/bin/spip",), "/usr/bin/spip")
SECRET = "a key that was not made by it\n"


@pytest.fixture
def key(tmp_path: Path) -> Path:
    path = tmp_path / "home" / ".ssh" / "id_ed25519"
    path.parent.mkdir(parents=True)
    path.write_text(SECRET)
    return path


@pytest.fixture(params=["venv", "conda", "python", "shell"])
def place(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Hook:
    """An environment or a home as a hook finds it, and what a hook would make there."""
    base = tmp_path / "base"
    (base / "bin").mkdir(parents=True)
    (base / "bin" / "activate").write_text("# an activate script\n")
    (base / "pyvenv.cfg").write_text("version = 3.12.1\n")
    (base / "conda-meta").mkdir()
    if request.param == "venv":
        return environments.venv_hook(str(base), SPIP)
    if request.param == "conda":
        return environments.conda_hook(str(base), SPIP)
    if request.param == "shell":
        monkeypatch.setenv("XDG_DATA_HOME", str(base))
        (base / ".bashrc").touch()
        return shell_hooks.rc_file_hook(
            shells.named("bash"), SPIP, World(os.environ, str(base), "linux")
        )
    from spip.hooks import python

    monkeypatch.setattr(python, "packages", lambda _: str(base))
    return python.hook("python3")


def removed(hook: Hook) -> None:
    install.remove(install.Removal(hook.folder, hook.bounds, lambda _: True))


def test_it_goes_again_whole(place: Hook, tmp_path: Path) -> None:
    before = sorted(tmp_path.rglob("*"))
    install.install(place)
    assert sorted(tmp_path.rglob("*")) != before
    removed(place)
    assert [p for p in sorted(tmp_path.rglob("*")) if p.name != "spip"] == [
        p for p in before if p.name != "spip"
    ]


@pytest.mark.parametrize("part", ["own", "edits"])
def test_what_no_hook_makes_is_left_alone_and_named(
    place: Hook, part: str, key: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    install.install(place)
    record = Path(place.folder, "record.json")
    known = json.loads(record.read_text())
    owner = "bash"
    known[part][str(key)] = owner if part == "own" else {"owner": owner, "existed": False}
    known["folders"] += [str(key.parent / "empty")]
    (key.parent / "empty").mkdir()
    record.write_text(json.dumps(known))
    removed(place)
    assert key.read_text() == SECRET
    if place.bounds.edits is not None or part == "own":
        assert f"names {key}, which no hook makes there: left alone" in capsys.readouterr().err
        assert place.bounds.edits is None or (key.parent / "empty").is_dir()


def test_a_way_around_by_dots_or_a_link_is_none(place: Hook, key: Path, tmp_path: Path) -> None:
    install.install(place)
    record = Path(place.folder, "record.json")
    known = json.loads(record.read_text())
    ways = [
        Path(each.path).parent / os.path.relpath(key, Path(each.path).parent) for each in place.own
    ]
    (tmp_path / "link").symlink_to(key.parent)
    known["own"] |= {str(way): "bash" for way in (*ways, tmp_path / "link" / key.name)}
    record.write_text(json.dumps(known))
    removed(place)
    assert key.read_text() == SECRET


def test_a_file_of_somebody_elses_under_the_name_of_spips_stays(place: Hook) -> None:
    install.install(place)
    own = Path(place.own[0].path)
    own.write_text(SECRET)
    removed(place)
    assert own.read_text() == SECRET


def the_ways(place: Hook) -> list[str]:
    """All that a hook writes to: files, and the folders of its own on the way."""
    own = [each.path for each in place.own]
    edits = [each.path for each in place.edits if place.bounds.edits is not None]
    return [*own, *edits, *(os.path.join(place.folder, n) for n in ("record.json", "lock"))]


def test_no_link_is_written_through(place: Hook, key: Path) -> None:
    for way in map(Path, the_ways(place)):
        way.parent.mkdir(parents=True, exist_ok=True)
        aside = way.with_name("aside")
        if way.exists():
            way.rename(aside)
        way.symlink_to(key)
        for act in (install.install, install.planned):
            with pytest.raises(SpipError, match="link"):
                act(place)
        with contextlib.suppress(SpipError):
            removed(place)
        assert key.read_text() == SECRET
        assert way.is_symlink()
        way.unlink()
        if aside.exists():
            aside.rename(way)


def test_no_linked_folder_is_entered(place: Hook, key: Path) -> None:
    folder = Path(place.folder)
    if folder.exists():
        folder.rmdir()
    folder.parent.mkdir(parents=True, exist_ok=True)
    folder.symlink_to(key.parent)
    before = sorted(key.parent.iterdir())
    for act in (install.install, removed):
        with pytest.raises(SpipError, match="link"):
            act(place)
    assert sorted(key.parent.iterdir()) == before
    assert key.read_text() == SECRET


@pytest.mark.parametrize("what", ["fifo", "endless"])
def test_what_has_no_end_is_not_waited_for(place: Hook, what: str) -> None:
    for way in map(Path, the_ways(place)):
        way.parent.mkdir(parents=True, exist_ok=True)
        way.unlink(missing_ok=True)
        if what == "fifo":
            os.mkfifo(way)
        else:
            way.symlink_to("/dev/zero")
        with pytest.raises(SpipError, match=r"no file|link"):
            install.install(place)
        with contextlib.suppress(SpipError):
            removed(place)
        way.unlink()
        if way.name == "activate":
            way.touch()


GARBLED = [
    "[]", "3", '"text"', "{", "[" * 100_000, '{"own": []}', '{"own": {"/x": 3}}', '{"edits": [1]}',
    '{"edits": {"/x": "bash"}}', '{"edits": {"/x": {}}}', '{"folders": {"a": "b"}}',
    '{"folders": [3]}', '{"own": {"a\\u0000b": "bash"}}', '{"own": null}',
    '{"edits": {"/x": {"owner": "bash", "times": ["a", "b"]}}}',
    '{"edits": {"/x": {"owner": "bash", "times": [1, 1e999]}}}',
    '{"edits": {"/x": {"owner": "bash", "times": [1, 99999999999999999999999]}}}',
    "\udcff",
]  # fmt: skip


@pytest.mark.parametrize("text", GARBLED, ids=range(len(GARBLED)))
def test_a_garbled_record_is_one_sentence(place: Hook, text: str) -> None:
    install.install(place)
    Path(place.folder, "record.json").write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(SpipError, match="is damaged"):
        removed(place)


def test_a_record_in_a_folder_that_others_write_to_counts_for_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    world = World(os.environ, str(tmp_path), "linux")
    folder = Path(world.folder)
    folder.mkdir(parents=True)
    (folder / "record.json").write_text("{}")
    Record.read(str(folder), world.bounds)
    folder.chmod(0o777)
    with pytest.raises(SpipError, match="could be written by somebody else"):
        Record.read(str(folder), world.bounds)


def test_the_command_obeys_no_record_of_a_repositorys(key: Path, tmp_path: Path) -> None:
    """It deleted what the record of a cloned repository named."""
    base = tmp_path / "repository" / ".venv"
    (base / "spip").mkdir(parents=True)
    (base / "bin").mkdir()
    (base / "bin" / "activate").touch()
    (base / "pyvenv.cfg").touch()
    record = {"edits": {}, "own": {str(key): "venv"}, "folders": []}
    (base / "spip" / "record.json").write_text(json.dumps(record))
    assert hook.main(["remove", "--venv", str(base)]) == 0
    assert key.read_text() == SECRET


# --- the lock


def test_a_lock_that_cannot_be_had_is_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from spip import files

    monkeypatch.setattr(files, "_PATIENCE", 0.3)
    path = str(tmp_path / "lock")
    hold = "import fcntl, sys; f = open(sys.argv[1], 'w'); fcntl.flock(f, fcntl.LOCK_EX); "
    hold += "print(flush=True); sys.stdin.read()"
    with subprocess.Popen(
        [sys.executable, "-c", hold, path], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as other:
        assert other.stdout
        other.stdout.readline()
        with pytest.raises(SpipError, match="can't be locked"), files.locked(path, []):
            pass
        other.communicate()
    with files.locked(path, []):
        assert os.path.exists(path)


def test_a_lock_in_a_folder_that_leads_nowhere_is_given_up(tmp_path: Path) -> None:
    """It span for ever."""
    from spip import files

    (tmp_path / "folder").symlink_to(tmp_path / "nowhere")
    with (
        pytest.raises(SpipError, match="leads nowhere"),
        files.locked(str(tmp_path / "folder" / "lock"), []),
    ):
        pass
