"""What lies beside a bundle in the cache: its stamp, and what the build found out."""

from __future__ import annotations

import os
import stat
import time

from spip.stores import stamp
from spip.stores.source import Refusal, Source, Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

_SUFFIX = ".stamp"
_DAY = 86_400  # seconds


class Kept(Value):
    """What a build found out beside the certificates, for `since` <= now < `until`.

    Both are seconds since the epoch; the clock decides what is expired, so one that was set back
    counts as a change.
    """

    __slots__ = ("extra", "refused", "since", "until")
    refused: tuple[Refusal, ...]
    extra: tuple[str, ...]
    since: int
    until: int

    def __init__(
        self, refused: tuple[Refusal, ...], extra: tuple[str, ...], since: int, until: int
    ) -> None:
        super().__init__(extra, refused, since, until)


def read(path: str, sources: Sequence[Source]) -> Kept | None:
    """Return what was kept beside the bundle `path`; None if that must be built anew."""
    try:
        with open(path + _SUFFIX, encoding="ascii") as file:
            before, _, after = file.read().partition("\n\n")
        bundle, since, until, extra, *refused = after.splitlines()
        if bundle != face(path) or before != stamp.inputs(sources):
            return None
        if not int(since) <= time.time() < int(until):
            return None
        _touch(path + _SUFFIX)
        return Kept(
            tuple(_refusal(line, sources) for line in refused),
            tuple(extra.split()),
            int(since),
            int(until),
        )
    except (OSError, ValueError, IndexError):
        return None


def text(before: str, kept: Kept, sources: Sequence[Source], bundle: str) -> str:
    """Return what to write beside `bundle`, which may still have its temporary name."""
    numbers = {source: number for number, source in enumerate(sources)}
    lines = [face(bundle), str(kept.since), str(kept.until), " ".join(kept.extra)]
    lines += [f"{numbers[r.source]} {r.whole:d} {r.line} {r.reason}" for r in kept.refused]
    return before + "\n\n" + "\n".join(lines) + "\n"


def beside(path: str) -> str:
    """Return where the stamp of the bundle `path` lies."""
    return path + _SUFFIX


def face(path: str) -> str:
    """Return what a rename keeps of a bundle, so that a stamp knows its own one."""
    seen = os.lstat(path)
    ours = not hasattr(os, "geteuid") or seen.st_uid == os.geteuid()
    if not (ours and stat.S_ISREG(seen.st_mode)) or seen.st_mode & (stat.S_IWGRP | stat.S_IWOTH) * (
        os.name != "nt"
    ):
        raise ValueError("not a bundle of this user's")
    return f"{seen.st_ino} {seen.st_size} {seen.st_mtime_ns}"


def _touch(path: str) -> None:
    """Say once a day that this bundle is in use, for `place.sweep`."""
    if time.time() - os.stat(path).st_mtime > _DAY:
        os.utime(path)


def _refusal(line: str, sources: Sequence[Source]) -> Refusal:
    number, whole, at, reason = line.split(" ", 3)
    return Refusal(sources[int(number)], reason, whole == "1", int(at))
