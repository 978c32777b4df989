"""A grant ends: by its time, by a restart, by its process; and only this user's own counts."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spip import text as duration
from spip.errors import SpipError
from spip.policy import clock, grants, in_force, locations, session_rules, state_folder
from spip.policy.clock import Now
from spip.policy.grants import Grant
from spip.policy.policy_file import DAY, Policy, of

HOUR = 3600.0
THEN = Now("this boot", 1000.0, 1_800_000_000.0)
posix = pytest.mark.skipif(os.name == "nt", reason="owners and modes as POSIX has them")
TIMES = st.floats(-10 * DAY, 10 * DAY, allow_nan=False)


def grant(now: Now = THEN, length: float = HOUR, **more: Any) -> Grant:
    made = Grant(
        host="index.corp.example",
        port=443,
        sha256="ab" * 32,
        subject="CN=index.corp.example",
        issuer="CN=Unknown Root CA",
        by="ann",
        reason="root CA roll-out",
        boot=now.boot,
        given=now.elapsed,
        ends=now.elapsed + length,
        given_on=now.date,
        ends_on=now.date + length,
    )
    return replace(made, **more)


def later(seconds: float, date: float | None = None) -> Now:
    """The same boot, so many seconds later; `date`: what the clock has moved by meanwhile."""
    return Now(THEN.boot, THEN.elapsed + seconds, THEN.date + (seconds if date is None else date))


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """An environment with a home, on a machine without a policy."""
    monkeypatch.setattr(
        locations, "POLICY", dict.fromkeys(locations.POLICY, str(tmp_path / "none.toml"))
    )
    (tmp_path / "home").mkdir(mode=0o700)
    return {"HOME": str(tmp_path / "home"), "LOCALAPPDATA": str(tmp_path / "home")}


def keep(home: dict[str, str], *given: Grant) -> Path:
    grants.change(home, clock.now(), lambda _: given)
    return Path(locations.grants_file(home) or "")


def alive(home: dict[str, str]) -> list[str]:
    return [each["host"] for each in in_force.for_session(home)["grants"]]


# --- time


def test_it_lives_for_its_time() -> None:
    assert grant().left(THEN) == HOUR
    assert grant().left(later(60)) == HOUR - 60
    assert grant().left(later(HOUR)) == 0


def test_a_restart_ends_it() -> None:
    assert grant().left(replace(later(60), boot="another")) == 0


def test_a_clock_that_was_set_back_lengthens_nothing() -> None:
    assert grant().left(later(HOUR - 60, date=-DAY / 2)) == 60
    assert grant().left(later(HOUR, date=-DAY / 2)) == 0


def test_a_clock_that_was_set_forward_may_end_it() -> None:
    assert grant().left(later(60, date=2 * HOUR)) == 0


def test_time_that_went_backwards_since_the_start_ends_it() -> None:
    assert grant().left(later(-1)) == 0


def test_a_policy_that_came_later_shortens_it() -> None:
    assert grant().left(later(60), longest=600) == 540
    assert grant().left(later(601), longest=600) == 0


@given(passed=TIMES, date=TIMES, length=st.floats(1, DAY))
def test_whatever_the_clocks_say_no_more_is_left_than_was_given(
    passed: float, date: float, length: float
) -> None:
    """To what these clocks can tell apart: a billion seconds and a trillionth are a billion."""
    left = grant(length=length).left(later(passed, date))
    assert left <= max(0.0, length - max(passed, 0)) + 1e-6


def test_what_is_over_is_swept(home: dict[str, str]) -> None:
    now = clock.now()
    gone = grant(replace(now, elapsed=now.elapsed - 100, date=now.date - 100), 50)
    path = keep(home, grant(now))
    path.write_text(json.dumps({**json.loads(path.read_text()), "grants": [asdict(gone)]}))
    assert alive(home) == []
    assert not path.exists()


def test_one_of_another_boot_may_be_another_machines_and_stays(home: dict[str, str]) -> None:
    path = keep(home, grant(replace(clock.now(), boot="another machine's")))
    assert alive(home) == []
    assert path.exists()


# --- this user's alone


@posix
def test_the_file_is_the_owners_alone(home: dict[str, str]) -> None:
    path = keep(home, grant(clock.now()))
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert alive(home) == ["index.corp.example"]


@posix
@pytest.mark.parametrize("mode", [0o620, 0o602, 0o666])
def test_a_file_that_others_can_write_is_refused(home: dict[str, str], mode: int) -> None:
    path = keep(home, grant(clock.now()))
    path.chmod(mode)
    found = in_force.for_session(home)
    assert found["grants"] == []
    assert "can be written by others" in found["refused_grants"]
    assert found["notices"] == [found["refused_grants"]]


@posix
@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root gives away")
@pytest.mark.parametrize("what", ["file", "folder"])
def test_a_file_of_another_users_is_refused(home: dict[str, str], what: str) -> None:
    path = keep(home, grant(clock.now()))
    os.chown(path if what == "file" else path.parent, 1234, 1234)
    found = in_force.for_session(home)
    assert found["grants"] == []
    assert "belongs to" in found["refused_grants"]
    with pytest.raises(SpipError, match="belongs to"):
        grants.change(home, clock.now(), lambda kept: kept)


def test_a_copy_of_another_users_grants_is_refused(home: dict[str, str]) -> None:
    """The copy belongs to whoever made it; what it says in itself is another user's."""
    path = keep(home, grant(clock.now()))
    path.write_text(json.dumps({**json.loads(path.read_text()), "user": "4321"}))
    found = in_force.for_session(home)
    assert found["grants"] == []
    assert "written for another user ('4321')" in found["refused_grants"]


