"""For the site's generator: links that only the repository's own pages can follow.

One to a file outside of docs/ becomes plain text, one to a folder leads to the page about it.
"""

from __future__ import annotations

import posixpath
import re
from typing import Any

_LINK = re.compile(r"(?<!!)\[(?P<words>[^\]]+)\]\((?P<target>[^)#\s]+)(?:#[^)\s]*)?\)")


def on_page_markdown(markdown: str, *, page: Any, **_: object) -> str:
    """Return the page's text with those links as words."""
    return without_outside(markdown, page.file.src_uri)


def without_outside(markdown: str, path: str) -> str:
    """Return the text of the page that lies at `path` below docs/."""

    def replaced(found: re.Match[str]) -> str:
        target = found["target"]
        if "://" in target:
            return found[0]
        place = posixpath.normpath(posixpath.join(posixpath.dirname(path), target))
        if place.startswith("../"):
            return found["words"]
        if "." in posixpath.basename(place):
            return found[0]
        return f"[{found['words']}]({target.rstrip('/')}.md)"

    return _LINK.sub(replaced, markdown)
