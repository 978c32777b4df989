"""What the inputs of a bundle were when it was built, so that an unchanged one is only looked at.

A stamp lies beside its bundle. It is compared as text; nothing is parsed before it matches.
"""

from __future__ import annotations

import os
import stat
import time
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from spip.stores.source import Refusal

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from spip.stores.source import Source

# Raised whenever the same inputs would give another bundle than before.
FORMAT = 1
# What a stamp keeps of a folder; a larger one is refused by the reader.
MOST_ENTRIES = 4000


@dataclass(frozen=True)
class Kept:
    """What a build found out beside the certificates. `until`: epoch seconds, 0 for no end."""

    refused: tuple[Refusal, ...]
    extra: tuple[str, ...]
    until: int = 0


def bundle_path(sources: Sequence[Source], cache: str) -> str:
    """Return the file for exactly these sources, so that different lists lie beside each other."""
    text = "\n".join(ascii((s.kind, s.label, s.path)) for s in sources).encode()
    # Not for security, but two checks together: hashlib alone would cost what a whole look may.
    return os.path.join(cache, f"bundle-{zlib.crc32(text):08x}{zlib.adler32(text):08x}.pem")


def inputs(sources: Sequence[Source]) -> str:
    """Return, as text, everything that decides what a bundle of `sources` holds."""
    lines = [f"spip stamp {FORMAT}"]
    for source in sources:
        lines.append(ascii((source.kind, source.label, source.path)))
        paths = _os_inputs() if source.path is None else [source.path]
        for path in paths:
            lines.extend(_look(path))
    return "\n".join(lines)


def _os_inputs() -> list[str]:
    from spip import stores  # noqa: PLC0415  # the platform is chosen as late as it is needed

    return list(stores.inputs())


def _look(path: str) -> Iterator[str]:
    try:
        seen = os.stat(path)
        yield f"{path!a} {_face(seen)}"
        if stat.S_ISDIR(seen.st_mode):
            yield from _listing(path)
    except OSError as error:
        yield f"{path!a} absent {error.errno}"


def _listing(path: str) -> Iterator[str]:
    with os.scandir(path) as entries:
        for count, entry in enumerate(entries):
            if count >= MOST_ENTRIES:
                return
            try:
                yield f"{entry.name!a} {_face(os.stat(entry.path))}"
            except OSError as error:
                yield f"{entry.name!a} absent {error.errno}"


def _face(seen: os.stat_result) -> str:
    # The change time notices a change of owner, mode or ACL that leaves the content alone.
    return (
        f"{seen.st_dev} {seen.st_ino} {seen.st_mode} {seen.st_uid} {seen.st_gid} "
        f"{seen.st_size} {seen.st_mtime_ns} {seen.st_ctime_ns}"
    )


def _file_face(path: str) -> str:
    """Return what a rename keeps of a bundle, so that a stamp knows its own bundle."""
    seen = os.stat(path)
    return f"{seen.st_ino} {seen.st_size} {seen.st_mtime_ns}"


def text(before: str, kept: Kept, sources: Sequence[Source], written: str) -> str:
    """Return the stamp for the bundle `written` (still under its temporary name)."""
    index = {source: number for number, source in enumerate(sources)}
    lines = [_file_face(written), str(kept.until), " ".join(kept.extra)]
    lines += [f"{index[r.source]} {r.whole:d} {r.line} {r.reason!a}" for r in kept.refused]
    return before + "\n\n" + "\n".join(lines) + "\n"


def read(path: str, sources: Sequence[Source]) -> Kept | None:
    """Return what was kept beside the bundle `path`; None if the bundle must be built anew."""
    try:
        with open(path + ".stamp", encoding="ascii") as file:
            before, _, after = file.read().partition("\n\n")
        face, until, extra, *refused = after.splitlines()
        if face != _file_face(path) or before != inputs(sources):
            return None
        if int(until) and int(until) <= time.time():
            return None
        return Kept(tuple(_refusal(line, sources) for line in refused), tuple(extra.split()))
    except (OSError, ValueError, IndexError):
        return None


def _refusal(line: str, sources: Sequence[Source]) -> Refusal:
    number, whole, at, reason = line.split(" ", 3)
    words = reason[1:-1].encode("ascii").decode("unicode_escape")
    return Refusal(sources[int(number)], words, whole == "1", int(at))
