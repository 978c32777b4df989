"""Which files of a folder are looked at for certificates."""

from __future__ import annotations

import os

from spip import sources
from spip.sources import SourceRejected

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

# Entries of a folder, folders below it included. The largest real one (Debian's /etc/ssl/certs)
# has about 300; a folder with far more is a mistake that must not cost seconds.
MOST_ENTRIES = 20_000
# Distributions look into subfolders too (Debian: `find -L`); no package nests deeper than this.
DEPTH = 3
# What editors and package managers leave behind, and what never holds a root.
LEFTOVERS = ("~", ".bak", ".orig", ".dpkg-old", ".dpkg-new", ".rpmsave", ".rpmnew", ".key", ".crl")


def files(path: str) -> list[str]:
    """Return the paths, relative to the folder `path`, of the files to read, sorted.

    A folder with files named by OpenSSL's subject hash is one for OpenSSL, which reads nothing else
    of it. In any other, each file counts. Raises OSError, and PassedOver if it is too large.
    """
    names = list(_below(path))
    return sorted([name for name in names if is_hashed(name)] or names)


def is_hashed(name: str) -> bool:
    """Tell whether OpenSSL finds a certificate by this name ("3b2716e5.0")."""
    stem, _, number = name.partition(".")
    return len(stem) == 8 and not stem.strip("0123456789abcdef") and number.isdecimal()


def _below(path: str) -> Iterator[str]:
    waiting = [("", DEPTH)]
    seen = 0
    while waiting:
        folder, depth = waiting.pop()
        for entry in _entries(os.path.join(path, folder), quietly=bool(folder)):
            seen += 1
            if seen > MOST_ENTRIES:
                raise SourceRejected(sources.MANY, str(MOST_ENTRIES))
            if entry.name.startswith(".") or entry.name.endswith(LEFTOVERS):
                continue
            name = os.path.join(folder, entry.name)
            if not entry.is_dir():
                yield name
            elif depth > 1:
                waiting.append((name, depth - 1))


def _entries(path: str, *, quietly: bool) -> Iterator[os.DirEntry[str]]:
    """Yield one by one, so that a huge folder doesn't fill the memory."""
    try:
        with os.scandir(path) as entries:
            yield from entries
    except OSError:
        if not quietly:
            raise
