"""The rows of a product that a daily run tries: fewer, and no pair of values is left out."""

from __future__ import annotations

import itertools

import pytest

from support import pairwise

THREE = (("a", "b", "c"), (1, 2, 3), (True, False))


@pytest.fixture(autouse=True)
def _daily(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SPIP_TEST_WIDE", raising=False)


def pairs(rows: list[pairwise.Row]) -> set[object]:
    return {pair for row in rows for pair in itertools.combinations(enumerate(row), 2)}


@pytest.mark.parametrize("dimensions", [THREE, THREE[:2], (*THREE, "xyz", "uvw"), THREE[:1]])
def test_each_pair_is_tried_with_far_fewer_rows_than_the_product(
    dimensions: tuple[tuple[object, ...], ...],
) -> None:
    product = list(itertools.product(*dimensions))
    found = pairwise.rows(dimensions)
    assert pairs(found) == pairs(product)
    assert len(found) == len(set(found))
    assert len(found) < 12 or len(found) < len(product) / 4


def test_what_cannot_exist_is_not_tried_and_costs_no_other_pair() -> None:
    def possible(letter: str, number: int, _: bool) -> bool:  # noqa: FBT001  # a value, no switch
        return (letter, number) != ("a", 1)

    found = pairwise.rows(THREE, possible)
    assert all(possible(*row) for row in found)
    assert pairs(found) == pairs([row for row in itertools.product(*THREE) if possible(*row)])


def test_the_whole_product_is_tried_where_that_is_asked_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SPIP_TEST_WIDE", "1")
    assert pairwise.rows(THREE) == list(itertools.product(*THREE))


@pytest.mark.parametrize("said", ["", "0", "false"])
def test_a_variable_that_says_no_asks_for_nothing(
    said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SPIP_TEST_WIDE", said)
    assert not pairwise.whole()


def test_a_row_is_named_by_its_values() -> None:
    assert [each.id for each in pairwise.parameters([["a"], [pairs]])] == ["a-pairs"]
