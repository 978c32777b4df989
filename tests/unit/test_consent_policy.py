"""A policy is obeyed to the letter or, where it can't be, loosens nothing."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spip import ownership
from spip import text as duration
from spip.doctor import policy_report as told
from spip.ownership import mounts
from spip.ownership.posix import PosixWalk
from spip.ownership.principals import Holders
from spip.policy import audit_server, in_force, locations, policy_file
from spip.policy.policy_file import KEYS, Policy, of, read
from spip.trust import sources_in_force
from spip.trust.resolve import resolve_bundle

ROOT = Path(__file__).parent.parent.parent
PAGE = (ROOT / "docs" / "policy.md").read_text("utf-8")
WHERE = "/etc/spip/policy.toml"
# What a policy that can't be obeyed still does: everything that one could forbid is forbidden.
CLOSED = {"grants": False, "own_ways": False, "add": False, "fetch": False}


def example() -> bytes:
    """The example file of the page."""
    found = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)
    assert len(found) == 1
    return str(found[0]).encode()


def test_the_example_of_the_page_is_one_and_has_every_key() -> None:
    found = of(example(), WHERE)
    assert found.broken == ""
    for section, keys in KEYS.items():
        text = example().decode().partition(f"[{section}]")[2].partition("\n[")[0]
        assert {line.partition(" = ")[0] for line in text.splitlines() if " = " in line} == {*keys}


def test_the_page_tells_of_every_key() -> None:
    told = set(re.findall(r"^\| `\[(\w+)\] ([\w-]+)`", PAGE, re.MULTILINE))
    assert told == {(section, key) for section, keys in KEYS.items() for key in keys}


def test_what_each_key_does() -> None:
    found = of(
        b"""
        [grants]
        allowed = true
        hosts = ["Index.corp.example", "files.corp.example:8443", "[::1]:8443"]
        longest = "1h30m"
        in-ci = true
        [pip]
        own-ways = false
        [trust]
        add = false
        fetch = false
        certifi = false
        roots = ["/etc/spip/root.pem"]
        expected-roots = ["%s"]
        [log]
        demanded = true
        syslog = "/run/log"
        """
        % b":".join([b"AB"] * 32),
        WHERE,
    )
    assert found == Policy(
        path=WHERE,
        hosts=(("index.corp.example", 0), ("files.corp.example", 8443), ("::1", 8443)),
        longest=5400,
        in_ci=True,
        own_ways=False,
        add=False,
        fetch=False,
        certifi=False,
        roots=("/etc/spip/root.pem",),
        expected_roots=frozenset({"ab" * 32}),
        log_demanded=True,
        syslog="/run/log",
    )
    assert found.allows("index.corp.example", 443)
    assert found.allows("index.corp.example", 8443)
    assert found.allows("files.corp.example", 8443)
    assert not found.allows("files.corp.example", 443)
    assert not found.allows("other.example", 443)


def test_no_host_is_no_host() -> None:
    assert not of(b"[grants]\nhosts = []\n", WHERE).allows("index.corp.example", 443)


def test_no_grants_at_all() -> None:
    found = of(b'[grants]\nallowed = false\nhosts = ["index.corp.example"]\n', WHERE)
    assert not found.allows("index.corp.example", 443)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("[grants]\nalowed = false\n", "unknown key in [grants]: 'alowed'"),
        ("[grant]\nallowed = false\n", "unknown section: 'grant'"),
        ("grants = false\n", "no section [grants]"),
        ("[grants]\nallowed = 'no'\n", "allowed in [grants]: true or false"),
        ("[grants]\nallowed = 0\n", "true or false"),
        ("[grants]\nhosts = 'index.corp.example'\n", "a list of texts"),
        ("[grants]\nhosts = ['*.corp.example']\n", "wildcards"),
        ("[grants]\nhosts = ['https://index.corp.example']\n", "HOST:PORT"),
        ("[grants]\nhosts = ['index.corp.example:99999']\n", "HOST:PORT"),
        ("[grants]\nlongest = 3600\n", "30m"),
        ("[grants]\nlongest = '2d'\n", "at most a day"),
        ("[grants]\nlongest = '0s'\n", "more than nothing"),
        ("[trust]\nroots = ['root.pem']\n", "absolute paths"),
        ("[trust]\nexpected-roots = ['abc']\n", "64 hexadecimal"),
        ("[log]\nsyslog = 'udp://host'\n", "absolute path"),
        ("[grants\n", "is garbled"),
        ("[grants]\nallowed = true\nallowed = true\n", "is garbled"),
    ],
)
def test_what_is_not_understood_closes_everything(text: str, why: str) -> None:
    found = of(text.encode(), WHERE)
    assert why in found.broken
    assert {name: getattr(found, name) for name in CLOSED} == CLOSED
    assert found.demands_log()
    assert not found.allows("index.corp.example", 443)
    error = found.against("a grant")
    assert WHERE in error.message
    assert error.exit_code == 1


def test_bytes_that_are_no_text_close_everything() -> None:
    assert "garbled" in of(b"\xff\xfe", WHERE).broken


def test_a_broken_one_that_forbids_certifi_goes_on_forbidding_it() -> None:
    found = of(b"[trust]\ncertifi = false\n[log]\nnoise = true\n", WHERE)
    assert found.broken
    assert not found.certifi


@given(st.binary(max_size=200))
def test_whatever_is_in_the_file_nothing_becomes_looser_than_without_one(content: bytes) -> None:
    found = of(content, WHERE)
    if found.broken:
        assert {name: getattr(found, name) for name in CLOSED} == CLOSED
        assert found.demands_log()
    else:  # no bytes by chance are a key of it
        assert found == Policy(WHERE)


SECTIONS = st.sampled_from([*KEYS, "grant", "other"])
NAMES = st.sampled_from([key for keys in KEYS.values() for key in keys] + ["alowed"])
VALUES = st.sampled_from(["true", "false", "0", "[]", '""', '"1h"', '"/dev/log"', "{}", '["a"]'])


@given(st.dictionaries(SECTIONS, st.dictionaries(NAMES, VALUES, max_size=4), max_size=4))
def test_a_file_is_obeyed_as_a_whole_or_closes_everything(
    said: dict[str, dict[str, str]],
) -> None:
    text = "".join(
        f"[{section}]\n" + "".join(f"{key} = {value}\n" for key, value in values.items())
        for section, values in said.items()
    )
    known = all(
        section in KEYS and set(values) <= {*KEYS[section]} for section, values in said.items()
    )
    found = of(text.encode(), WHERE)
    if not known or found.broken:
        assert {name: getattr(found, name) for name in CLOSED} == CLOSED
    if not found.broken:
        forbidden = {
            key for values in said.values() for key, value in values.items() if value == "false"
        }
        assert found.grants == ("allowed" not in forbidden)
        assert found.own_ways == ("own-ways" not in forbidden)
        assert found.certifi == ("certifi" not in forbidden)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has permissions of its own")
@pytest.mark.parametrize(
    ("file", "folder", "why"),
    [
        (0o644, 0o755, ""),
        (0o646, 0o755, "is writable by others"),
        (0o644, 0o757, "lies in {folder}, which is writable by others"),
        (0o644, 0o1777, "lies in {folder}, which is writable by others"),
    ],
)
def test_a_file_that_others_could_have_written_is_not_obeyed(
    lasting_path: Path, monkeypatch: pytest.MonkeyPatch, file: int, folder: int, why: str
) -> None:
    """With this user in root's place, so that nothing but the modes can be the reason."""
    rules: list[str] = []
    own = {0, os.getegid()}  # a checkout may be writable by its owner's group: umask 0002
    mine = Holders(frozenset({0, os.geteuid()}), lambda group: group in own, strict=True)

    def walk(rule: str) -> PosixWalk:
        rules.append(rule)
        return PosixWalk(mine)

    monkeypatch.setattr(ownership, "walk", walk)
    monkeypatch.setattr(mounts, "careless", lambda *_: "")
    place = lasting_path / "spip" / "policy.toml"
    place.parent.mkdir()
    place.write_text("[pip]\nown-ways = true\n")
    place.chmod(file)
    place.parent.chmod(folder)
    found = read(str(place))
    assert found.broken == why.format(folder=place.parent)
    assert found.own_ways == (why == "")
    assert rules == ["admin"]


