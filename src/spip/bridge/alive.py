"""Whether a grant still lives: it may end, or be ended, while a long command goes on."""

import os

from spip import uptime

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict, Optional, Tuple

    from spip.bridge.record import Record


class Alive:
    """One grant. The file of grants is looked at for each request, and read again if it changed."""

    def __init__(self, grant: "Dict[str, Any]", file: str, record: "Record") -> None:
        self.grant = grant
        self.file = file
        self.record = record
        self.seen = self._state()
        self.ended = False

    def left(self) -> float:
        """Seconds until it ends."""
        return 0.0 if self.ended else max(0.0, self.grant["ends"] - uptime.seconds())

    def still(self) -> bool:
        """Whether a request may leave now."""
        state = self._state()
        if state != self.seen and not self.ended:
            self.seen = state  # as it was before it is read, so that no later change is missed
            self.ended = not self.record.tell("alive", **self.names())["ok"]
        return self.left() > 0

    def names(self) -> "Dict[str, Any]":
        """What tells it from others."""
        return {name: self.grant[name] for name in ("host", "port", "sha256")}

    def _state(self) -> "Optional[Tuple[int, int, int]]":
        try:
            seen = os.stat(self.file)
        except OSError:
            return None
        return seen.st_ino, seen.st_mtime_ns, seen.st_size
