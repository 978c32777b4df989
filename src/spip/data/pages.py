"""The pages of docs/, readable offline: what help, JSON and errors name.

An installed spip has them in one file, which the build makes. A checkout has the folder.
"""

from __future__ import annotations

import json
import os
from functools import cache

FILE = "pages.json"
_CAUSES = "causes/"


@cache
def pages() -> dict[str, str]:
    """Return the text of each page by its path below docs/, without ".md"."""
    from spip.data import text

    try:
        found: dict[str, str] = json.loads(text(FILE))
    except OSError:
        here = os.path.dirname(os.path.abspath(__file__))
        return read(os.path.join(here, "..", "..", "..", "docs"))
    return found


def read(docs: str) -> dict[str, str]:
    """Return the same from the folder docs/ of a checkout."""
    found = {}
    for folder, folders, files in os.walk(docs):
        folders.sort()
        for name in sorted(files):
            extension = os.path.splitext(name)[1]
            if extension == ".md" or name.endswith(".schema.json"):
                path = os.path.relpath(os.path.join(folder, name), docs).replace(os.sep, "/")
                with open(os.path.join(folder, name), encoding="utf-8") as file:
                    found[path if extension == ".json" else path[: -len(extension)]] = file.read()
    return found


def causes() -> dict[str, str]:
    """Return the English page of each cause by its name."""
    return {
        path[len(_CAUSES) :]: text for path, text in pages().items() if path.startswith(_CAUSES)
    }