@pytest.mark.parametrize(
    ("text", "seconds"), [("30m", 1800), ("1h30m", 5400), ("1d", 86400), (" 90S ", 90)]
)
def test_a_duration(text: str, seconds: int) -> None:
    assert duration.parse_duration(text) == seconds


@pytest.mark.parametrize("text", ["", "30", "m", "-5m", "1.5h", "1w", "1h 30m", "30m;"])
def test_no_duration(text: str) -> None:
    with pytest.raises(ValueError, match="30m"):
        duration.parse_duration(text)


@pytest.mark.parametrize(
    ("length", "shown"),
    [(40, "40 s"), (60, "1 min"), (3599, "1 h"), (3480, "58 min"), (12000, "3 h 20 min")],
)
def test_a_length_as_a_person_reads_it(length: int, shown: str) -> None:
    assert duration.format_duration(length) == shown


GARBLED = {
    "nested": b"a = " + b"[" * 3000 + b"]" * 3000,
    "nested more": b"a = " + b"[" * 200_000,
    "nested tables": b"a = " + b"{b = " * 3000 + b"1" + b"}" * 3000,
    "nested right": b"[trust]\nroots = " + b"[" * 300 + b"]" * 300,
    "dots": b"a" + b".a" * 500_000 + b" = 1",
    "a section of dots": b"[a" + b".a" * 500_000 + b"]",
    "no UTF-8": b"\xff\xfe[pip]",
    "NUL": b"[pip]\x00own-ways = false",
    "a long name": b"[" + b"x" * 500_000 + b"]",
    "a long key": b"[pip]\n" + b"x" * 500_000 + b" = 1",
    "a number": b"[grants]\nlongest = " + b"9" * 100_000,
    "a float": b"[grants]\nlongest = 1e999999",
    "not a number": b"[grants]\nlongest = nan",
    "a date": b"[grants]\nlongest = 0000-99-99",
    "a cursor": b'["\\u001b[2J"]',
    "line ends": b'["a\\nspip: all is well"]',
    "twice": b"[pip]\n[pip]\n",
    "a host": b'[grants]\nhosts = ["' + b"x" * 100_000 + b'*"]',
    "half": b"[pip]\nown-ways = fal",
    "quotes": b'[pip]\nown-ways = """' + b"\n" * 100_000,
}


