"""The log: whole lines, whoever writes at once and whatever is killed; and nothing unlogged."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from spip.commands.log import Reading
from spip.errors import SpipError
from spip.policy import audit_log, state_folder

posix = pytest.mark.skipif(os.name == "nt", reason="owners, modes and signals as POSIX has them")


@pytest.fixture
def home(tmp_path: Path) -> dict[str, str]:
    return {"HOME": str(tmp_path), "LOCALAPPDATA": str(tmp_path)}


def lines(home: dict[str, str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in Reading(audit_log.files(home)).since("")]


def file_of(home: dict[str, str]) -> Path:
    return Path(state_folder.folder(home), audit_log.NAME)


def write(home: dict[str, str], *commands: str) -> subprocess.Popen[bytes]:
    """Start a process that writes; `commands` are run before it does."""
    code = "\n".join(
        [
            "import os, sys",
            "from spip.policy import audit_log",
            *commands,
            "one = sys.argv[1]",
            "audit_log.write(os.environ, {'event': 'relax', 'id': one, 'pad': one * 99})",
        ]
    )
    environ = {**os.environ, **home, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    return subprocess.Popen([sys.executable, "-c", code, str(len(commands))], env=environ)


@posix
def test_the_file_is_the_owners_alone(home: dict[str, str]) -> None:
    old = os.umask(0)
    try:
        audit_log.write(home, {"event": "relax"})
    finally:
        os.umask(old)
    assert file_of(home).stat().st_mode & 0o777 == 0o600


def test_two_hundred_writers_lose_nothing_and_mix_nothing(home: dict[str, str]) -> None:
    """Ten processes with twenty threads each; every line is of one writer."""
    code = (
        "import os, sys, threading\n"
        "from spip.policy import audit_log\n"
        "def one(n): audit_log.write(os.environ, {'event': 'relax', 'id': n, 'pad': n * 500})\n"
        "each = [threading.Thread(target=one, args=(f'{sys.argv[1]}-{n}.',)) for n in range(20)]\n"
        "[t.start() for t in each]; [t.join() for t in each]\n"
    )
    environ = {**os.environ, **home, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    writers = [
        subprocess.Popen([sys.executable, "-c", code, str(number)], env=environ)
        for number in range(10)
    ]
    assert [each.wait() for each in writers] == [0] * 10
    found = lines(home)
    assert {each["id"] for each in found} == {f"{p}-{n}." for p in range(10) for n in range(20)}
    assert len(found) == 200
    assert all(each["pad"] == each["id"] * 500 for each in found)


@posix
def test_a_kill_in_the_middle_of_a_write_costs_that_line_alone(home: dict[str, str]) -> None:
    assert write(home).wait() == 0
    half = (
        "whole = os.write",
        "def os_write(d, data): whole(d, data[: len(data) // 2]); os.kill(os.getpid(), 9)",
        "os.write = os_write",
    )
    assert write(home, *half).wait() == -signal.SIGKILL
    assert file_of(home).read_bytes().count(b"\n") == 1
    assert write(home).wait() == 0
    assert [each["id"] for each in lines(home)] == ["0", "0"]
    reading = Reading(audit_log.files(home))
    assert len(list(reading.since(""))) == 2
    assert reading.damaged == 1
    reading = Reading(audit_log.files(home))
    assert len(reading.newest(10)) == 2
    assert reading.damaged == 1


@posix
def test_whoever_is_killed_with_the_lock_lets_go_of_it(home: dict[str, str]) -> None:
    killed = ("audit_log._append = lambda *_: os.kill(os.getpid(), 9)",)
    assert write(home, *killed).wait() == -signal.SIGKILL
    assert write(home).wait(60) == 0


def test_a_full_disk_is_said(home: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "write", lambda _, data: len(data) // 2)
    with pytest.raises(SpipError, match="can't be written: no space is left"):
        audit_log.write(home, {"event": "relax"})


@posix
@pytest.mark.parametrize("what", ["folder", "pipe", "link", "mode"])
def test_what_cannot_be_the_log_is_said(home: dict[str, str], what: str, tmp_path: Path) -> None:
    path = file_of(home)
    if what == "folder":
        path.mkdir()
    elif what == "pipe":
        os.mkfifo(path, 0o600)
    elif what == "link":
        path.symlink_to(tmp_path / "elsewhere")
    else:
        path.touch()
        path.chmod(0o666)
    with pytest.raises(SpipError, match=r"log\.jsonl"):
        audit_log.write(home, {"event": "relax"})
    assert not (tmp_path / "elsewhere").exists()


def test_it_rotates_and_keeps_as_many_as_is_documented(
    home: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit_log, "MOST_BYTES", 1000)
    for number in range(100):
        audit_log.write(home, {"event": "relax", "id": number, "pad": "x" * 100})
    kept = sorted(path.name for path in file_of(home).parent.glob("log.jsonl*"))
    assert kept == ["log.jsonl", *(f"log.jsonl.{count}" for count in range(1, 6))]
    assert all(path.stat().st_size <= 1000 for path in file_of(home).parent.glob("log.jsonl*"))
    numbers = [each["id"] for each in lines(home)]
    assert numbers == list(range(numbers[0], 100))
    newest = Reading(audit_log.files(home)).newest(7)
    assert [json.loads(line)["id"] for line in newest] == list(range(93, 100))
    page = Path(__file__).parent.parent.parent / "docs" / "allow-insecure.md"
    assert f"{audit_log.OLD_FILES} older files of 10 MB each" in page.read_text("utf-8")


@pytest.mark.parametrize("stop", range(1, 8))
def test_a_rotation_that_is_cut_short_loses_nothing_but_the_oldest(
    home: dict[str, str], monkeypatch: pytest.MonkeyPatch, stop: int
) -> None:
    """Whatever ends it: the next one goes on from there."""
    monkeypatch.setattr(audit_log, "MOST_BYTES", 1000)
    for number in range(40):
        audit_log.write(home, {"event": "relax", "id": number, "pad": "x" * 100})
    rename, calls = os.replace, iter(range(1, 1000))

    def cut(old: str, new: str) -> None:
        if next(calls) == stop:
            raise PermissionError
        rename(old, new)

    monkeypatch.setattr(os, "replace", cut)
    kept = len(lines(home))
    for number in range(40, 80):
        audit_log.write(home, {"event": "relax", "id": number, "pad": "x" * 100})
        numbers = [each["id"] for each in lines(home)]
        assert numbers == list(range(numbers[0], number + 1))
        assert len(numbers) >= kept - 5  # a file holds five


@pytest.mark.parametrize("after", range(7))
def test_a_rotation_while_the_files_are_opened_hides_nothing(
    home: dict[str, str], monkeypatch: pytest.MonkeyPatch, after: int
) -> None:
    """A whole file was passed over where one was renamed between two opens."""
    for number in range(6):
        audit_log.write(home, {"event": "relax", "id": number})
        audit_log._rotate(str(file_of(home)), audit_log.MOST_BYTES if number in {1, 3} else 0)
    opened, calls = state_folder.opened, iter(range(100))

    def rotating(path: str, flags: int) -> int:
        if next(calls) == after:
            audit_log._rotate(str(file_of(home)), audit_log.MOST_BYTES)
        return opened(path, flags)

    files = audit_log.files(home)
    monkeypatch.setattr(state_folder, "opened", rotating)
    reading = Reading(files)
    assert [json.loads(line)["id"] for line in reading.since("")] == list(range(6))
    assert [json.loads(line)["id"] for line in reading.newest(9)] == list(range(6))
    assert reading.damaged == 0


def test_the_newest_of_less_than_was_asked_for(home: dict[str, str]) -> None:
    assert Reading(audit_log.files(home)).newest(5) == []
    audit_log.write(home, {"event": "relax", "id": 1})
    assert len(Reading(audit_log.files(home)).newest(5)) == 1
    assert Reading(audit_log.files(home)).newest(0) == []


def test_a_line_longer_than_a_block_is_whole(home: dict[str, str]) -> None:
    audit_log.write(home, {"event": "relax", "pad": "x" * 600_000})
    audit_log.write(home, {"event": "relax", "id": 2})
    assert len(Reading(audit_log.files(home)).newest(2)) == 2


# --- syslog


class Listener:
    """A syslog that listens on a socket of its own."""

    def __init__(self, path: Path) -> None:
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(str(path))
        self._socket.settimeout(60)

    def heard(self) -> dict[str, Any]:
        """Return the next message, read as JSON."""
        priority, _, message = self._socket.recv(1 << 20).partition(b">spip: ")
        assert priority == b"<36"  # LOG_AUTH, warning: RFC 5424, section 6.2.1
        found: dict[str, Any] = json.loads(message.rstrip(b"\0"))
        return found

    def close(self) -> None:
        """Stop listening."""
        self._socket.close()


@posix
def test_syslog_hears_each_entry(tmp_path: Path) -> None:
    listener = Listener(tmp_path / "log")
    try:
        audit_log.send(str(tmp_path / "log"), {"event": "relax", "reason": "roll-out"})
        assert listener.heard() == {"event": "relax", "reason": "roll-out"}
        many = [{"url": str(number)} for number in range(45)]
        audit_log.send(str(tmp_path / "log"), {"event": "end", "fetched": many})
        assert [len(listener.heard()["fetched"]) for _ in range(3)] == [20, 20, 5]
    finally:
        listener.close()


@posix
@pytest.mark.parametrize("what", ["missing", "nobody listens"])
def test_a_syslog_that_nobody_hears_is_an_error(tmp_path: Path, what: str) -> None:
    if what == "nobody listens":
        Listener(tmp_path / "log").close()
    with pytest.raises(SpipError, match="can't be reached"):
        audit_log.send(str(tmp_path / "log"), {"event": "relax"})


def test_the_lock_is_not_waited_for_forever(
    home: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(state_folder, "_PATIENCE", 0.1)
    path = os.path.join(state_folder.folder(home), "log.lock")
    with state_folder.locked(path):
        failed: list[str] = []

        def other() -> None:
            try:
                audit_log.write(home, {"event": "relax"})
            except SpipError as error:
                failed.append(error.message)

        thread = threading.Thread(target=other)
        thread.start()
        thread.join()
    assert "held by another process" in failed[0]


# --- at the edges


def opened() -> int:
    """The number that the next file would get: the same again where nothing was left open."""
    descriptor = os.open(os.devnull, os.O_RDONLY)
    os.close(descriptor)
    return descriptor


def test_how_much_a_file_takes_is_what_is_documented() -> None:
    assert (audit_log.MOST_BYTES, audit_log.OLD_FILES) == (10_000_000, 5)


def test_where_nothing_was_logged_there_are_no_files(home: dict[str, str]) -> None:
    assert audit_log.files(home) == []
    state_folder.folder(home)
    assert audit_log.files(home) == []
    audit_log.write(home, {"event": "relax"})
    first = os.path.realpath(file_of(home))
    assert audit_log.files(home) == [*(f"{first}.{count}" for count in (5, 4, 3, 2, 1, 0)), first]


@pytest.mark.parametrize(
    ("there", "before"),
    [(b'{"time": "20', b'{"time": "20\n'), (b"x", b"x\n"), (b"a\n", b"a\n"), (b"", b"")],
)
def test_half_a_line_is_ended_by_whoever_writes_next(
    home: dict[str, str], there: bytes, before: bytes
) -> None:
    file = file_of(home)
    file.write_bytes(there)
    file.chmod(0o600)
    said = audit_log.write(home, {"event": "relax"})
    assert file.read_bytes() == before + json.dumps(said).encode() + b"\n"


@posix
def test_a_line_is_on_the_disk_before_anything_goes_on_and_nothing_stays_open(
    home: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[str] = []
    sync = os.fsync

    def noted(descriptor: int) -> None:
        synced.append(os.readlink(f"/proc/self/fd/{descriptor}"))
        sync(descriptor)

    before = opened()
    if sys.platform == "linux":
        monkeypatch.setattr(os, "fsync", noted)
    audit_log.write(home, {"event": "relax"})
    assert opened() == before
    if sys.platform == "linux":
        assert synced == [os.path.realpath(file_of(home))]


@pytest.mark.parametrize(("more", "rotated"), [(0, False), (1, True)])
def test_a_file_takes_its_most_and_not_a_byte_more(
    home: dict[str, str], monkeypatch: pytest.MonkeyPatch, more: int, *, rotated: bool
) -> None:
    file = file_of(home)
    file.write_bytes(b"x" * (90 + more))
    monkeypatch.setattr(audit_log, "MOST_BYTES", 100)
    audit_log._rotate(str(file), 10)
    assert Path(f"{file}.1").exists() is rotated
    assert file.exists() is not rotated


@posix
def test_a_link_is_not_put_aside_for_what_it_leads_to(
    home: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nor written to: what is another's file stays as it is."""
    monkeypatch.setattr(audit_log, "MOST_BYTES", 1000)
    large = tmp_path / "large"
    large.write_bytes(b"x" * 2000)
    file_of(home).symlink_to(large)
    with pytest.raises(SpipError, match="can't be written"):
        audit_log.write(home, {"event": "relax"})
    assert file_of(home).is_symlink()
    assert large.stat().st_size == 2000


