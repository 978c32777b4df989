"""What one worker of a run makes for all of them."""

from __future__ import annotations

from typing import NoReturn

import pytest

from support.shared import Shared


@pytest.fixture
def two(
    tmp_path_factory: pytest.TempPathFactory, tmp_path: object, monkeypatch: pytest.MonkeyPatch
) -> tuple[Shared[str], Shared[str]]:
    """The same store, as two workers see it."""
    monkeypatch.setenv("PYTEST_XDIST_TESTRUNUID", f"test-{hash(tmp_path):x}")
    return Shared(tmp_path_factory, "words"), Shared(tmp_path_factory, "words")


def made(name: str) -> str:
    return name.upper()


def never(name: str) -> NoReturn:
    raise LookupError(name)


def test_the_first_makes_it_and_the_other_gets_it(two: tuple[Shared[str], Shared[str]]) -> None:
    one, other = two
    assert one.first("a", made) == "A"
    assert other.first("a", never) is None
    assert other.others("a", never) == "A"


def test_what_failed_is_tried_by_each(two: tuple[Shared[str], Shared[str]]) -> None:
    one, other = two
    with pytest.raises(LookupError):
        one.first("a", never)
    assert other.first("a", made) is None
    assert other.others("a", made) == "A"
    with pytest.raises(LookupError):
        other.others("a", never)
