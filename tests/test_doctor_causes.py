"""Each cause, made for real on loopback, is named, with its evidence and one next step."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest

from doctor_situations import SITUATIONS
from doctor_world import causes, report, the

# Seconds. Situations that need the whole patience for one host take 10, and 9 for roots found
# elsewhere; several run at once, on a machine that may be busy.
LONGEST = 60
Said = dict[str, dict[str, Any]]


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Future[Any]]]:
    """What the doctor says of every situation; several at once, since most of the time is waiting.

    Nothing but the doctor's own process looks at a situation, so they don't touch each other.
    """
    base = tmp_path_factory.mktemp("situations")

    def examine(name: str) -> dict[str, Any]:
        _, made = SITUATIONS[name]
        (base / name).mkdir()
        with made(base / name) as way:
            return report(way.index, env=dict(way.env), timeout=LONGEST)

    with ThreadPoolExecutor(6) as pool:
        yield {name: pool.submit(examine, name) for name in SITUATIONS}


@pytest.mark.parametrize("name", SITUATIONS)
def test_a_situation_is_named_by_its_cause(name: str, reports: dict[str, Future[Any]]) -> None:
    if name == "no-way-there" and not sys.platform.startswith("linux"):
        pytest.skip("elsewhere a connection to everybody fails in another way")
    said = reports[name].result()
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
