"""The walk where owner, mode bits and an access control list say who may write."""

from __future__ import annotations

import os
import stat

from spip.printable import in_ascii
from spip.stores.ownership import acl, filesystem
from spip.stores.ownership.holders import group_name, user_name
from spip.stores.source import InOtherHands, PassedOver

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from spip.stores.ownership.holders import Holders

MOST_LINKS = 40  # as Linux has it


class PosixWalk:
    """The walk where owner, mode bits and an ACL say who may write."""

    def __init__(self, holders: Holders) -> None:
        self._holders = holders
        self._judged: set[str] = set()

    def to(self, path: str) -> tuple[str, os.stat_result]:
        """Judge every folder and link on the way to `path`; return where it ends, unjudged.

        Raises PassedOver for a relative path or for a folder that others may write to, and OSError.
        """
        if not os.path.isabs(path):
            raise PassedOver("is not an absolute path")
        real, seen, shared = "/", os.lstat("/"), False
        for real, seen, shared in _steps(path):
            if real not in self._judged and stat.S_ISDIR(seen.st_mode):
                self._folder(real, seen)
                self._judged.add(real)
            elif shared and seen.st_uid not in self._holders.users:
                # Anyone may put a link or a file beside others' in a folder like /tmp.
                raise InOtherHands(f"leads over {in_ascii(real)}, which {_owner(seen)}")
        return real, seen

    def judge(self, descriptor: int, seen: os.stat_result) -> None:
        """Judge the open file itself."""
        if reason := self._reason(descriptor, seen):
            raise InOtherHands(reason)

    def folder(self, path: str) -> str:
        """Judge a folder and all above it; return it without links. Raises PassedOver, OSError."""
        return self.to(path)[0]

    def _folder(self, path: str, seen: os.stat_result) -> None:
        if reason := self._reason(path, seen):
            raise InOtherHands(f"lies in {in_ascii(path)}, which {reason}")

    def _reason(self, what: str | int, seen: os.stat_result) -> str:
        holders, mode = self._holders, seen.st_mode
        # In a sticky folder, as /tmp, only its owner can exchange an entry.
        protected = stat.S_ISDIR(mode) and mode & stat.S_ISVTX and not holders.strict
        if seen.st_uid not in holders.users:
            return _owner(seen)
        if mode & stat.S_IWOTH and not protected:
            kind = filesystem.careless(what, seen.st_dev)
            return (
                f"is writable by others{f', as all is on its filesystem ({kind})' if kind else ''}"
            )
        if mode & stat.S_IWGRP and not protected and not holders.group(seen.st_gid):
            return f"is writable by {group_name(seen.st_gid)}"
        return "" if protected else self._beyond_the_mode(what, seen)

    def _beyond_the_mode(self, what: str | int, seen: os.stat_result) -> str:
        if writer := acl.stranger(what, seen.st_mode, self._holders):
            return f"is writable by {writer}, by its access control list"
        if self._holders.strict and (kind := filesystem.careless(what, seen.st_dev)):
            return f"lies on a filesystem ({kind}) that doesn't keep who owns what"
        return ""


def _owner(seen: os.stat_result) -> str:
    return f"belongs to {user_name(seen.st_uid)}"


def _steps(path: str) -> Iterator[tuple[str, os.stat_result, bool]]:
    """Yield every folder and link on the way from the root, then the end, each by its real name.

    The third value says that the folder around it is one where anyone may create entries.
    """
    at, links, waiting = "/", 0, _parts(path)
    shared = False
    seen = os.lstat(at)
    yield at, seen, False
    while waiting:
        name = waiting.pop()
        if name == "..":
            at = os.path.dirname(at)
            shared = _shared(os.lstat(at))
            continue
        step = os.path.join(at, name)
        seen = os.lstat(step)
        yield step, seen, shared
        if not stat.S_ISLNK(seen.st_mode):
            at, shared = step, _shared(seen)
            continue
        links += 1
        if links > MOST_LINKS:
            raise PassedOver("is a link that leads nowhere")
        target = os.readlink(step)
        waiting += _parts(target)
        if os.path.isabs(target):
            at, shared = "/", False


def _parts(path: str) -> list[str]:
    """Return the names on the way, the first one last."""
    return [name for name in reversed(path.split("/")) if name not in ("", ".")]


def _shared(seen: os.stat_result) -> bool:
    return bool(stat.S_ISDIR(seen.st_mode) and seen.st_mode & (stat.S_IWOTH | stat.S_IWGRP))
