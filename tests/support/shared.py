"""What is made once for a whole run of tests, by the first of its workers that comes to it."""

from __future__ import annotations

import os
import pickle
import time
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import pytest

T = TypeVar("T")
_BETWEEN_LOOKS = 0.1  # seconds
_PATIENCE = 600.0  # seconds


class Shared(Generic[T]):
    """Values by their names, in a folder of the run's. Where making one fails, each worker tries.

    So what is missing on this machine is said, or skipped, in each of them alike.
    """

    def __init__(self, factory: pytest.TempPathFactory, what: str) -> None:
        base, run = factory.getbasetemp(), os.environ.get("PYTEST_XDIST_TESTRUNUID")
        self._folder = base.parent / f"{what}-{run}" if run else base / f"{what}-shared"
        self._folder.mkdir(exist_ok=True)

    def first(self, name: str, make: Callable[[str], T]) -> T | None:
        """Make it, if nobody has begun to; else None."""
        try:
            self._file(name, "begun").touch(exist_ok=False)
        except FileExistsError:
            return None
        try:
            made = make(name)
        except BaseException:
            self._file(name, "failed").touch()
            raise
        self._file(name, "new").write_bytes(pickle.dumps(made))
        self._file(name, "new").rename(self._file(name, "made"))
        return made

    def others(self, name: str, make: Callable[[str], T]) -> T:
        """Wait for what another worker makes; make it here where that failed."""
        end = time.monotonic() + _PATIENCE
        while not self._file(name, "made").exists():
            if self._file(name, "failed").exists() or time.monotonic() > end:
                return make(name)
            time.sleep(_BETWEEN_LOOKS)
        made: T = pickle.loads(self._file(name, "made").read_bytes())  # noqa: S301  # our own
        return made

    def _file(self, name: str, state: str) -> Path:
        return self._folder / f"{name}.{state}"
