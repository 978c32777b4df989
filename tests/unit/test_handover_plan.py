"""What holds for a run wherever its pip runs, with plain pip asked for and without."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from spip import handover
from spip.bridge.start import inherited
from spip.errors import SpipError
from spip.policy import clock, grants, in_force, locations, policy_file
from spip.policy.grants import Grant
from spip.policy.policy_file import of
from spip.standalone import helper_process as at_home
from spip.standalone import shipped_files
from spip.trust import sources_in_force

WHERE = "/etc/spip/policy.toml"
FORBIDS = "[pip]\nown-ways = false\n[log]\ndemanded = true\n"


@pytest.fixture
def home(tmp_path: Path) -> dict[str, str]:
    """A home with one live grant."""
    home = {"HOME": str(tmp_path), "LOCALAPPDATA": str(tmp_path)}
    now = clock.now()
    until = (now.elapsed, now.elapsed + 600, now.date, now.date + 600)
    words = ("CN=index", "CN=Unknown Root CA", "ann", "roll-out")
    grant = Grant("index.corp.example", 443, "ab" * 32, *words, now.boot, *until)
    grants.change(home, now, lambda _: (grant,))
    return home


def by_policy(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, text: str) -> None:
    file = tmp_path / "policy.toml"
    file.write_text(text, "utf-8")
    monkeypatch.setattr(locations, "POLICY", dict.fromkeys(locations.POLICY, str(file)))
    monkeypatch.setattr(policy_file, "read", lambda path: of(text.encode(), path))
    in_force.forget()


@pytest.mark.parametrize("made", [handover.plan, handover.PlanHere], ids=["elsewhere", "here"])
@pytest.mark.parametrize("value", ["1", "0", "", "true"])
def test_plain_pip_has_no_grants_and_every_prohibition(
    home: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    made: type[handover.PlanHere],
    value: str,
) -> None:
    """Only "1" asks for plain pip; the policy holds under it as it does without."""
    by_policy(monkeypatch, tmp_path, FORBIDS)
    plan = made({**home, "SPIP_DISABLE": value})
    said = plan["consent"]
    plain = value == "1"
    assert plan["plain"] is plain
    assert [each["host"] for each in said["grants"]] == ([] if plain else ["index.corp.example"])
    assert (said["own_ways"], said["log_demanded"]) == (False, True)
    assert said["policy"] == str(tmp_path / "policy.toml")


def test_a_broken_policy_is_told_of_unless_plain_pip_is_wanted(
    home: dict[str, str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    by_policy(monkeypatch, tmp_path, "[garbled")
    told = handover.PlanHere(home)["consent"]
    plain = handover.PlanHere({**home, "SPIP_DISABLE": "1"})["consent"]
    assert len(told["notices"]) == 1
    assert "is garbled" in told["notices"][0]
    assert plain["notices"] == []
    for said in (told, plain):
        assert (said["own_ways"], said["log_demanded"], said["grants"]) == (False, True, [])


def test_there_is_no_plain_pip_where_a_policy_forbids_certifi(
    home: dict[str, str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    by_policy(monkeypatch, tmp_path, "[trust]\ncertifi = false\n")
    plan = handover.PlanHere({**home, "SPIP_DISABLE": "1"})
    assert not plan["plain"]
    assert plan["consent"]["certifi"] is False
    assert len(plan["consent"]["grants"]) == 1


# --- what is found out, and when


@pytest.fixture
def nothing(
    home: dict[str, str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> dict[str, str]:
    """The same home on a machine without a policy."""
    none = str(tmp_path / "none.toml")
    monkeypatch.setattr(locations, "POLICY", dict.fromkeys(locations.POLICY, none))
    in_force.forget()
    return home


def test_a_pip_here_gets_the_same_as_one_elsewhere(nothing: dict[str, str]) -> None:
    whole, here = handover.plan(nothing, "spip.exe"), handover.PlanHere(nothing, "spip.exe")
    for name in reversed(whole):
        if name != "consent":
            assert here[name] == whole[name], name
    assert here["consent"].keys() == whole["consent"].keys()
    assert here["consent"]["grants"][0]["sha256"] == whole["consent"]["grants"][0]["sha256"]
    assert whole["program"] == "spip.exe"
    assert json.loads(json.dumps(whole)).keys() == whole.keys()


def test_a_plan_has_all_that_the_bridge_asks_for(nothing: dict[str, str]) -> None:
    plan = handover.plan(nothing)
    certifi = sources_in_force.own_certifi()
    assert plan["program"] is None
    assert plan["finding"] == at_home.command("spip.doctor.after_failure:main")
    assert plan["home"] == at_home.command("spip.trust.resolve:main")
    assert plan["consent"]["record"] == at_home.command("spip.policy.audit_server:main")
    assert plan["certifi"] == (certifi, sources_in_force.certifi_version(certifi))
    assert plan["names"] == shipped_files.names()
    assert plan["starter"] == shipped_files.starter()
    assert plan["variables"] == sources_in_force.VARIABLES


def noted(name: str, real: Any, asked: list[str]) -> Any:
    """The same function, which notes that it was called."""

    def found(*given: object) -> Any:
        asked.append(name)
        return real(*given)

    return found


def test_whoever_has_no_session_is_asked_for_nothing(
    nothing: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """`pip list` connects to nobody, and pays for nothing of it; each part is found out once."""
    asked: list[str] = []
    for name in ("_for_a_session", "_for_another_process", "_consent"):
        monkeypatch.setattr(handover, name, noted(name, getattr(handover, name), asked))
    plan = handover.PlanHere(nothing)
    assert (plan["plain"], plan["debug"], plan["program"]) == (False, False, None)
    assert asked == []
    for part, names in {
        "_consent": ["consent"],
        "_for_another_process": ["names", "home", "starter"],
        "_for_a_session": ["extra", "certifi", "os_bundle", "variables", "finding"],
    }.items():
        for name in names:
            assert plan[name] is plan[name]
        assert asked == [part]
        asked.clear()
        for name in names:
            assert handover.PlanHere(nothing)[name] is not None or name == "os_bundle"
            assert asked == [part]
            asked.clear()
    with pytest.raises(KeyError):
        plan["no such thing"]


@pytest.mark.parametrize(("value", "debug"), [("1", True), ("0", True), ("", False), (None, False)])
def test_debug_is_on_where_its_variable_is_not_empty(
    nothing: dict[str, str], value: str | None, *, debug: bool
) -> None:
    environ = nothing if value is None else {**nothing, "SPIP_DEBUG": value}
    assert handover.PlanHere(environ)["debug"] is debug


def test_whether_plain_pip_is_wanted_is_asked_of_the_policy_only_then(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[int] = []

    def takes() -> bool:
        asked.append(1)
        return True

    monkeypatch.setattr(sources_in_force, "takes_certifi", takes)
    assert not handover.is_plain({})
    assert asked == []
    assert handover.is_plain({"SPIP_DISABLE": "1"})
    monkeypatch.setattr(sources_in_force, "takes_certifi", lambda: False)
    assert not handover.is_plain({"SPIP_DISABLE": "1"})


def test_the_roots_are_the_same_answer_here(nothing: dict[str, str]) -> None:
    from spip.trust.resolve import resolve_bundle

    question: Any = {"cert": None, "whole": False, "pip_certifi": None, "policy": "another"}
    assert handover.HomeHere().roots(nothing, question) == resolve_bundle(nothing, question)
    assert handover.HomeHere().roots(nothing, question)["failed"]


# --- what travels


@pytest.mark.skipif(os.name == "nt", reason="there it is a child's")
def test_another_interpreter_gets_the_plan_and_each_word(
    nothing: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[list[str]] = []

    def start(command: list[str]) -> int:
        started.append(command)
        return 7

    monkeypatch.setattr(handover, "_exec", start)
    monkeypatch.setenv("__PYVENV_LAUNCHER__", "/another/python")
    plan = handover.plan(nothing)
    assert handover.hand_over("/target/python", "/bin/spip", ["install", "a b", ""], plan) == 7
    (command,) = started
    assert [command[0], *command[2:3]] == ["/target/python", command[2]]
    assert command[1:2] == shipped_files.starter()
    assert command[3:] == ["install", "a b", ""]
    told = json.loads(inherited(command[2]))
    for name in plan:
        assert told[name] == json.loads(json.dumps(plan[name])), name
    assert told["pip"] == shipped_files.pip()
    assert told["pip_needs"] == list(handover._OWN_PIP_NEEDS) == [3, 10]
    assert (told["runner"], told["folder"], told["temporary"]) == (None,) * 3
    assert told["argv0"] == "/bin/spip"
    assert "__PYVENV_LAUNCHER__" not in os.environ


@pytest.mark.skipif(os.name == "nt", reason="there it is a child's")
def test_an_interpreter_that_does_not_start_is_an_error_with_what_to_set(tmp_path: Path) -> None:
    missing = str(tmp_path / "python")
    with pytest.raises(SpipError, match="can't be started: No such file") as caught:
        handover._exec([missing])
    assert missing in caught.value.message
    assert "SPIP_PYTHON" in caught.value.hint
