"""What came of the machines, as a table: seconds, counts, and why tests were skipped."""

from __future__ import annotations

import collections
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from _machines.plan import Outcome, Plan

_LAST = re.compile(r"(?m)^=* ?((?:\d+ [a-z]+, )*\d+ [a-z]+) in [\d.]+s")
_SKIPPED = re.compile(r"(?m)^SKIPPED \[(\d+)\] \S+?(?::\d+)?: (.*)")


@dataclass(frozen=True)
class Row:
    """A machine, how its commands ended, and what they printed."""

    plan: Plan
    outcomes: Sequence[Outcome]
    log: str

    @property
    def is_good(self) -> bool:
        """Whether each command was run and ended with 0."""
        good = [outcome for outcome in self.outcomes if outcome.code == 0]
        return len(good) == len(self.plan.commands)

    @property
    def counts(self) -> str:
        """pytest's own, as in "2401 passed, 300 skipped"."""
        found = _LAST.findall(self.log)
        return found[-1] if found else ""


def line(row: Row) -> str:
    """Return a machine's line of the table."""
    ends = ", ".join(f"{each.name} {_end(each)}" for each in row.outcomes) or "it could not be made"
    return "  ".join(filter(None, (f"{row.plan.name:<28}", ends, row.counts)))


def _end(outcome: Outcome) -> str:
    how = {0: "", None: " (its time was over)"}.get(outcome.code, f" (exit code {outcome.code})")
    return f"{outcome.seconds:.0f} s{how}"


def skips(rows: Iterable[Row]) -> list[str]:
    """Return a line for each reason to skip: on which machines, and how many tests."""
    reasons: dict[str, dict[str, int]] = collections.defaultdict(dict)
    for row in rows:
        for count, reason in _SKIPPED.findall(row.log):
            counts = reasons[reason]
            counts[row.plan.name] = counts.get(row.plan.name, 0) + int(count)
    return [f"{reason}: {_where(counts)}" for reason, counts in sorted(reasons.items())]


def _where(counts: dict[str, int]) -> str:
    return ", ".join(f"{count} on {name}" for name, count in counts.items())
