"""The walk where an owner and a list of permissions (DACL) say who may write: Windows."""

from __future__ import annotations

import os
import stat

from spip import sources
from spip.ownership import security_descriptors as security
from spip.ownership.security_descriptors import ADMINS, against
from spip.sources import SourceRejected

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

_MOST_LINKS = 63  # as Windows has it
_JUNCTION = 0xA0000003  # IO_REPARSE_TAG_MOUNT_POINT, winnt.h
_SURROGATE = 0x20000000  # "stands for another file": IsReparseTagNameSurrogate, ntifs.h
_UNPARSED = "\\\\?\\"  # what a junction's target begins with: \\?\C:\...


def links(path: str) -> Iterator[str]:
    """Yield each link on the way to `path`, by a name without the links before it.

    Raises OSError, and PassedOver for a way that never ends.
    """
    at, waiting = _begin(path)
    count = 0
    while waiting:
        name = waiting.pop()
        step = os.path.dirname(at) if name == os.pardir else os.path.join(at, name)
        if name == os.pardir or not _is_link(step):
            at = step
            continue
        count += 1
        if count > _MOST_LINKS:
            raise SourceRejected(sources.NOWHERE)
        yield step
        target, rest = os.path.join(at, _plain(os.readlink(step))), waiting
        at, waiting = _begin(target)
        waiting = rest + waiting


def _begin(path: str) -> tuple[str, list[str]]:
    """Return the root of an absolute path, and the names below it, the first one last."""
    drive, names = os.path.splitdrive(path)
    if os.altsep:
        names = names.replace(os.altsep, os.sep)
    below = [name for name in reversed(names.split(os.sep)) if name not in ("", os.curdir)]
    return drive + os.sep, below


def _is_link(path: str) -> bool:
    """Tell. Raises PassedOver for another kind of link, whose target nothing here can read.

    A file that a filter completes (OneDrive's, deduplicated, compressed) has a tag, and is itself.
    """
    seen = os.lstat(path)
    tag = getattr(seen, "st_reparse_tag", 0)
    if stat.S_ISLNK(seen.st_mode) or tag == _JUNCTION:
        return True
    if tag & _SURROGATE:
        raise SourceRejected(sources.SAID, "is a link of an unknown kind", path, sources.OVER)
    return False


def _plain(target: str) -> str:
    if not target.startswith(_UNPARSED):
        return target
    rest = target[len(_UNPARSED) :]
    if rest.startswith("UNC\\"):
        return "\\\\" + rest[4:]
    return rest if rest[1:2] == ":" else target  # else a volume without a letter


class WindowsWalk:
    """The walk where a security descriptor says who may write."""

    def __init__(self, rule: str) -> None:
        self._holders = ADMINS if rule == "admin" else ADMINS | {security.user()}
        self._strict = rule == "admin"
        self._judged: set[str] = set()

    def to(self, path: str) -> tuple[str, os.stat_result]:
        """Judge every folder and link on the way to `path`; return where it ends, unjudged."""
        # Python up to 3.12 calls `\\root.pem` absolute, which lies on whichever drive is current.
        if not os.path.isabs(path) or (os.altsep and not os.path.splitdrive(path)[0]):
            raise SourceRejected(sources.RELATIVE)
        real = os.path.realpath(path)
        if self._strict and security.is_remote(real):
            raise SourceRejected(sources.REMOTE)
        seen = os.stat(real)
        self._links(os.path.abspath(path))
        self._parents(real)
        return real, seen

    def judge(self, descriptor: int, seen: os.stat_result) -> None:
        """Judge the open file itself."""
        del seen
        if reason := against(security.of_open(descriptor), self._holders, folder=False):
            raise SourceRejected(sources.SAID, reason)

    def folder(self, path: str) -> str:
        """Judge a folder and all above it; return it without links. Raises PassedOver, OSError."""
        real = os.path.realpath(path)
        self._links(os.path.abspath(path))
        self._parents(os.path.join(real, ""))
        return real

    def _links(self, path: str) -> None:
        """Judge each link as a file: in ProgramData, say, anyone may put one beside others'."""
        for link in links(path):
            self._parents(link)
            if reason := against(security.of_link(link), self._holders, folder=False):
                raise SourceRejected(sources.SAID, reason, link, sources.OVER)

    def _parents(self, path: str) -> None:
        above = os.path.dirname(path)
        while above not in self._judged and above != path:
            if reason := against(security.of_path(above), self._holders, folder=True):
                raise SourceRejected(sources.SAID, reason, above, sources.IN)
            self._judged.add(above)
            path, above = above, os.path.dirname(above)
