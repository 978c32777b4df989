"""Who could have written a file: only an administrator, or only one and the user.

A file is as safe as the least safe folder on the way to it, links followed. The walk goes from the
root down, so that each folder is judged before what lies in it; nobody else can then exchange
anything under its feet.
"""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Protocol

    class Walk(Protocol):
        """Goes to a file and judges who could have written it."""

        def to(self, path: str) -> tuple[str, os.stat_result]:
            """Return the file that `path` leads to, without links, and what it is."""

        def judge(self, descriptor: int, seen: os.stat_result) -> None:
            """Raise PassedOver unless the open file is in the right hands."""

        def folder(self, path: str) -> str:
            """Return a folder without links. Raises PassedOver if others may write there."""


def walk(rule: str) -> Walk:
    """Return a walk by a rule, which remembers the folders it went through.

    "admin": an administrator's alone. "user": or this user's. "named": the same for a file that
    the user pointed to, which in a container the one account beside root may own.
    """
    if os.name == "nt":
        from spip.ownership.windows import WindowsWalk

        return WindowsWalk(rule)
    from spip.ownership import posix
    from spip.ownership.principals import holders

    return posix.PosixWalk(holders(rule))
