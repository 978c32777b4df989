"""The walk where an owner and a list of permissions (DACL) say who may write: Windows."""

from __future__ import annotations

import os

from spip import sources
from spip.sources import SourceRejected
from spip.stores.ownership import descriptors as security
from spip.stores.ownership.links import links
from spip.stores.ownership.sddl import ADMINS, against


class WindowsWalk:
    """The walk where a security descriptor says who may write."""

    def __init__(self, rule: str) -> None:
        self._holders = ADMINS if rule == "admin" else ADMINS | {security.user()}
        self._strict = rule == "admin"
        self._judged: set[str] = set()

    def to(self, path: str) -> tuple[str, os.stat_result]:
        """Judge every folder and link on the way to `path`; return where it ends, unjudged."""
        if not os.path.isabs(path):
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
