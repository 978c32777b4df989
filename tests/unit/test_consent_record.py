"""What the process that pip runs in may ask, and the answers: log first, then relax, or not."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from spip.commands.log import Reading
from spip.policy import audit_log, audit_server, clock, grants, in_force, locations, state_folder
from spip.policy.grants import Grant
from spip.policy.policy_file import Policy, of

SHA = "ab" * 32
COMMAND = {"argv": ["install", "demo"], "target": sys.executable, "pip": "26.3"}
RELAX = {
    "event": "relax",
    "host": "index.corp.example",
    "port": 443,
    "sha256": SHA,
    "error": "unable to get local issuer certificate",
    "verify_code": 20,
    **COMMAND,
}
OWN_WAY = {
    "event": "own_way",
    "what": "config",
    "value": "index.corp.example",
    "where": "pip.conf:12",
    **COMMAND,
}
WHERE = "/etc/spip/policy.toml"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """A home with one live grant, on a machine without a policy, and no midnight to come."""
    on("2026-11-20", monkeypatch)
    monkeypatch.setattr(in_force, "policy", Policy)
    monkeypatch.setattr(
        locations, "POLICY", dict.fromkeys(locations.POLICY, str(tmp_path / "none.toml"))
    )
    home = {"HOME": str(tmp_path), "LOCALAPPDATA": str(tmp_path)}
    now = clock.now()
    times = (now.elapsed, now.elapsed + 600, now.date, now.date + 600)
    names = ("CN=index", "CN=Unknown Root CA", "ann", "roll-out")
    grant = Grant("index.corp.example", 443, SHA, *names, now.boot, *times)
    grants.change(home, now, lambda _: (grant,))
    return home


def on(day: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit_server, "time", SimpleNamespace(strftime=lambda _: day))


def by_policy(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setattr(in_force, "policy", lambda: of(text.encode(), WHERE))


def entries(home: dict[str, str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in Reading(audit_log.files(home)).since("")]


def test_a_connection_that_a_grant_is_for_is_logged_with_all_that_is_known(
    home: dict[str, str],
) -> None:
    said = audit_server.answer(RELAX, home)
    assert said["ok"]
    (entry,) = entries(home)
    assert entry["id"] == said["id"]
    assert (entry["user"], entry["uid"]) == (state_folder.user_name(), state_folder.user())
    assert (entry["host"], entry["port"]) == ("index.corp.example", 443)
    assert (entry["reason"], entry["by"]) == ("roll-out", "ann")
    assert entry["command"] == ["install", "demo"]
    assert entry["certificate"] == {
        "subject": "CN=index",
        "issuer": "CN=Unknown Root CA",
        "sha256": SHA,
        "error": RELAX["error"],
        "verify_code": 20,
    }


@pytest.mark.parametrize(
    "other",
    [{"host": "other.corp.example"}, {"port": 8443}, {"sha256": "cd" * 32}, {"port": "443"}],
    ids=str,
)
def test_anything_else_is_not_what_the_grant_is_for(
    home: dict[str, str], other: dict[str, Any]
) -> None:
    said = audit_server.answer({**RELAX, **other}, home)
    wanted = {**RELAX, **other}
    assert not said["ok"]
    assert said["why"].startswith(f"no grant for {wanted['host']}:{wanted['port']} and that ")
    assert entries(home) == []


def test_a_grant_that_ended_meanwhile_relaxes_nothing(home: dict[str, str]) -> None:
    grants.change(home, clock.now(), lambda _: ())
    for event in ("relax", "alive"):
        said = audit_server.answer({**RELAX, "event": event}, home)
        assert not said["ok"]
        assert said["why"] == (
            "no grant for index.corp.example:443 and that certificate is alive any more"
        )
    assert entries(home) == []


@pytest.mark.parametrize(
    "text", ["[grants]\nallowed = false", '[grants]\nhosts = ["x.example"]', "[garbled"]
)
def test_a_policy_that_came_meanwhile_relaxes_nothing(
    home: dict[str, str], monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    by_policy(monkeypatch, text)
    said = audit_server.answer(RELAX, home)
    assert not said["ok"]
    assert said["why"].startswith("to relax index.corp.example is ")
    assert WHERE in said["why"]
    assert ("is garbled" in said["why"]) == (text == "[garbled")
    assert ("is forbidden by the policy" in said["why"]) == (text != "[garbled")


def test_without_a_log_nothing_is_relaxed(home: dict[str, str]) -> None:
    Path(state_folder.folder(home), audit_log.NAME).mkdir()
    said = audit_server.answer(RELAX, home)
    assert not said["ok"]
    assert "the log" in said["why"]


def test_without_the_syslog_that_is_demanded_nothing_is_relaxed(
    home: dict[str, str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    by_policy(monkeypatch, f"[log]\nsyslog = '{tmp_path}/nobody'")
    said = audit_server.answer(RELAX, home)
    assert not said["ok"]
    assert said["why"].startswith("syslog, which the policy demands, can't be reached")


# --- pip's own ways


def test_a_setting_is_named_once_a_day_and_logged_each_time(
    home: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert [audit_server.answer(OWN_WAY, home)["say"] for _ in range(3)] == [True, False, False]
    assert audit_server.answer({**OWN_WAY, "where": "pip.conf:13"}, home)["say"]
    on("2026-11-21", monkeypatch)
    assert audit_server.answer(OWN_WAY, home)["say"]
    assert len(entries(home)) == 5


@pytest.mark.parametrize(
    ("what", "where", "again"),
    [
        ("--trusted-host", "", True),
        ("requirements", "reqs.txt (line 3)", True),
        ("http index", "--index-url", True),
        ("http index", "reqs.txt (line 3)", True),
        ("http index", "", True),
        ("http index", "PIP_INDEX_URL", False),
        ("http index", "/home/ann/.config/pip/pip.conf:3", False),
        ("http file", "/home/ann/.config/pip/pip.conf:3", True),
        ("PIP_TRUSTED_HOST", "", False),
    ],
)
def test_only_what_is_no_setting_is_named_each_time(
    home: dict[str, str], what: str, where: str, *, again: bool
) -> None:
    typed = {**OWN_WAY, "what": what, "where": where}
    assert [audit_server.answer(typed, home)["say"] for _ in range(2)] == [True, again]


def test_pips_own_way_goes_on_where_it_cannot_be_logged_and_says_so(home: dict[str, str]) -> None:
    Path(state_folder.folder(home), audit_log.NAME).mkdir()
    said = audit_server.answer(OWN_WAY, home)
    assert (said["ok"], said["say"]) == (True, True)
    assert "the log" in said["why"]


def test_unless_the_policy_demands_the_log(
    home: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    by_policy(monkeypatch, "[log]\ndemanded = true")
    path = Path(state_folder.folder(home), audit_log.NAME)
    path.mkdir()
    said = audit_server.answer(OWN_WAY, home)
    assert not said["ok"]
    assert said["why"].startswith(f"the log {path} can't be written")


@pytest.mark.parametrize("text", ["syslog = '{}/nobody'", "syslog = '{}/nobody'\ndemanded = false"])
def test_a_syslog_that_is_demanded_stops_pips_own_ways_where_nobody_hears(
    home: dict[str, str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path, text: str
) -> None:
    """The log itself is written: what is missing is the copy that the user can't change."""
    by_policy(monkeypatch, "[log]\n" + text.format(tmp_path))
    said = audit_server.answer(OWN_WAY, home)
    assert (said["ok"], said["say"]) == (False, True)
    assert said["why"].startswith("syslog, which the policy demands, can't be reached")
    assert [each["event"] for each in entries(home)] == ["own_way"]


