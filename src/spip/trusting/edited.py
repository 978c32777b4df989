"""A certifi that somebody edited by hand: an upgrade will undo that, so it is shown."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from spip.certificates import formats, x509
from spip.environment import installed_certifi
from spip.errors import SpipError
from spip.trust import sources_in_force

if TYPE_CHECKING:
    from collections.abc import Iterator

    from spip.certificates.x509 import Certificate
    from spip.environment.installed_certifi import Copy


@dataclass(frozen=True)
class Edited:
    """A bundle that is not as it was installed, and the certificates that it has beyond that."""

    path: str
    package: str
    certificates: tuple[Certificate, ...]


def each(pip_folder: str) -> Iterator[Edited]:
    """Yield each edited certifi beside the pip in `pip_folder` ("": none) and beside spip."""
    try:
        own = [_packages_of(sources_in_force.own_certifi())]
    except SpipError:
        own = []
    beside = [os.path.dirname(pip_folder)] if pip_folder else []
    for base in dict.fromkeys(map(os.path.realpath, [*beside, *own])):
        yield from (_edited(copy) for copy in installed_certifi.copies(base) if copy.is_edited)


def _edited(copy: Copy) -> Edited:
    # Where it was changed in its midst, or replaced: what a certifi of the same time doesn't have.
    known = genuine() if copy.end < 0 else frozenset[bytes]()
    added = [block.der for block in formats.read(copy.added).blocks if block.der not in known]
    return Edited(copy.path, copy.package, x509.readable(dict.fromkeys(added))[0])


def genuine() -> frozenset[bytes]:
    """Return the certificates of spip's own certifi, less those that somebody added to it."""
    try:
        path = sources_in_force.own_certifi()
        with open(path, "rb") as file:
            content = file.read()
    except (SpipError, OSError):
        return frozenset()
    for copy in installed_certifi.copies(_packages_of(path)):
        if copy.package == "certifi":
            content = content[: max(copy.end, 0)]  # nobody can tell what belongs into another one
    return frozenset(block.der for block in formats.read(content).blocks)


def _packages_of(path: str) -> str:
    return os.path.dirname(os.path.dirname(path))