@posix
def test_whatever_is_refused_is_closed_again(
    home: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    file = file_of(home)
    file.touch(mode=0o600)
    file.chmod(0o622)
    before = opened()
    with pytest.raises(SpipError, match="can be written by others"):
        state_folder.opened(str(file), os.O_RDONLY)
    assert opened() == before

    def broken(seen: object) -> str:
        raise OSError(5, "Input/output error", str(seen))

    monkeypatch.setattr(state_folder, "_against", broken)
    with pytest.raises(OSError, match="Input/output"):
        state_folder.opened(str(file), os.O_RDONLY)
    assert opened() == before


def test_a_home_that_is_missing_is_not_made(tmp_path: Path) -> None:
    away = tmp_path / "away"
    with pytest.raises(SpipError, match="can't be made"):
        state_folder.folder({"HOME": str(away), "LOCALAPPDATA": str(away)})
    assert not away.exists()


def test_a_file_may_be_as_large_as_is_said(home: dict[str, str]) -> None:
    file = file_of(home)
    file.write_bytes(b"x" * 1024)
    file.chmod(0o600)
    assert len(state_folder.content(str(file), 1024)) == 1024
    with pytest.raises(SpipError, match="larger than 0 KB"):
        state_folder.content(str(file), 1023)


def test_a_lock_is_waited_for_half_a_minute(
    home: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = str(file_of(home).with_name("a.lock"))
    slept: list[float] = []
    moments = iter([0.0, 1.0, 29.5])
    answers = iter([False, False, True])
    clock = SimpleNamespace(monotonic=lambda: next(moments), sleep=slept.append)
    monkeypatch.setattr(state_folder, "time", clock)
    monkeypatch.setattr(state_folder, "taken", lambda _: next(answers))
    with state_folder.locked(path):
        assert len(slept) == 2
        assert all(0 < each < 0.1 for each in slept)
    moments, answers = iter([0.0, 30.5]), iter([False])
    with pytest.raises(SpipError, match="for too long"), state_folder.locked(path):
        pass


@posix
@pytest.mark.parametrize("error", [BlockingIOError(11, "again"), PermissionError(13, "denied")])
def test_a_lock_that_another_has_is_not_taken(
    home: dict[str, str], monkeypatch: pytest.MonkeyPatch, error: OSError
) -> None:
    """Systems say it in two ways."""
    import fcntl

    def refuse(descriptor: int, how: int) -> None:
        del descriptor, how
        raise error

    monkeypatch.setattr(fcntl, "flock", refuse)
    assert not state_folder.taken(0)
    assert state_folder.folder(home)


def test_windows_has_no_socket_that_a_policy_may_demand(monkeypatch: pytest.MonkeyPatch) -> None:
    """The Event Log took the entry, and a policy that named a socket was content."""
    monkeypatch.setattr(sys, "platform", "win32")
    with pytest.raises(SpipError, match="demands the log in the socket /run/log"):
        audit_log.send("/run/log", {})
