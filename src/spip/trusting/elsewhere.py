"""What other tools on this machine were told to trust: proposed here, and never trusted by that."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from spip import data
from spip.certificates import formats, x509
from spip.environment import other_tools
from spip.ownership import checked_file
from spip.sources import SourceRejected
from spip.stores import contents

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from spip.certificates.x509 import Certificate

_MOST_SHOWN, _MOST_FILES = 5, 200


@dataclass(frozen=True)
class Elsewhere:
    """A file that a tool was told to trust, by which setting, and its roots that aren't known."""

    tool: str
    setting: str
    path: str
    roots: tuple[Certificate, ...]


def each(environ: Mapping[str, str], known: frozenset[bytes]) -> Iterator[Elsewhere]:
    """Yield each file with a root that is not in `known` (DER)."""
    told: dict[str, other_tools.Told] = {}
    for one in (*other_tools.told(environ), *_left(environ)):
        told.setdefault(one.path, one)
    for one in told.values():
        for path in _files(one.path):
            if roots := tuple(_roots(path, known)):
                yield Elsewhere(one.tool, one.setting, path, roots)


def _left(environ: Mapping[str, str]) -> Iterator[other_tools.Told]:
    """Yield what tools leave in a home folder, whether or not they are told of it."""
    for entry in data.table("places")["place"]:
        path = other_tools.filled(entry["path"], environ)
        if entry["path"].startswith("~") and os.path.isabs(path):
            yield other_tools.Told(entry["tool"], entry["tool"], path)


def _files(path: str) -> list[str]:
    """Return each file of a folder for itself, as `spip trust add` takes them."""
    if not os.path.isdir(path):
        return [path]
    try:
        return [os.path.join(path, name) for name in contents.files(path)[:_MOST_FILES]]
    except (OSError, SourceRejected):
        return []


def _roots(path: str, known: frozenset[bytes]) -> Iterator[Certificate]:
    try:
        found = formats.read(checked_file.content(path, None)).blocks
    except SourceRejected:
        return
    unknown = [block.der for block in found if block.der not in known]
    certificates = x509.readable(dict.fromkeys(unknown[:200]))[0]
    yield from [each for each in certificates if each.is_authority][:_MOST_SHOWN]
