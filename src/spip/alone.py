"""Whether a folder surely is this user's alone: the fast look, for what every start asks.

Read by the single file before anything of it is unpacked, so it imports next to nothing.
"""

from __future__ import annotations

import os
import stat


def surely(folder: str) -> bool:
    """Tell, fast, that only this user and root can change what lies in `folder`.

    Where that takes a closer look (links, groups, Windows, ACLs that no mode bit shows, as on
    macOS) the answer is False, and `stores.ownership` decides. Raises OSError.
    """
    if not hasattr(os, "getxattr"):
        return False
    at = folder
    while True:
        seen = os.lstat(at)
        sticky = seen.st_mode & stat.S_ISVTX and at != folder
        if not (stat.S_ISDIR(seen.st_mode) and (ours(seen) or _anyones(seen, sticky=sticky))):
            return False
        if at == os.path.dirname(at):
            return True
        at = os.path.dirname(at)


def ours(seen: os.stat_result) -> bool:
    """Tell whether a file or folder is this user's or root's, and its mode lets nobody else write.

    Windows: always, since mode bits say nothing there.
    """
    if os.name == "nt":
        return True
    others = seen.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
    return seen.st_uid in (0, os.geteuid()) and not others


def _anyones(seen: os.stat_result, *, sticky: int) -> bool:
    """Tell whether the folder is one like /tmp, where each entry is its owner's."""
    return bool(sticky) and seen.st_uid in (0, os.geteuid())