@posix
def test_a_link_is_refused(home: dict[str, str], tmp_path: Path) -> None:
    path = keep(home, grant(clock.now()))
    path.rename(tmp_path / "elsewhere.json")
    path.symlink_to(tmp_path / "elsewhere.json")
    assert in_force.for_session(home)["refused_grants"]
    assert alive(home) == []


@posix
def test_a_pipe_is_not_waited_for(home: dict[str, str]) -> None:
    path = keep(home, grant(clock.now()))
    path.unlink()
    os.mkfifo(path, 0o600)
    assert "is no file" in in_force.for_session(home)["refused_grants"]


# --- damage


@pytest.mark.parametrize(
    "damage",
    [
        {"port": "443"},
        {"port": 0},
        {"host": ""},
        {"host": None},
        {"sha256": "ab"},
        {"sha256": "AB" * 32},
        {"boot": ""},
        {"ends": "never"},
        {"more": 1},
        {"process": [1]},
        {"process": "1"},
        {"ends": 1e12, "ends_on": 1e12},
        {"ends": 1e12},
        {"reason": ["x"]},
        {"given": float("nan")},
        {"ends": float("inf")},
    ],
    ids=str,
)
def test_a_damaged_grant_is_refused_with_all_others(
    home: dict[str, str], damage: dict[str, Any]
) -> None:
    good = grant(clock.now())
    path = keep(home, good, replace(good, port=8443))
    said = json.loads(path.read_text())
    said["grants"][0] |= damage
    path.write_text(json.dumps(said))
    found = in_force.for_session(home)
    assert found["grants"] == []
    assert str(path) in found["refused_grants"]
    with pytest.raises(SpipError, match="damaged"):
        grants.read(home)


@pytest.mark.parametrize("cut", [0, 1, 20, 200, -1, -2])
def test_a_file_that_was_cut_is_refused_and_says_what_to_do(home: dict[str, str], cut: int) -> None:
    path = keep(home, grant(clock.now()))
    path.write_bytes(path.read_bytes()[:cut])
    with pytest.raises(SpipError, match="damaged") as caught:
        grants.read(home)
    assert str(path) in caught.value.hint
    assert path.exists()


