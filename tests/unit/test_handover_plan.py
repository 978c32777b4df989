"""What holds for a run wherever its pip runs, with plain pip asked for and without."""

from __future__ import annotations

from pathlib import Path

import pytest

from spip import consent, handover
from spip.consent import boot, grants, place, policy
from spip.consent.grants import Grant
from spip.consent.policy import of

WHERE = "/etc/spip/policy.toml"
FORBIDS = "[pip]\nown-ways = false\n[log]\ndemanded = true\n"


@pytest.fixture
def home(tmp_path: Path) -> dict[str, str]:
    """A home with one live grant."""
    home = {"HOME": str(tmp_path), "LOCALAPPDATA": str(tmp_path)}
    now = boot.now()
    until = (now.elapsed, now.elapsed + 600, now.date, now.date + 600)
    words = ("CN=index", "CN=Unknown Root CA", "ann", "roll-out")
    grant = Grant("index.corp.example", 443, "ab" * 32, *words, now.boot, *until)
    grants.change(home, now, lambda _: (grant,))
    return home


def by_policy(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, text: str) -> None:
    file = tmp_path / "policy.toml"
    file.write_text(text, "utf-8")
    monkeypatch.setattr(place, "POLICY", dict.fromkeys(place.POLICY, str(file)))
    monkeypatch.setattr(policy, "read", lambda path: of(text.encode(), path))
    consent.forget()


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
