"""Which pips are measured: one that asks the operating system's store, and one that doesn't."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Pair:
    """A Python and its pip.

    `asks_the_system`: whether this pip alone trusts the operating system's store (24.2).
    """

    python: str
    pip: str
    asks_the_system: bool

    @property
    def name(self) -> str:
        """As in "pip 26.3, Python 3.13"."""
        return f"pip {self.pip}, Python {self.python}"


CURRENT = Pair("3.13", "26.3", asks_the_system=True)
OLD = Pair("3.10", "23.0.1", asks_the_system=False)
