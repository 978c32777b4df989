"""Each cause, made for real on loopback, is named, with its evidence and one next step.

What the step says is done wherever it can be, and has to help.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from doctor_situations import SITUATIONS
from doctor_steps import FOLLOWED, NOT_FOLLOWED, REPORTS, Followed, follow, surroundings
from doctor_world import causes, report, the
from support.shared import Shared

# Seconds. Situations that need the whole patience for one host take 10, and 9 for roots found
# elsewhere; several run at once, on a machine that may be busy.
LONGEST = 60
Seen = tuple[dict[str, Any], Followed | None]


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], Seen]]:
    """What the doctor says of every situation; several at once, since most of the time is waiting.

    Nothing but the doctor's own process looks at a situation, so they don't touch each other. The
    workers share them: each is made once in a run.
    """
    base = tmp_path_factory.mktemp("situations")
    shared = Shared[Seen](tmp_path_factory, "situations")

    def examine(name: str) -> Seen:
        _, made = SITUATIONS[name]
        folder = base / name
        folder.mkdir(exist_ok=True)
        with made(folder) as way:
            said = report(way.index, env=surroundings(way, folder), timeout=LONGEST)
            if name not in FOLLOWED or not said["findings"] or os.name == "nt":
                return said, None
            return said, follow(name, said["findings"][0]["next"], way, folder)

    with ThreadPoolExecutor(6) as pool:
        first = {name: pool.submit(shared.first, name, examine) for name in SITUATIONS}
        yield lambda name: first[name].result() or shared.others(name, examine)


@pytest.mark.parametrize("name", SITUATIONS)
def test_a_situation_is_named_by_its_cause(name: str, seen: Callable[[str], Seen]) -> None:
    if name == "no-way-there" and not sys.platform.startswith("linux"):
        pytest.skip("elsewhere a connection to everybody fails in another way")
    said, _ = seen(name)
    cause, _ = SITUATIONS[name]
    found = the(said, cause)
    # A machine without a store is told so each time, and that is no test's fault.
    names = [each["cause"] for each in said["findings"] if each["cause"] != "os-store-empty"]
    first = cause if cause == "os-store-empty" else names[0]
    assert first == cause, f"{first} stands above {cause}"
    assert found["sentence"]
    assert found["next"]
    assert "{" not in found["sentence"] + found["next"]
    assert "secret" not in str(said)
    assert causes(said) == ([cause] if found["weight"] == "problem" else [])


@pytest.mark.skipif(os.name == "nt", reason="the steps are pasted into a POSIX shell")
@pytest.mark.parametrize("name", FOLLOWED)
def test_the_next_step_helps_who_follows_it(name: str, seen: Callable[[str], Seen]) -> None:
    _, followed = seen(name)
    cause, _ = SITUATIONS[name]
    assert followed
    if name in REPORTS:
        assert cause in followed.wrote, followed
        return
    assert followed.code == 0, followed
    assert cause not in causes(followed.after) or followed.pip_works, followed
    if not name.startswith("proxy-"):  # what those lead to is an index that is nowhere
        assert followed.pip_works, followed


def test_each_next_step_is_followed_or_it_is_said_why_not() -> None:
    assert not set(FOLLOWED) & set(NOT_FOLLOWED)
    assert set(FOLLOWED) | set(NOT_FOLLOWED) == set(SITUATIONS)
    assert all(NOT_FOLLOWED.values())
    assert set(FOLLOWED) >= REPORTS
