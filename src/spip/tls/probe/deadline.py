"""One end in time for everything that is done to a host."""

from __future__ import annotations

import time


class Deadline:
    """Ends `seconds` from now. However many steps share it, the sum is bounded."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._end = time.monotonic() + seconds

    def left(self) -> float:
        """Seconds until the end. Raises TimeoutError once it has come."""
        left = self._end - time.monotonic()
        if left <= 0:
            raise TimeoutError(f"nothing came of it within {self.seconds:g} s")
        return left

    def part(self, share: float) -> Deadline:
        """Return an earlier end, after a share of what is left."""
        return Deadline(self.left() * share)
