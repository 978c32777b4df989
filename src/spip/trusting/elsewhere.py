"""What other tools on this machine were told to trust: proposed here, and never trusted by that."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from spip import data
from spip.doctor.elsewhere import filled, named_in
from spip.stores import opening, read
from spip.stores.source import PassedOver
from spip.tls import chain

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from spip.tls.chain import Certificate

_MOST_SHOWN = 5


@dataclass(frozen=True)
class Elsewhere:
    """A file that a tool was told to trust, by which setting, and its roots that aren't known."""

    tool: str
    setting: str
    path: str
    roots: tuple[Certificate, ...]


def each(environ: Mapping[str, str], known: frozenset[bytes]) -> Iterator[Elsewhere]:
    """Yield each file with a root that is not in `known` (DER)."""
    seen = set()
    for tool, setting, path in _settings(environ):
        if path in seen or not os.path.isabs(path):
            continue
        seen.add(path)
        roots = tuple(_roots(path, known))
        if roots:
            yield Elsewhere(tool, setting, path, roots)


def _settings(environ: Mapping[str, str]) -> Iterator[tuple[str, str, str]]:
    tables = data.table("places")
    for entry in tables["variable"]:
        for path in environ.get(entry["name"], "").split(os.pathsep):
            yield entry["tool"], entry["name"], path
    for entry in tables["file"]:
        for path in named_in(filled(entry["path"], environ), entry["pattern"], environ):
            yield entry["tool"], entry["setting"], path
    for entry in tables["place"]:
        if entry["path"].startswith("~"):
            yield entry["tool"], entry["tool"], filled(entry["path"], environ)


def _roots(path: str, known: frozenset[bytes]) -> Iterator[Certificate]:
    try:
        found = read.read(opening.content(path, None)).blocks
    except PassedOver:
        return
    unknown = [block.der for block in found if block.der not in known]
    certificates = chain.readable(dict.fromkeys(unknown[:200]))[0]
    yield from [each for each in certificates if each.is_authority][:_MOST_SHOWN]
