"""What a pip command tells about sources that it passed over: what somebody here set up for it."""

from __future__ import annotations

from spip.sources import KEY
from spip.text import in_ascii

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from spip.sources import Refusal, Source

# What lies about on its own (an anchor, an agent's file) is listed by `spip trust` alone.
_TOLD = ("explicit", "added", "admin")


def notices(refused: Sequence[Refusal]) -> Iterator[str]:
    """Yield a line for each source that gave nothing, and for a key that lies in one."""
    for source in dict.fromkeys(refusal.source for refusal in refused):
        of_it = [refusal for refusal in refused if refusal.source == source]
        if source.kind not in _TOLD:
            continue
        if any(refusal.whole for refusal in of_it):
            # What was said first is why nothing was left at last; a key beside it isn't.
            telling = [each for each in of_it if each.kind != KEY] or of_it
            yield _whole(source, telling[0].reason)
        else:
            yield from (_key(each) for each in of_it if each.kind == KEY)


def _whole(source: Source, reason: str) -> str:
    path = in_ascii(str(source.path), 400)
    if source.kind == "added":
        return f"the roots that were added to {path} don't count, since it {reason}"
    named = f"{source.label} names {path}" if source.kind == "explicit" else path
    return f"{named}, which {reason}: passed over"


def _key(refusal: Refusal) -> str:
    source, path = refusal.source, in_ascii(str(refusal.source.path), 400)
    named = f"{source.label} names {path}" if source.kind == "explicit" else path
    return f"{named}; line {refusal.line} {refusal.reason}"