@given(content=st.binary(max_size=100))
def test_rubbish_is_never_a_grant(content: bytes, tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("home")
    home = {"HOME": str(folder), "LOCALAPPDATA": str(folder)}
    path = Path(state_folder.folder(home), "grants.json")
    path.write_bytes(content)
    with pytest.raises(SpipError):
        grants.read(home)


def test_a_file_that_is_too_large_is_refused(home: dict[str, str]) -> None:
    path = keep(home, grant(clock.now()))
    path.write_bytes(path.read_bytes() + b" " * (1 << 20))
    assert "larger than" in in_force.for_session(home)["refused_grants"]


# --- one command


def test_a_grant_for_one_command_is_that_processs_alone(home: dict[str, str]) -> None:
    keep(home, grant(clock.now(), process=clock.this()))
    assert alive(home) == ["index.corp.example"]
    ask = (
        "import os; from spip.policy import in_force;"
        "print(in_force.for_session(os.environ)['grants'])"
    )
    said = subprocess.run(
        [sys.executable, "-c", ask],
        env={**os.environ, **home},
        capture_output=True,
        text=True,
        check=True,
    )
    assert said.stdout == "[]\n"


def test_it_is_swept_when_that_process_is_gone(home: dict[str, str]) -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as child:
        was = (child.pid, clock.start(child.pid))
        path = keep(home, grant(clock.now(), process=was))
        assert path.exists()
        child.communicate(b"\n")
    assert alive(home) == []
    assert not path.exists()


def test_a_number_that_is_used_again_is_another_process(home: dict[str, str]) -> None:
    keep(home, grant(clock.now(), process=(os.getpid(), "long ago")))
    assert alive(home) == []


# --- what is there to know


def test_where_there_is_nothing_nothing_is_imported(tmp_path: Path) -> None:
    ask = (
        "import os, sys; from spip.policy import in_force; in_force.for_session(os.environ); "
        "print(sorted(n for n in sys.modules if n.startswith('spip')), 'json' in sys.modules)"
    )
    said = subprocess.run(
        [sys.executable, "-I", "-S", "-c", f"import sys; sys.path.insert(0, {_source()!r}); {ask}"],
        env={"HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )
    modules = ["paths", "policy", "policy.in_force", "policy.locations"]
    assert said.stdout == f"{['spip', *(f'spip.{name}' for name in modules)]} False\n"


def _source() -> str:
    import spip

    return str(Path(spip.__file__).parent.parent)


def test_a_session_is_told_what_the_contract_says(home: dict[str, str]) -> None:
    nothing = in_force.for_session(home)
    keep(home, grant(clock.now()))
    something = in_force.for_session(home)
    assert nothing.keys() == something.keys()
    assert json.loads(json.dumps(something)) == something
    (found,) = something["grants"]
    assert 3500 < found["ends"] - clock.now().elapsed <= 3600
    assert (found["by"], found["reason"]) == ("ann", "root CA roll-out")


def test_a_grant_that_the_policy_forbids_now_does_not_count(home: dict[str, str]) -> None:
    keep(home, grant(clock.now()), grant(clock.now(), port=8443))
    rules = of(b'[grants]\nhosts = ["index.corp.example:8443"]\n', "/etc/spip/policy.toml")
    found, told = session_rules._alive(home, rules, clock.now())
    assert [each["port"] for each in found] == [8443]
    assert told == [
        "the grant for index.corp.example doesn't count: /etc/spip/policy.toml forbids it"
    ]


def test_many_at_once_lose_nothing(home: dict[str, str]) -> None:
    give = (
        "import json, os, sys;"
        "from spip.policy import clock, grants;"
        "given = grants.Grant(**json.loads(sys.argv[1]));"
        "grants.change(os.environ, clock.now(), lambda kept: (*kept, given))"
    )
    environ = {**os.environ, **home, "PYTHONPATH": os.pathsep.join(sys.path)}
    given = [json.dumps(asdict(grant(clock.now(), port=port))) for port in range(1, 21)]
    started = [subprocess.Popen([sys.executable, "-c", give, each], env=environ) for each in given]
    assert [each.wait() for each in started] == [0] * 20
    assert {each.port for each in grants.read(home)} == set(range(1, 21))


def test_without_a_home_there_are_none() -> None:
    with pytest.raises(SpipError, match="home"):
        state_folder.named({"HOME": "relative", "LOCALAPPDATA": "relative"})


@pytest.mark.parametrize(
    ("platform", "environ", "expected"),
    [
        ("linux", {"HOME": "/home/ann"}, "/home/ann/.local/state/spip"),
        ("linux", {"HOME": "/home/ann", "XDG_STATE_HOME": "/state"}, "/state/spip"),
        ("linux", {"HOME": "/home/ann", "XDG_STATE_HOME": "rel"}, "/home/ann/.local/state/spip"),
        ("darwin", {"HOME": "/Users/ann"}, "/Users/ann/Library/Application Support/spip/State"),
        ("win32", {"LOCALAPPDATA": "relative"}, None),
    ],
)
@posix
def test_where_they_lie(platform: str, environ: dict[str, str], expected: str | None) -> None:
    assert locations.state(environ, platform) == expected


def test_the_system_tells_of_its_start_and_of_time_since() -> None:
    first, second = clock.now(), clock.now()
    assert first.boot == second.boot
    assert first.boot
    assert 0 <= second.elapsed - first.elapsed < 5
    assert clock.start(os.getpid()) == clock.this()[1] != ""
    assert clock.start(2**22 + 1) == ""


def test_without_a_policy_all_is_as_usual() -> None:
    assert Policy().allows("index.corp.example", 443)


# --- longer than a day


@pytest.mark.parametrize(
    ("by_boot", "by_date"),
    [(25 * HOUR, 25 * HOUR), (DAY + 1, DAY + 1), (25 * HOUR, HOUR), (HOUR, 25 * HOUR), (0, 0)],
)
def test_a_grant_that_spip_would_never_have_given_is_damage(
    home: dict[str, str], by_boot: float, by_date: float
) -> None:
    """A day is the most, by both clocks: what somebody wrote into the file lasts no longer."""
    now = clock.now()
    path = keep(home, grant(now))
    said = json.loads(path.read_text())
    begun = {"given": now.elapsed, "given_on": now.date}
    until = {"ends": now.elapsed + by_boot, "ends_on": now.date + by_date}
    said["grants"][0] |= begun | until
    path.write_text(json.dumps(said))
    assert alive(home) == []
    with pytest.raises(SpipError, match=r"is damaged \(ValueError\), so no grant in it counts"):
        grants.read(home)


def test_a_grant_of_a_day_is_one(home: dict[str, str]) -> None:
    keep(home, grant(clock.now(), float(DAY)))
    assert alive(home) == ["index.corp.example"]


@pytest.mark.parametrize(("port", "kept"), [(1, True), (65535, True), (65536, False), (-1, False)])
def test_a_port_is_one(home: dict[str, str], port: int, *, kept: bool) -> None:
    keep(home, grant(clock.now(), port=port))
    assert (alive(home) == ["index.corp.example"]) == kept


# --- at the edges


def test_over_is_what_nobody_can_use_any_more() -> None:
    """A date alone says it too; what belongs to another start of a machine is left to that one."""
    one = grant()
    assert not one.is_over(later(HOUR - 1, date=0))
    assert one.is_over(later(HOUR, date=0))
    assert not one.is_over(replace(later(2 * HOUR, date=0), boot="another"))
    assert one.is_over(later(0, date=HOUR))
    assert not one.is_over(later(0, date=HOUR - 1))
    assert not one.is_over(later(0, date=-DAY))
    assert one.is_over(later(0, date=-DAY - 1))
    assert one.is_over(replace(later(0, date=HOUR), boot="another"))


def test_of_another_start_a_process_says_nothing() -> None:
    gone = grant(process=(os.getpid(), "long ago"))
    assert gone.is_over(THEN)
    assert not gone.is_over(replace(THEN, boot="another"))
    assert not gone.has_process()
    assert not grant().has_process()
    assert not grant(process=clock.this()).is_over(THEN)


@pytest.mark.parametrize("name", ["given", "ends", "given_on", "ends_on"])
def test_a_number_that_spip_would_not_have_written_so_is_damage(
    home: dict[str, str], name: str
) -> None:
    path = keep(home, grant(clock.now()))
    said = json.loads(path.read_text())
    said["grants"][0][name] = int(said["grants"][0][name])
    path.write_text(json.dumps(said))
    with pytest.raises(SpipError, match="damaged"):
        grants.read(home)


@pytest.mark.parametrize(
    "text", ['{"user": "1"}', '{"user": "1", "grants": [{}]}', '{"grants": []}', "[" * 100_000]
)
def test_what_has_another_shape_is_damage(home: dict[str, str], text: str) -> None:
    keep(home, grant(clock.now())).write_text(text)
    with pytest.raises(SpipError, match="damaged"):
        grants.read(home)


def test_a_port_is_a_whole_number_and_a_fingerprint_may_have_every_digit(
    home: dict[str, str],
) -> None:
    every = grant(clock.now(), sha256="0123456789abcdef" * 4)
    path = keep(home, every)
    assert grants.read(home) == (every,)
    path.write_text(path.read_text().replace('"port": 443', '"port": 443.0'))
    with pytest.raises(SpipError, match="damaged"):
        grants.read(home)


@pytest.mark.parametrize(
    ("length", "by_date", "right"),
    [
        (1.0, 1.0, True),
        (0.5, 0.5, True),
        (0.0, 0.0, False),
        (-1.0, -1.0, False),
        (float(DAY), float(DAY), True),
        (DAY + 1.0, DAY + 1.0, False),
        (HOUR, HOUR + 0.5, True),
        (HOUR, HOUR + 1, False),
        (HOUR, HOUR - 1, False),
    ],
)
def test_a_length_is_the_same_by_both_clocks(length: float, by_date: float, *, right: bool) -> None:
    assert grants._has_length(grant(length=length, ends_on=THEN.date + by_date)) is right


def test_a_day_is_a_day() -> None:
    assert DAY == 86400


def test_without_a_file_there_are_none_and_that_is_no_fault(home: dict[str, str]) -> None:
    assert grants.read_or_none(home) == ()
    with pytest.raises(SpipError):
        grants.read(home)


def test_what_cannot_be_written_is_said(
    home: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(path: str, data: bytes) -> None:
        raise OSError(28, "No space left on device", path, len(data))

    keep(home, grant(clock.now()))
    monkeypatch.setattr(state_folder, "replace", full)
    with pytest.raises(SpipError, match="can't be written: No space"):
        grants.change(home, clock.now(), lambda kept: kept)


def test_another_live_processs_grant_is_not_this_ones(home: dict[str, str]) -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as child:
        keep(
            home,
            grant(clock.now(), process=(child.pid, clock.start(child.pid))),
            grant(clock.now(), host="files.corp.example"),
        )
        rules = Policy()
        everyone = [each.host for each, _ in session_rules.live(home, rules, clock.now())]
        mine = alive(home)
        child.communicate(b"\n")
    assert everyone == ["index.corp.example", "files.corp.example"]
    assert mine == ["files.corp.example"]
    assert [e.host for e, _ in session_rules.live(home, rules, clock.now())] == [
        "files.corp.example"
    ]


def test_the_file_is_written_anew_only_where_one_is_over(home: dict[str, str]) -> None:
    now = clock.now()
    path = keep(home, grant(now), grant(now, port=8443))
    os.utime(path, ns=(1, 1))
    assert len(alive(home)) == 2
    assert path.stat().st_mtime_ns == 1
    said = json.loads(path.read_text())
    then = replace(now, elapsed=now.elapsed - 100, date=now.date - 100)
    said["grants"][0] = asdict(grant(then, 50))
    path.write_text(json.dumps(said))
    assert len(alive(home)) == 1
    assert len(grants.read(home)) == 1


def test_a_forbidden_one_is_told_of_once_and_a_broken_policy_says_it_for_all(
    home: dict[str, str],
) -> None:
    keep(home, grant(clock.now()))
    for text, words in ((b"[grants]\nallowed = false\n", "doesn't count"), (b"[a\n", "mended")):
        found = session_rules.for_session(home, of(text, "/p.toml"))
        (notice,) = found["notices"]
        assert words in notice
        assert (found["grants"], found["refused_grants"]) == ([], "")


def test_a_policy_alone_refuses_nothing(home: dict[str, str]) -> None:
    found = session_rules.for_session(home, of(b"[grants]\n", "/p.toml"))
    assert (found["policy"], found["refused_grants"], found["notices"]) == ("/p.toml", "", [])


def test_without_a_policy_and_grants_all_is_plain_pips(home: dict[str, str]) -> None:
    assert in_force.for_session(home) == {
        "policy": None,
        "policy_seen": "",
        "broken": "",
        "own_ways": True,
        "log_demanded": False,
        "certifi": True,
        "grants": [],
        "grants_file": None,
        "refused_grants": "",
        "notices": [],
    }
    assert in_force.digest() == ""


def test_which_policy_it_was_is_told_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(in_force, "policy_or_none", lambda: Policy("/p.toml", digest="ab"))
    assert in_force.digest() == "ab"


def test_an_end_has_its_date_where_that_is_not_today() -> None:
    assert re.fullmatch(r"\d\d:\d\d", session_rules.until(0))
    assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d", session_rules.until(2 * DAY))


@pytest.mark.parametrize(
    ("length", "text"), [(60, "1m"), (3600, "60m"), (90, "90s"), (61, "61s"), (121, "121s")]
)
def test_a_length_is_written_as_it_is_read(length: int, text: str) -> None:
    assert duration.duration_word(length) == text
    assert duration.parse_duration(text) == length


def test_a_minute_begins_where_it_is_nearer() -> None:
    assert (duration.format_duration(59.4), duration.format_duration(59.5)) == ("59 s", "1 min")
