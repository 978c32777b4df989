"""A bundle for a tool that was told to trust a file of its own: that file's roots, and the rest.

What the user trusts for one tool is not trusted for another, and so not for pip.
"""

from __future__ import annotations

from spip.errors import SpipError
from spip.stores.bundle import merged
from spip.stores.source import Source

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

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
    return dict(_each(everything, tools, bundle.temporary or cache))


def _each(
    everything: tuple[Source, ...], tools: Mapping[str, str], cache: str | None
) -> Iterator[tuple[str, str]]:
    for name, path in tools.items():
        if any(source.path == path for source in everything):
            own = None
            found = merged(everything, cache)
        else:
            own = Source("explicit", name, path)
            try:
                found = merged((*everything, own), cache)
            except (SpipError, OSError):
                continue
        if not any(refusal.whole and refusal.source == own for refusal in found.refused):
            yield name, found.path
