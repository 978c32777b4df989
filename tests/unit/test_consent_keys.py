"""What a value of the policy may be: at the edges of each, and what it becomes."""

from __future__ import annotations

import pytest

from spip.policy import policy_file
from spip.policy.policy_file import Policy, of

WHERE = "/etc/spip/policy.toml"
PRINT = "ab" * 32
MANY = "[grants]\nallowed = true\n"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('[grants]\nhosts = ["Host:1"]', Policy(WHERE, hosts=(("host", 1),))),
        ('[grants]\nhosts = ["host:65535"]', Policy(WHERE, hosts=(("host", 65535),))),
        ('[grants]\nhosts = ["[::1]"]', Policy(WHERE, hosts=(("::1", 0),))),
        ('[grants]\nlongest = "1s"', Policy(WHERE, longest=1)),
        ('[grants]\nlongest = "1d"', Policy(WHERE, longest=86400)),
        ("[log]\nsyslog = true", Policy(WHERE, syslog="system")),
        ("[log]\nsyslog = false", Policy(WHERE)),
        (
            f'[trust]\nexpected-roots = ["{PRINT.upper()}", "{"cd " * 32}"]',
            Policy(WHERE, expected_roots=frozenset({PRINT, "cd" * 32})),
        ),
        ("[trust]\nroots = []", Policy(WHERE)),
    ],
)
def test_a_value_at_its_edge_is_obeyed(text: str, expected: Policy) -> None:
    assert of(text.encode(), WHERE) == expected


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ('[grants]\nhosts = ["host:0"]', "HOST:PORT"),
        ('[grants]\nhosts = ["host:65536"]', "HOST:PORT"),
        ('[grants]\nhosts = ["host", 1]', "a list of texts"),
        ('[grants]\nhosts = {a = "host"}', "a list of texts"),
        ('[grants]\nlongest = "86401s"', "at most a day"),
        ('[trust]\nroots = ["/root.pem", "root.pem"]', "absolute paths"),
        (f'[trust]\nexpected-roots = ["{PRINT}", "{PRINT[1:]}"]', "64 hexadecimal"),
        (f'[trust]\nexpected-roots = ["{PRINT}0"]', "64 hexadecimal"),
        ("[log]\nsyslog = 1", "absolute path"),
        ('[log]\nsyslog = "run/log"', "absolute path"),
        ('[pip]\nown-ways = "true"', "true or false"),
    ],
)
def test_one_beyond_it_closes_everything(text: str, why: str) -> None:
    found = of(text.encode(), WHERE)
    assert why in found.broken
    assert (found.grants, found.own_ways, found.add, found.fetch) == (False,) * 4


def test_without_a_file_everything_is_as_pip_has_it_but_grants_in_a_pipeline() -> None:
    found = Policy()
    assert (found.grants, found.own_ways, found.add, found.fetch, found.certifi) == (True,) * 5
    assert (found.in_ci, found.log_demanded, found.demands_log()) == (False,) * 3
    assert (found.hosts, found.longest, found.syslog) == (None, 86400, "")
    assert found.allows("index.corp.example", 443)


@pytest.mark.parametrize(
    ("text", "demanded"),
    [
        ("[log]\ndemanded = true\n", True),
        ("[log]\nsyslog = true\n", True),
        ('[log]\nsyslog = "/run/log"\n', True),
        ("[log]\ndemanded = false\nsyslog = false\n", False),
    ],
)
def test_a_place_for_the_log_demands_it_alone(text: str, *, demanded: bool) -> None:
    assert of(text.encode(), WHERE).demands_log() is demanded


def test_no_hosts_at_all_and_one_that_is_named_are_two_things() -> None:
    named = of(b'[grants]\nhosts = ["index.corp.example"]\n', WHERE)
    assert named.allows("index.corp.example", 8443)
    assert not named.allows("files.corp.example", 8443)
    assert not Policy(grants=False).allows("index.corp.example", 443)


def test_a_line_may_have_two_thousand_dots_and_no_more() -> None:
    """Of a key's parts tomllib's time grows with the square."""
    allowed = MANY + "# " + "." * 2000 + "\n"
    assert of(allowed.encode(), WHERE) == Policy(WHERE)
    assert "2000 dots" in of(allowed.replace("# ", "# .").encode(), WHERE).broken
    spread = MANY + ("# " + "." * 1500 + "\n") * 9
    assert of(spread.encode(), WHERE) == Policy(WHERE)


def test_the_first_fault_is_told_and_what_was_right_before_it_does_not_loosen() -> None:
    found = of(b"[trust]\nadd = true\nhere = 1\ncertifi = false\n[nowhere]\na = 1\n", WHERE)
    assert "an unknown key in [trust]: 'here'" in found.broken
    assert (found.add, found.certifi) == (False, False)


def test_a_broken_one_that_says_nothing_of_certifi_leaves_it() -> None:
    assert of(b"[trust]\nhere = 1\n", WHERE).certifi
    assert of(b"[trust\n", WHERE).certifi
    assert of(b"a = " + b"[" * 3000, WHERE).certifi


def test_it_says_whether_it_forbids_or_cannot_be_read() -> None:
    broken, sound = of(b"[garbled", WHERE).against("a grant"), Policy(WHERE).against("a grant")
    assert (broken.exit_code, sound.exit_code) == (1, 1)
    assert "is refused" in broken.message
    assert "garbled" in broken.message
    assert "is forbidden by the policy" in sound.message
    assert "mend" in broken.hint
    assert "mend" not in sound.hint


def test_which_text_it_was_is_known_and_makes_no_other_policy(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from spip.ownership import checked_file

    asked: list[int] = []

    def content(path: str, walk: object, most: int) -> bytes:
        assert (path, walk is None) == (WHERE, False)
        asked.append(most)
        return b"[pip]\nown-ways = false\n"

    monkeypatch.setattr(checked_file, "content", content)
    found = policy_file.read(WHERE)
    assert found == Policy(WHERE, own_ways=False)
    assert len(found.digest) == 64
    assert asked == [1 << 20]
