"""What a pip command tells about sources that it passed over: what somebody here set up for it."""

from __future__ import annotations

from spip.stores.source import printable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from spip.stores.source import Refusal

# What lies about on its own (an anchor, an agent's file) is listed by `spip trust` alone.
_TOLD = ("explicit", "added", "admin")


def notices(refused: Sequence[Refusal]) -> Iterator[str]:
    """Yield a line for each source that gave nothing, and for a key that lies in one."""
    for refusal in refused:
        if refusal.source.kind in _TOLD and (refusal.whole or "private key" in refusal.reason):
            yield _line(refusal)


def _line(refusal: Refusal) -> str:
    source, path = refusal.source, printable(str(refusal.source.path), 400)
    named = f"{source.label} names {path}" if source.kind == "explicit" else f"{path}"
    if source.kind == "added":
        return f"the roots that were added to {path} don't count, since it {refusal.reason}"
    if refusal.whole:
        return f"{named}, which {refusal.reason}: passed over"
    return f"{named}; line {refusal.line} {refusal.reason}"