@pytest.mark.parametrize("text", GARBLED.values(), ids=GARBLED)
def test_whatever_is_garbled_is_one_sentence(text: bytes) -> None:
    """3,000 nested brackets were a traceback."""
    found = of(text, WHERE)
    assert found.broken
    assert found.broken.isprintable()
    assert len(found.broken) < 400
    assert {name: getattr(found, name) for name in CLOSED} == CLOSED


def test_a_run_sees_one_policy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It was read four times a run, so what was changed meanwhile held in half of it."""
    path = tmp_path / "policy.toml"
    monkeypatch.setattr(locations, "policy", lambda: str(path))
    monkeypatch.setattr(policy_file, "read", lambda path: of(Path(path).read_bytes(), path))
    assert in_force.policy_or_none() is None
    path.write_bytes(b"[trust]\ncertifi = false\n")
    assert in_force.policy_or_none() is None
    assert in_force.policy() == Policy()
    assert in_force.for_session({})["certifi"] is True
    in_force.forget()
    assert in_force.for_session({})["certifi"] is False
    path.unlink()
    assert in_force.for_session({})["certifi"] is False
    assert sources_in_force.takes_certifi() is False


def test_what_answers_for_a_run_obeys_the_same_policy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(in_force, "policy_or_none", lambda: Policy(WHERE, digest="another"))
    asked = {"event": "own_way", "policy": "the one", "what": "http index", "value": "http://x"}
    answered = audit_server.answer(asked, {})
    assert answered == {
        "ok": False,
        "why": "the policy was changed while this ran: run it again",
    }
    found = resolve_bundle(
        {}, {"cert": None, "whole": True, "pip_certifi": None, "policy": "the one"}
    )
    assert found["failed"]
    assert found["notices"] == ["the policy was changed while this ran"]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (b"[grants]\nalowed = true\n", "unknown key"),
        (b"[grants\n", "garbled"),
        (b'[grants]\nlongest = "soon"\n', "longest"),
        (b"grants = 3\n", "no section"),
        (b"\xff", "garbled"),
    ],
)
def test_one_that_is_broken_is_a_problem_of_the_doctors(text: bytes, why: str) -> None:
    """It said OK, and the policy stood at the end of the report."""
    found = told.finding(of(text, WHERE))
    assert found
    assert (found.cause, found.severity) == ("policy-broken", "problem")
    assert WHERE in found.sentence
    assert why in found.sentence


def test_one_that_is_in_order_and_none_at_all_are_no_problem() -> None:
    assert told.finding(of(b"[grants]\nallowed = false\n", WHERE)) is None
    assert told.finding(Policy()) is None


def test_a_python_that_cannot_read_it_is_bound_by_all_it_could_say(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Python 3.10 without tomli, as a checkout's set-up has it, ended in a traceback."""

    def missing() -> None:
        raise ModuleNotFoundError("tomli")

    monkeypatch.setattr(policy_file, "_toml", missing)
    found = of(example(), WHERE)
    assert "no reader of TOML" in found.broken
    assert not found.certifi
    assert {name: getattr(found, name) for name in CLOSED} == CLOSED
