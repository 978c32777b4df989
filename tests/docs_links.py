"""Links and anchors of the pages that people read, as the repository and the site follow them."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_FENCE = re.compile(r"^( *)(```|~~~).*?^\1\2\s*$", re.MULTILINE | re.DOTALL)
_CODE = re.compile(r"`[^`\n]*`")
_LINK = re.compile(r"\]\((?P<target>[^)\s]+)\)|^\[[^\]]+\]: (?P<named>\S+)$", re.MULTILINE)
_HEADING = re.compile(r"^#{1,6} (?P<words>.+?)\s*#*$", re.MULTILINE)


def links(text: str) -> Iterator[str]:
    """Yield the target of each link, code left out."""
    plain = _CODE.sub("", _FENCE.sub("", text))
    for found in _LINK.finditer(plain):
        yield found["target"] or found["named"]


def anchors(text: str) -> set[str]:
    """Return the anchor of each heading, as GitHub and the site's generator make it."""
    return {_slug(found["words"]) for found in _HEADING.finditer(_FENCE.sub("", text))}


def broken(page: Path) -> Iterator[str]:
    """Yield each link to a file or heading that isn't there. Other hosts are not asked."""
    text = page.read_text("utf-8")
    for target in links(text):
        if re.match(r"\w+:", target):
            continue
        path, _, anchor = target.partition("#")
        place = (page.parent / path) if path else page
        if not place.exists() or (anchor and anchor not in anchors(place.read_text("utf-8"))):
            yield target


def _slug(words: str) -> str:
    words = re.sub(r"\[([^\]]+)\]\([^)]*\)", r"\1", words)
    kept = (c for c in words.lower() if c in "-_ " or unicodedata.category(c)[0] in "LN")
    return "".join(kept).replace(" ", "-")
