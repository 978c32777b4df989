"""What other tools on this machine were told to trust: proposed here, and never trusted by that."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from spip import data
from spip.stores import opening, read
from spip.stores.source import PassedOver
from spip.tls import chain

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from spip.tls.chain import Certificate

_LONGEST_FILE = 1 << 20  # of a configuration; a longer one is none
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
        for path in _named_in(_filled(entry["path"], environ), entry["pattern"], environ):
            yield entry["tool"], entry["setting"], path
    for entry in tables["place"]:
        if entry["path"].startswith("~"):
            yield entry["tool"], entry["tool"], _filled(entry["path"], environ)


def _filled(path: str, environ: Mapping[str, str]) -> str:
    home = environ.get("HOME") or environ.get("USERPROFILE") or ""
    return path.replace("~", home, 1) if path.startswith("~") else path


def _named_in(file: str, pattern: str, environ: Mapping[str, str]) -> Iterator[str]:
    try:
        text = opening.content(file, None, _LONGEST_FILE).decode("utf-8", "replace")
    except PassedOver:
        return
    for found in re.finditer(pattern, text, re.MULTILINE | re.IGNORECASE):
        yield _filled(found[1].strip("\"'"), environ)


def _roots(path: str, known: frozenset[bytes]) -> Iterator[Certificate]:
    try:
        found = read.read(opening.content(path, None)).blocks
    except PassedOver:
        return
    unknown = [block.der for block in found if block.der not in known]
    certificates = chain.readable(dict.fromkeys(unknown[:200]))[0]
    yield from [each for each in certificates if each.is_authority][:_MOST_SHOWN]
