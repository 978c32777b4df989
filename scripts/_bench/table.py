"""Write the measurements as a Markdown table: medians, minima and ratios."""

from __future__ import annotations

from statistics import median
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from _bench.turns import Measured, Reach, Sample

_CLOCKS: tuple[tuple[str, Callable[[Sample], float]], ...] = (
    ("wall", lambda sample: sample.wall),
    ("CPU", lambda sample: sample.cpu),
)


def head(labels: Sequence[str]) -> str:
    """Return the table's first two lines; the first of `labels` is what is measured by."""
    first, *others = labels
    titles = ["what", "clock", first]
    for label in others:
        titles += [label, "ratio", "more"]
    titles.append("reach")
    return _line(titles) + "\n" + _line(["---"] * len(titles))


def rows(measured: Measured, labels: Sequence[str]) -> Iterator[str]:
    """Yield one line for each clock."""
    for clock, of in _CLOCKS:
        base = _values(measured, labels[0], of)
        cells = [measured.case.title, clock, _cost(base)]
        for label in labels[1:]:
            cells += _beside(base, _values(measured, label, of), measured.failed.get(label, ""))
        ours = _values(measured, labels[1], of)
        yield _line([*cells, verdict(base, ours, measured.case.reach)])


def alone_head() -> str:
    """Return the first two lines of the table of what pip has nothing to compare with."""
    titles = ["what", "spip", "reach"]
    return _line(titles) + "\n" + _line(["---"] * len(titles))


def alone_row(title: str, milliseconds: Sequence[float], reach: float) -> str:
    """Return one line of it."""
    kept = median(milliseconds) <= reach
    return _line([title, _cost(milliseconds), f"{reach:.0f} ms: {_answer(kept=kept)}"])


def verdict(base: Sequence[float], ours: Sequence[float], reach: Reach) -> str:
    """Return what is aimed at, and whether this is within it: "ratio 1.08, 10 ms: yes"."""
    aims, kept = [], True
    if reach.ratio is not None:
        aims.append(f"ratio {reach.ratio:.2f}")
        kept = kept and ratio(base, ours) <= reach.ratio
    if reach.more is not None:
        aims.append(f"{reach.more:.0f} ms more")
        kept = kept and more(base, ours) <= reach.more
    return f"{', '.join(aims)}: {_answer(kept=kept)}"


def ratio(base: Sequence[float], other: Sequence[float]) -> float:
    """Return the median of the ratios of each turn."""
    return median(b / a for a, b in zip(base, other, strict=True))


def more(base: Sequence[float], other: Sequence[float]) -> float:
    """Return the median of the differences of each turn."""
    return median(b - a for a, b in zip(base, other, strict=True))


def _answer(*, kept: bool) -> str:
    return "yes" if kept else "**no**"


def _beside(base: Sequence[float], other: Sequence[float], failed: str) -> list[str]:
    if failed:
        return [f"doesn't run: {failed}".replace("|", "\\|"), "", ""]
    if not other:
        return ["", "", ""]
    return [_cost(other), f"{ratio(base, other):.3f}", f"{more(base, other):+.1f}"]


def _values(measured: Measured, label: str, of: Callable[[Sample], float]) -> list[float]:
    return [of(sample) for sample in measured.samples.get(label, ())]


def _cost(values: Sequence[float]) -> str:
    return f"{median(values):.1f} ({min(values):.1f})"


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
