"""`spip log`: what it shows, of how much, and how fast."""

from __future__ import annotations

import json
import os
import subprocess
import time
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from spip.commands.log import Reading, parse_moment
from spip.errors import SpipError
from spip.policy import locations
from support.environments import current_environment, with_spip
from support.run import Result, clean_environment, run

MILLION = 1_000_000


def spip(home: Path, *words: str, **env: str) -> Result:
    """Run spip for whoever lives there."""
    return run(
        with_spip(current_environment()).spip(*words),
        env={"HOME": str(home), "LOCALAPPDATA": str(home), **env},
    )


def entry(number: int = 0, seconds_ago: float = 0, **more: Any) -> dict[str, Any]:
    """Make an entry as spip writes it."""
    then = datetime.now(timezone.utc) - timedelta(seconds=seconds_ago)
    return {
        "time": then.strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
        "event": "relax",
        "id": f"{number:012x}",
        "user": "ann",
        "uid": "1000",
        "host": "index.corp.example",
        "port": 443,
        "command": ["install", "demo"],
        "target": "/usr/bin/python3",
        "pip": "26.3",
        "reason": "root CA roll-out",
        "by": "ann",
        "certificate": {"sha256": "ab" * 32, "error": "unable to get local issuer certificate"},
        **more,
        "v": 1,
    }


def log(home: Path) -> Path:
    """Where the log lies, its folder made."""
    folder = Path(locations.state({"HOME": str(home), "LOCALAPPDATA": str(home)}) or "")
    for each in (folder.parent.parent, folder.parent, folder):
        each.mkdir(mode=0o700, exist_ok=True, parents=True)
    path = folder / "log.jsonl"
    path.touch(0o600)
    return path


def write(home: Path, *entries: dict[str, Any]) -> None:
    with log(home).open("a") as file:
        file.writelines(json.dumps(each) + "\n" for each in entries)


def test_nothing_has_happened(tmp_path: Path) -> None:
    assert spip(tmp_path, "log").passed().stdout == "nothing has run without verification\n"
    assert spip(tmp_path, "log", "--json").passed().stdout == ""
    assert not (tmp_path / ".local").exists()


def test_the_table_says_when_who_where_why_and_what_came_of_it(tmp_path: Path) -> None:
    used = entry(1, 60)
    ended = entry(2, 50, event="end", ids=[used["id"]], outcome="exit 0", fetched=[{}, {}])
    way = entry(3, 40, event="own_way", what="config", value="other.example", where="pip.conf:12")
    del way["host"], way["port"]
    given = entry(4, 30, event="grant", until="14:32", process=True)
    write(tmp_path, used, ended, way, given, entry(5, 20, event="revoke"))
    lines = spip(tmp_path, "log").passed().stdout.splitlines()
    assert lines[0].split() == ["when", "who", "where", "why", "what"]
    assert [" ".join(line.split()[2:]) for line in lines[1:]] == [
        "ann index.corp.example:443 grant: root CA roll-out pip install demo: exit 0, 2 files",
        "ann other.example pip's own config (pip.conf:12) pip install demo",
        "ann index.corp.example:443 root CA roll-out grant until 14:32 for one command",
        "ann index.corp.example:443 grant ended",
    ]


def test_json_is_the_lines_as_they_are(tmp_path: Path) -> None:
    entries = [entry(number, 100 - number) for number in range(5)]
    write(tmp_path, *entries)
    said = spip(tmp_path, "log", "--json").passed().stdout
    assert [json.loads(line) for line in said.splitlines()] == entries
    since = spip(tmp_path, "log", "--json", "--since", entries[3]["time"]).passed().stdout
    assert [json.loads(line) for line in since.splitlines()] == entries[3:]


def test_since_sees_what_a_clock_that_was_set_back_left_out_of_order(tmp_path: Path) -> None:
    write(tmp_path, entry(1, 100), entry(2, 9000), entry(3, 50))
    said = spip(tmp_path, "log", "--json", "--since", "1h").passed().stdout
    assert [json.loads(line)["id"][-1] for line in said.splitlines()] == ["1", "3"]