def test_a_policy_that_forbids_pips_own_ways_is_named_with_what_and_where(
    home: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    by_policy(monkeypatch, "[pip]\nown-ways = false")
    said = audit_server.answer(OWN_WAY, home)
    assert not said["ok"]
    assert (
        said["why"] == f"config (pip.conf:12) is forbidden by the policy of this machine: {WHERE}"
    )
    assert entries(home) == []


def test_rubbish_for_what_was_said_today_is_no_reason_to_be_silent(home: dict[str, str]) -> None:
    Path(state_folder.folder(home), "said.json").write_bytes(b"\xff[")
    assert audit_server.answer(OWN_WAY, home)["say"]


# --- the end, and what is asked


def test_how_it_ended_and_what_was_fetched(home: dict[str, str]) -> None:
    number = audit_server.answer(RELAX, home)["id"]
    fetched = {
        "url": "https://ann:hunter2@index.corp.example/hunter2/demo-1.tar.gz?t=hunter2",
        "sha256": SHA,
        "size": 12,
    }
    ended = {"event": "end", "ids": [number], "outcome": "exit 0", "fetched": [fetched], **COMMAND}
    assert audit_server.answer(ended, home)["ok"]
    entry = entries(home)[-1]
    assert entry["ids"] == [number]
    assert entry["fetched"] == [
        {"url": "https://index.corp.example/demo-1.tar.gz", "sha256": SHA, "size": 12}
    ]


def test_no_secret_is_logged_whatever_is_asked(home: dict[str, str]) -> None:
    url = "https://ann:hunter2@index.corp.example/hunter2/?token=hunter2"
    words = ["install", "--index-url", url, f"--proxy={url}", "-C", "key=hunter2", f"demo @ {url}"]
    command = {**COMMAND, "argv": words}
    audit_server.answer({**RELAX, **command, "error": f"refused: {url}"}, home)
    audit_server.answer({**OWN_WAY, **command, "value": url, "where": f"reqs.txt ({url})"}, home)
    said = {"event": "end", "ids": [], "outcome": f"exit 1: {url}", "fetched": []}
    audit_server.answer(said, home)
    for path in Path(state_folder.folder(home)).iterdir():
        assert b"hunter2" not in path.read_bytes()
    assert len(entries(home)) == 3


@pytest.mark.parametrize(
    ("asked", "kind"),
    [
        (b"", "JSONDecodeError"),
        (b"\xff", "UnicodeDecodeError"),
        (b"[]", "TypeError"),
        (b"{}", "KeyError"),
        (b'{"event": "other"}', "KeyError"),
        (b'{"event": "relax"}', "KeyError"),
    ],
)
def test_what_cannot_be_read_is_refused(
    home: dict[str, str],
    asked: bytes,
    kind: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for name, value in home.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(asked)))
    audit_server.main()
    said = json.loads(capsys.readouterr().out)
    assert said == {"ok": False, "why": f"what was asked can't be read ({kind})"}
    assert entries(home) == []


