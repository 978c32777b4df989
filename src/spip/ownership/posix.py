"""The walk where owner, mode bits and an access control list say who may write."""

from __future__ import annotations

import os
import stat

from spip import sources
from spip.ownership import acl, mounts, namespaces
from spip.ownership.principals import group_name, user_name
from spip.sources import SourceRejected

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from spip.ownership.principals import Holders

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
            raise SourceRejected(sources.RELATIVE)
        real, seen, shared = "/", os.lstat("/"), False
        for real, seen, shared in _steps(path):
            if real not in self._judged and stat.S_ISDIR(seen.st_mode):
                self._folder(real, seen)
                self._judged.add(real)
            elif shared and not self._may_own(real, seen):
                # Anyone may put a link or a file beside others' in a folder like /tmp.
                raise SourceRejected(sources.OWNER, user_name(seen.st_uid), real, sources.OVER)
        return real, seen

    def judge(self, descriptor: int, seen: os.stat_result) -> None:
        """Judge the open file itself."""
        if reason := self._reason(descriptor, seen):
            raise SourceRejected(*reason)

    def folder(self, path: str) -> str:
        """Judge a folder and all above it; return it without links. Raises PassedOver, OSError."""
        return self.to(path)[0]

    def _folder(self, path: str, seen: os.stat_result) -> None:
        if reason := self._reason(path, seen):
            raise SourceRejected(*reason, path, sources.IN)

    def _reason(self, what: str | int, seen: os.stat_result) -> tuple[str, str] | None:
        """Return why others could write it (a value of `stores.why`), and who."""
        if not self._may_own(what, seen):
            return sources.OWNER, user_name(seen.st_uid)
        # In a sticky folder, as /tmp, only its owner can exchange an entry.
        mode = seen.st_mode
        if stat.S_ISDIR(mode) and mode & stat.S_ISVTX and not self._holders.strict:
            return None
        reason = self._by_mode(what, seen)
        if reason and mounts.is_sealed(what, seen.st_dev):
            return None
        return reason or self._by_place(what, seen)

    def _may_own(self, what: str | int, seen: os.stat_result) -> bool:
        holders, owner = self._holders, seen.st_uid
        if owner in holders.users:
            return True
        if holders.strict:
            return False
        return namespaces.is_unmapped(what, owner) or (
            holders.named and namespaces.is_alone_with(owner)
        )

    def _by_mode(self, what: str | int, seen: os.stat_result) -> tuple[str, str] | None:
        if seen.st_mode & stat.S_IWOTH:
            kind = mounts.careless(what, seen.st_dev)
            return sources.OTHERS, f", as all is on its filesystem ({kind})" if kind else ""
        if seen.st_mode & stat.S_IWGRP and not self._may_share(seen):
            return sources.GROUP, group_name(seen.st_gid)
        if writer := acl.stranger(what, seen.st_mode, self._holders):
            return sources.LISTED, writer
        return None

    def _may_share(self, seen: os.stat_result) -> bool:
        if self._holders.group(seen.st_gid):
            return True
        if not self._holders.named or not namespaces.is_alone_with(seen.st_uid):
            return False
        return namespaces.is_group_of(seen.st_gid, seen.st_uid)

    def _by_place(self, what: str | int, seen: os.stat_result) -> tuple[str, str] | None:
        if self._holders.strict and (kind := mounts.careless(what, seen.st_dev)):
            return sources.CARELESS, kind
        return None


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
            raise SourceRejected(sources.NOWHERE)
        target = os.readlink(step)
        waiting += _parts(target)
        if os.path.isabs(target):
            at, shared = "/", False


def _parts(path: str) -> list[str]:
    """Return the names on the way, the first one last."""
    return [name for name in reversed(path.split("/")) if name not in ("", ".")]


def _shared(seen: os.stat_result) -> bool:
    return bool(stat.S_ISDIR(seen.st_mode) and seen.st_mode & (stat.S_IWOTH | stat.S_IWGRP))
