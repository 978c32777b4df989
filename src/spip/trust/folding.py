"""A bundle for a tool that was told to trust a file of its own: that file's roots, and the rest.

What the user trusts for one tool is not trusted for another, and so not for pip.
"""

from __future__ import annotations

import os

from spip import sources
from spip.errors import SpipError
from spip.sources import Source
from spip.stores import bundle_upkeep
from spip.stores.bundle import merged

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from spip.sources import Refusal
    from spip.stores.bundle import Bundle


def folded(
    everything: tuple[Source, ...],
    tools: Mapping[str, str],
    bundle: Bundle,
    cache: str | None,
) -> dict[str, str]:
    """Return, by variable, the path of a bundle that holds `everything` and the variable's file.

    `tools` maps variables to absolute paths. A variable whose file can't be relied on is left out,
    so that the tool goes on with what the user gave it.
    """
    return dict(_each(everything, tools, bundle, bundle.temporary or cache))


def _each(
    everything: tuple[Source, ...], tools: Mapping[str, str], bundle: Bundle, cache: str | None
) -> Iterator[tuple[str, str]]:
    known = {source.path for source in everything}
    for name, path in tools.items():
        own = [source for source in _own(name, path) if source.path not in known]
        try:
            found = merged((*everything, *own), cache) if own else bundle
        except (SpipError, OSError):
            continue
        # A bundle of spip's that named the file may still hold what it no longer gives.
        if bundle_upkeep.is_bundle(path) or not _lacks(found, path):
            yield name, found.path


def _lacks(bundle: Bundle, path: str) -> bool:
    """Whether a program that reads the file itself may get more than it gets of the bundle."""
    of_it = [refusal for refusal in bundle.refused if refusal.source.path == path]
    return any(refusal.whole or refusal.kind in sources.LACKING for refusal in of_it)


def lacking(refused: Sequence[Refusal]) -> Iterator[str]:
    """Yield the label of each setting that gives the program that reads it more than the bundle."""
    for refusal in refused:
        source = refusal.source
        there = source.path is not None and os.path.exists(source.path)
        if there and source.kind == "explicit" and refusal.kind in sources.LACKING:
            yield source.label


def _own(name: str, path: str) -> list[Source]:
    """What the user named to this tool, now or before `spip env` put a bundle in its place."""
    if bundle_upkeep.is_bundle(path):
        return [source for source in bundle_upkeep.named(path) if source.label == name]
    return [Source("explicit", name, path)]