# --- at the edges


def test_an_end_is_logged_whatever_became_of_the_policy(
    home: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was done stays done; only what is to come is asked of the policy that holds now."""
    monkeypatch.setattr(in_force, "policy", lambda: Policy(WHERE, digest="another"))
    end = {"event": "end", "policy": "the one", "ids": [], "outcome": "exit 0"}
    assert audit_server.answer(end, home)["ok"]
    for asked in (RELAX, OWN_WAY):
        assert not audit_server.answer({**asked, "policy": "the one"}, home)["ok"]
    assert audit_server.answer({**OWN_WAY, "policy": "another"}, home)["ok"]


def test_what_was_fetched_is_kept_to_its_bounds(home: dict[str, str]) -> None:
    fetched = [{"url": "https://index.corp.example/a.whl", "sha256": "a" * 99}]
    end = {"event": "end", "ids": [], "outcome": "exit 0", "fetched": fetched}
    assert audit_server.answer(end, home)["ok"]
    (entry,) = [json.loads(line) for line in Reading(audit_log.files(home)).since("")]
    assert entry["fetched"] == [
        {"url": "https://index.corp.example/a.whl", "sha256": "a" * 64, "size": 0}
    ]


@pytest.mark.parametrize(
    ("what", "where", "again"),
    [
        ("PIP_TRUSTED_HOST", "", False),
        ("config", "pip.conf:1", False),
        ("empty variable", "CURL_CA_BUNDLE", False),
        ("http index", "PIP_INDEX_URL", False),
        ("http index", "/etc/pip.conf:2", False),
        ("http index", "--index-url", True),
        ("http index", "reqs.txt (line 1)", True),
        ("--trusted-host", "", True),
    ],
)
def test_a_setting_is_said_once_and_a_word_each_time(
    home: dict[str, str], what: str, where: str, *, again: bool
) -> None:
    assert audit_server.is_first_today(home, what, "value", where)
    assert audit_server.is_first_today(home, what, "value", where) is again
    assert audit_server.is_first_today(home, what, "another", where)


@pytest.mark.parametrize("text", ["[]", "1", "{}", "null", " "])
def test_what_was_said_today_is_an_object_or_nothing(home: dict[str, str], text: str) -> None:
    file = Path(state_folder.folder(home), "said.json")
    file.write_text(text)
    file.chmod(0o600)
    assert audit_server.is_first_today(home, "config", "value", "pip.conf:1")
    assert not audit_server.is_first_today(home, "config", "value", "pip.conf:1")


@pytest.mark.parametrize(("more", "again"), [(0, False), (1, True)])
def test_a_file_of_64_kilobytes_is_read_and_a_larger_one_is_not(
    home: dict[str, str], more: int, *, again: bool
) -> None:
    audit_server.is_first_today(home, "config", "value", "pip.conf:1")
    file = Path(state_folder.folder(home), "said.json")
    file.write_text(file.read_text().ljust((1 << 16) + more))
    assert audit_server.is_first_today(home, "config", "value", "pip.conf:1") is again


def test_what_cannot_be_noted_is_said(
    home: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    nowhere = {"HOME": "relative", "LOCALAPPDATA": "relative"}
    assert audit_server.is_first_today(nowhere, "config", "value", "pip.conf:1")

    def full(path: str, data: bytes) -> None:
        raise OSError(28, "No space left on device", path, len(data))

    monkeypatch.setattr(state_folder, "replace", full)
    for _ in range(2):
        assert audit_server.is_first_today(home, "config", "value", "pip.conf:1")
