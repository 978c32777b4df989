"""A certifi that somebody edited by hand: an upgrade will undo that, so it is shown."""

from __future__ import annotations

import glob
import hashlib
import os
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from typing import TYPE_CHECKING

from spip import trust
from spip.errors import SpipError
from spip.stores import read
from spip.tls import chain

if TYPE_CHECKING:
    from collections.abc import Iterator

    from spip.tls.chain import Certificate

# Where a certifi lies below a site-packages folder, and whose list of files names it.
_COPIES = (("certifi/cacert.pem", "certifi"), ("pip/_vendor/certifi/cacert.pem", "pip"))


@dataclass(frozen=True)
class Edited:
    """A bundle that is not as it was installed, and the certificates that it has beyond that."""

    path: str
    package: str
    certificates: tuple[Certificate, ...]


def each(pip_folder: str) -> Iterator[Edited]:
    """Yield each edited certifi beside the pip in `pip_folder` ("": none) and beside spip."""
    try:
        own = [os.path.dirname(os.path.dirname(trust.own_certifi()))]
    except SpipError:
        own = []
    beside = [os.path.dirname(pip_folder)] if pip_folder else []
    for base in dict.fromkeys(map(os.path.realpath, [*beside, *own])):
        for name, package in _COPIES:
            yield from of(os.path.join(base, name), base, name, package)


def of(path: str, base: str, name: str, package: str) -> Iterator[Edited]:
    """Yield one copy if it differs from what `package` recorded below `base` as its file `name`."""
    recorded = _recorded(base, name, package)
    try:
        with open(path, "rb") as file:
            content = file.read()
    except OSError:
        return
    if recorded is None or _digest(content) == recorded[0]:
        return
    digest, size = recorded
    if _digest(content[:size]) == digest:
        added = [block.der for block in read.read(content[size:]).blocks]
    else:  # changed in its midst, or replaced: what a certifi of the same time doesn't have
        known = genuine()
        added = [block.der for block in read.read(content).blocks if block.der not in known]
    yield Edited(path, package, chain.readable(dict.fromkeys(added))[0])


def genuine() -> frozenset[bytes]:
    """Return the certificates of spip's own certifi, less those that somebody added to it."""
    try:
        path = trust.own_certifi()
        with open(path, "rb") as file:
            found = frozenset(block.der for block in read.read(file.read()).blocks)
    except (SpipError, OSError):
        return frozenset()
    recorded = _recorded(os.path.dirname(os.path.dirname(path)), *_COPIES[0])
    if recorded is None:
        return found
    with open(path, "rb") as file:
        content = file.read()
    digest, size = recorded
    if _digest(content[:size]) == digest:
        return frozenset(block.der for block in read.read(content[:size]).blocks)
    return frozenset()  # nobody can tell what belongs there


def _recorded(base: str, name: str, package: str) -> tuple[str, int] | None:
    """What the package's list of its own files says: digest and size; None if it says nothing."""
    for record in glob.glob(os.path.join(glob.escape(base), f"{package}-*.dist-info", "RECORD")):
        with open(record, encoding="utf-8", errors="replace") as lines:
            for line in lines:
                if line.startswith(f"{name},sha256="):
                    digest, _, size = line.strip().partition("=")[2].rpartition(",")
                    return digest, int(size)
    return None


def _digest(content: bytes) -> str:
    return urlsafe_b64encode(hashlib.sha256(content).digest()).decode("ascii").rstrip("=")