def test_a_damaged_line_costs_itself_and_is_counted(tmp_path: Path) -> None:
    write(tmp_path, entry(1, 10))
    with log(tmp_path).open("ab") as file:
        file.write(json.dumps(entry(2)).encode()[:100] + b"\n\xff\x00{}\n")
    write(tmp_path, entry(3))
    said = spip(tmp_path, "log", "--json").passed()
    assert [json.loads(line)["id"][-1] for line in said.stdout.splitlines()] == ["1", "3"]
    assert said.stderr == "spip: 2 lines of the log can't be read and were passed over\n"


@pytest.mark.parametrize("encoding", ["ascii", "cp936", "cp949", "cp1251"])
def test_the_table_survives_every_code_page_and_what_a_reason_holds(
    tmp_path: Path, encoding: str
) -> None:
    write(tmp_path, entry(1, reason="Bl\xe5b\xe6r \u7f51 \x1b[31m \u202e"))
    said = spip(tmp_path, "log", PYTHONIOENCODING=encoding).passed().stdout
    assert "\x1b" not in said
    assert "\u202e" not in said


@pytest.mark.skipif(os.name == "nt", reason="a pipe that is closed, as POSIX has it")
def test_whoever_reads_may_stop(tmp_path: Path) -> None:
    write(tmp_path, *(entry(number) for number in range(5000)))
    argv = with_spip(current_environment()).spip("log", "--json")
    with subprocess.Popen(
        argv, env=clean_environment(tmp_path), stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout
        assert process.stderr
        process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == 0


@pytest.mark.skipif(os.name == "nt" or os.geteuid() != 0, reason="only root gives a file away")
def test_a_log_of_somebody_elses_is_not_read(tmp_path: Path) -> None:
    write(tmp_path, entry(1))
    os.chown(log(tmp_path), 1234, 1234)
    assert "belongs to" in spip(tmp_path, "log").failed().stderr


def test_a_file_that_is_rotated_away_meanwhile_is_no_error(tmp_path: Path) -> None:
    write(tmp_path, entry(1))
    reading = Reading([str(tmp_path / "log.jsonl.5"), str(log(tmp_path))])
    assert len(reading.newest(10)) == len(list(reading.since(""))) == 1


@pytest.mark.parametrize("words", [["--since", "yesterday"], ["--last"], ["more"]])
def test_what_is_not_understood_is_refused(tmp_path: Path, words: list[str]) -> None:
    assert spip(tmp_path, "log", *words).code == 2


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2h", "2026-11-21T08:00:00.000000Z"),
        ("90m", "2026-11-21T08:30:00.000000Z"),
        ("2026-11-20T12:00:00+02:00", "2026-11-20T10:00:00.000000Z"),
        ("2026-11-20T12:00:00Z", "2026-11-20T12:00:00.000000Z"),
        ("2026-11-20T12:00:00.123456Z", "2026-11-20T12:00:00.123456Z"),
    ],
)
def test_when_that_is(text: str, expected: str) -> None:
    now = datetime(2026, 11, 21, 10, tzinfo=timezone.utc).timestamp()
    assert parse_moment(text, now) == expected


@pytest.mark.parametrize("text", ["999999999d", "2026-13-01", "", "-1h"])
def test_that_is_no_time(text: str) -> None:
    with pytest.raises(SpipError):
        parse_moment(text, time.time())


def test_a_million_lines_answer_in_less_than_two_seconds(tmp_path: Path) -> None:
    """As a ratio too: what the newest lines take does not grow with the log.

    Counted in the processor's time, since other tests run beside.
    """
    small, large = tmp_path / "small", tmp_path / "large"
    line = json.dumps(entry(1, 86400)) + "\n"
    for home, count in ((small, 100), (large, MILLION)):
        home.mkdir()
        with log(home).open("w") as file:
            for _ in range(count // 100):
                file.write(line * 100)
        write(home, entry(2))
    assert fastest(large) < 2 * fastest(small) + 0.3
    for words in (["--since", "1h"], ["--json", "--since", "1h"], ["--since", "30d"]):
        assert fastest(large, *words) < 2
    assert len(spip(large, "log", "--json", "--since", "1h").stdout.splitlines()) == 1


def fastest(home: Path, *words: str) -> float:
    """Seconds of the processor's time that the fastest of three took."""
    return min(spip(home, "log", *words).passed().cpu for _ in range(3))
