"""Open a file once, make sure that it is one to rely on, and return the bytes that were checked."""

from __future__ import annotations

import errno
import os
import stat

from spip import sources
from spip.sources import SourceRejected
from spip.text import in_ascii

TYPE_CHECKING = False
if TYPE_CHECKING:
    from spip.ownership import Walk

# 10,000 certificates are 5 to 20 MB of PEM. Whatever is larger isn't a list of roots.
MOST_BYTES = 32 * 1024 * 1024
# Without waiting for a FIFO's other end, for no child, for no controlling terminal.
_FLAGS = (
    os.O_RDONLY
    | getattr(os, "O_NONBLOCK", 0)
    | getattr(os, "O_CLOEXEC", 0)
    | getattr(os, "O_NOCTTY", 0)
    | getattr(os, "O_BINARY", 0)
    | getattr(os, "O_NOINHERIT", 0)
)
_WHY = {errno.ENOENT: sources.MISSING, errno.ENOTDIR: sources.MISSING, errno.ELOOP: sources.NOWHERE}


def content(path: str, walk: Walk | None, most: int = MOST_BYTES) -> bytes:
    """Return what is in the file; with `walk`, only if nobody else could have written it.

    Raises PassedOver: missing, unreadable, no plain file, empty, larger than `most` bytes, or not
    in the hands that `walk` demands.
    """
    try:
        real, expected = walk.to(path) if walk else (path, os.stat(path))
        _must_be_file(expected)
        descriptor = os.open(real, _FLAGS)
    except (OSError, ValueError) as error:
        raise refusal(error) from error
    try:
        return _checked(descriptor, expected, walk, most)
    except OSError as error:
        raise refusal(error) from error
    finally:
        os.close(descriptor)


def refusal(error: OSError | ValueError) -> SourceRejected:
    """Return what to raise where the system refused."""
    if not isinstance(error, OSError):
        return SourceRejected(sources.MISSING)  # a NUL in the name
    kind = _WHY.get(error.errno or 0, sources.UNREADABLE)
    return SourceRejected(kind, in_ascii(error.strerror or str(error)))


def _must_be_file(seen: os.stat_result) -> None:
    if stat.S_ISDIR(seen.st_mode):
        raise SourceRejected(sources.FOLDER)
    if not stat.S_ISREG(seen.st_mode):
        raise SourceRejected(sources.SPECIAL)


def _checked(descriptor: int, expected: os.stat_result, walk: Walk | None, most: int) -> bytes:
    seen = os.fstat(descriptor)
    _must_be_file(seen)
    if walk:
        # What was opened must be what the walk arrived at, and is judged by the descriptor.
        if (seen.st_dev, seen.st_ino) != (expected.st_dev, expected.st_ino):
            raise SourceRejected(sources.REPLACED)
        walk.judge(descriptor, seen)
    if seen.st_size > most:
        raise SourceRejected(sources.LARGE, str(most >> 20))
    data = _all(descriptor, most)
    if not data:
        raise SourceRejected(sources.EMPTY)
    return data


def _all(descriptor: int, most: int) -> bytes:
    """Read to the end, which fstat doesn't know for a file that grows or lies (as in /proc)."""
    parts, size = [], 0
    while part := os.read(descriptor, 1 << 20):
        parts.append(part)
        size += len(part)
        if size > most:
            raise SourceRejected(sources.LARGE, str(most >> 20))
    return b"".join(parts)
