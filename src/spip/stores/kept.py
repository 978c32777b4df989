"""What lies beside a bundle in the cache: its stamp, and what the build found out."""

from __future__ import annotations

import os
import stat
import time

from spip import paths
from spip.ownership import checked_file
from spip.sources import Refusal, SourceRejected, Value
from spip.stores import stamp

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from spip.sources import Source

_SUFFIX = ".stamp"
_DAY = 86_400  # seconds


class Kept(Value):
    """What a build found out beside the certificates, for `since` <= now < `until`.

    Both are seconds since the epoch; the clock decides what is expired, so one that was set back
    counts as a change. `extra`: the SHA-256 of each extra root, one behind the other; as bytes,
    since there may be 10,000.
    """

    __slots__ = ("extra", "refused", "since", "until")
    refused: tuple[Refusal, ...]
    extra: bytes
    since: int
    until: int

    def __init__(self, refused: tuple[Refusal, ...], extra: bytes, since: int, until: int) -> None:
        super().__init__(extra, refused, since, until)


def read(path: str, sources: Sequence[Source]) -> Kept | None:
    """Return what was kept beside the bundle `path`; None if that must be built anew."""
    try:
        before, header, extra = _parts(path + _SUFFIX)
        bundle, times, *refused = header.split("\n")
        if bundle != face(os.lstat(path)) or before != stamp.inputs(sources):
            return None
        since, until = (int(moment) for moment in times.split(" "))
        if not since <= time.time() < until:
            return None
        _touch(path + _SUFFIX)
        return Kept(tuple(_refusal(line, sources) for line in refused), extra, since, until)
    except (OSError, ValueError, IndexError, SourceRejected):
        return None


def _parts(path: str) -> tuple[str, str, bytes]:
    """Read a stamp, which is a plain file. In binary: a codec would have to be imported."""
    before, header, extra = checked_file.content(path, None).split(b"\n\n", 2)
    return before.decode(), header.decode(), extra


def content(before: str, kept: Kept, sources: Sequence[Source], bundle: os.stat_result) -> bytes:
    """Return what to write beside the file that `bundle` was when it was written."""
    numbers = {source: number for number, source in enumerate(sources)}
    header = [face(bundle), f"{kept.since} {kept.until}"]
    header += [f"{numbers[refusal.source]} {_line(refusal)}" for refusal in kept.refused]
    return "\n\n".join([before, "\n".join(header), ""]).encode("ascii") + kept.extra


def beside(path: str) -> str:
    """Return where the stamp of the bundle `path` lies."""
    return path + _SUFFIX


def face(seen: os.stat_result) -> str:
    """Return what a rename keeps of a bundle, so that a stamp knows its own one.

    Raises ValueError for a file that someone else may have written.
    """
    if not (stat.S_ISREG(seen.st_mode) and paths.ours(seen)):
        raise ValueError("not a bundle of this user's")
    return f"{seen.st_ino} {seen.st_size} {seen.st_mtime_ns}"


def _touch(path: str) -> None:
    """Say once a day that this bundle is in use, for `place.sweep`."""
    if time.time() - os.stat(path).st_mtime > _DAY:
        os.utime(path)


def _refusal(line: str, sources: Sequence[Source]) -> Refusal:
    number, whole, at_line, kind, file, at, reason = line.split(" ", 6)
    source, whole_source = sources[int(number)], whole == "1"
    return Refusal(source, reason, whole_source, int(at_line), kind, file=_name(file), at=_name(at))


def _line(told: Refusal) -> str:
    where = f"{_word(told.file)} {_word(told.at)}"
    return f"{told.whole:d} {told.line} {told.kind} {where} {told.reason}"


def _word(name: str) -> str:
    """Return a name without blanks and without letters beyond ASCII."""
    return ascii(name)[1:-1].replace(" ", "\\x20")


def _name(word: str) -> str:
    return word.encode("ascii").decode("unicode_escape")
