"""Products of many dimensions: each pair of values by default, the whole product where asked for.

Most faults need two values to meet; the rows that cover each pair grow with the two longest
dimensions, the product with all of them. `scripts/test --whole` runs the product.
"""

from __future__ import annotations

import itertools
import os
from typing import TYPE_CHECKING, Any, TypeAlias

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

Row: TypeAlias = tuple[Any, ...]
Pair: TypeAlias = tuple[int, Any, int, Any]


def whole() -> bool:
    """Whether the tests run products in whole: `scripts/test --whole`, and each week on GitHub."""
    return os.environ.get("SPIP_TEST_WIDE", "").lower() not in {"", "0", "false"}


def rows(
    dimensions: Sequence[Sequence[Any]], possible: Callable[..., bool] = lambda *_: True
) -> list[Row]:
    """Return the rows to try: one value of each dimension, which has to be hashable.

    `possible` takes a row's values and says whether that combination can exist. The same rows
    come from the same dimensions, in the product's order; each possible pair is in one of them.
    """
    product = [row for row in itertools.product(*dimensions) if possible(*row)]
    return product if whole() else covering(product)


def parameters(
    dimensions: Sequence[Sequence[Any]], possible: Callable[..., bool] = lambda *_: True
) -> list[Any]:
    """Return the rows as pytest parameters, each with an id of its values' names."""
    return [pytest.param(*row, id="-".join(map(_name, row))) for row in rows(dimensions, possible)]


def covering(product: Iterable[Row]) -> list[Row]:
    """Return rows of a product that hold each of its pairs: the one with most new ones, each time.

    A row of one dimension is kept as it is.
    """
    left = {row: _pairs(row) for row in product}
    order, missing = list(left), set[Pair]().union(*left.values())
    chosen: list[Row] = []
    while missing:
        best = max(order, key=lambda row: len(left[row] & missing))
        chosen.append(best)
        missing -= left[best]
    return [row for row in order if row in chosen or len(row) == 1]


def _pairs(row: Row) -> set[Pair]:
    places = itertools.combinations(enumerate(row), 2)
    return {(first, a, second, b) for (first, a), (second, b) in places}


def _name(value: Any) -> str:
    return str(getattr(value, "name", None) or getattr(value, "__name__", None) or value)
