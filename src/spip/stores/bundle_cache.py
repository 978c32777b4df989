"""What the inputs of a bundle were when it was built, so that an unchanged one is only looked at.

A stamp is compared as text; nothing of it is ever parsed.
"""

from __future__ import annotations

import os
import stat
import time

from spip import paths
from spip.ownership import checked_file
from spip.paths import is_absolute
from spip.sources import AS_THEY_ARE, Refusal, SourceRejected, Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from spip.sources import Source

# Raised whenever the same inputs would give another bundle than before.
FORMAT = 3
# How the name of every bundle begins that spip makes, and how it ends.
_NAME, _DIGITS, _END = "spip-bundle-", 16, ".pem"


def is_bundle(name: str) -> bool:
    """Tell whether a file is a bundle of spip's, by its name; it may be gone.

    A variable that names one is never a source. What a user exported under a name of their own
    (`spip-bundle-corp.pem`) is none of them.
    """
    number = name[len(_NAME) : -len(_END)]
    known = name == f"{_NAME}{number}{_END}" and len(number) == _DIGITS
    return known and not number.strip("0123456789abcdef")


def bundle_path(sources: Sequence[Source], cache: str) -> str:
    """Return the file for exactly these sources, so that different lists lie beside each other."""
    # Not for security: the stamp holds the whole list. A hash of hashlib's would cost an import
    # that takes all of the time; this is the remainder by the largest prime below 2**64.
    number = int.from_bytes(_list(sources).encode(), "big") % 0xFFFFFFFFFFFFFFC5
    return os.path.join(cache, f"{_NAME}{number:0{_DIGITS}x}{_END}")


def inputs(sources: Sequence[Source]) -> str:
    """Return, as text, everything that decides what a bundle of `sources` holds."""
    from spip.stores import distrust

    lines = [f"spip stamp {FORMAT}", _list(sources)]
    for path in distrust.inputs():
        lines.extend(_look(path))
    parents: set[str] = set()
    for source in sources:
        if source.path is None:
            lines.extend(_of_os())
            continue
        lines.extend(_look(source.path))
        if source.kind not in AS_THEY_ARE:
            lines.extend(_parents(source.path, parents))
    return "\n".join(lines)


def _list(sources: Sequence[Source]) -> str:
    return ascii([(source.kind, source.label, source.path) for source in sources])


def _of_os() -> Iterator[str]:
    """Yield what the platform names: paths, or (Windows) lines that change with the store."""
    from spip import stores

    for named in stores.inputs():
        yield ascii(named)
        yield from _look(named)


def _look(path: str) -> Iterator[str]:
    if not is_absolute(path):
        return  # never opened
    try:
        seen = os.stat(path)
        if not stat.S_ISDIR(seen.st_mode):
            yield f"{path!a} {face(seen)}"
            return
        from spip.stores import folder_scan

        for name in folder_scan.files(path):
            yield from _look_at_file(path, name)
    except (OSError, ValueError, SourceRejected) as error:
        yield f"{path!a} {type(error).__name__} {getattr(error, 'errno', 0)}"


def _look_at_file(path: str, name: str) -> Iterator[str]:
    try:
        yield f"{name!a} {face(os.stat(os.path.join(path, name)))}"
    except OSError as error:
        yield f"{name!a} {error.errno}"


def face(seen: os.stat_result) -> str:
    """Return what changes whenever a file, or who may write it, does."""
    # The change time notices a change of owner, mode or ACL that leaves the content alone.
    return (
        f"{seen.st_dev} {seen.st_ino} {seen.st_mode} {seen.st_uid} {seen.st_gid} "
        f"{seen.st_size} {seen.st_mtime_ns} {seen.st_ctime_ns}"
    )


def _parents(path: str, seen: set[str]) -> Iterator[str]:
    """Yield who may write to the folders on the way, since that decides too; not their times."""
    for at in (path, _real(path)):
        while (above := os.path.dirname(at)) not in seen and above != at:
            seen.add(above)
            at = above  # noqa: PLW2901  # one step up
            try:
                found = os.stat(above)
                yield f"{above!a} {found.st_ino} {found.st_mode} {found.st_uid} {found.st_gid}"
            except (OSError, ValueError):
                yield f"{above!a} absent"


def _real(path: str) -> str:
    try:
        return os.path.realpath(path)
    except (OSError, ValueError):
        return path


def newest(inputs_text: str) -> float:
    """Return the time of the latest change that `inputs` saw, in epoch seconds; 0 for none."""
    times = (line.split(" ")[-2:] for line in inputs_text.splitlines())
    return (
        max(
            (int(at) for pair in times for at in pair if len(at) > 15 and at.isdecimal()), default=0
        )
        / 1e9
    )


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
        if bundle != file_identity(os.lstat(path)) or before != inputs(sources):
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
    header = [file_identity(bundle), f"{kept.since} {kept.until}"]
    header += [f"{numbers[refusal.source]} {_line(refusal)}" for refusal in kept.refused]
    return "\n\n".join([before, "\n".join(header), ""]).encode("ascii") + kept.extra


def beside(path: str) -> str:
    """Return where the stamp of the bundle `path` lies."""
    return path + _SUFFIX


def file_identity(seen: os.stat_result) -> str:
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
