"""For the site's generator: what its search weighs, so that a pasted error text leads to its cause.

The page of a cause counts for what its error looks like. What every page has (how to see it without
spip), and what one pip said in full, is no part of the search. A translation comes after its
English page, since errors are English.
"""

from __future__ import annotations

import json
import re
from typing import Any

from mkdocs.structure.files import File

from spip.commands.explain import find
from spip.data.pages import causes

_EVERYWHERE = re.compile(
    r"^(## (?:In the words of each pip|How to see it without spip))$",
    re.MULTILINE,
)
_BOOST = {"causes/": 4.0, "gauntlet.md": 0.1, "doctor-causes.md": 0.1, "causes.md": 0.1}
_OTHER_LANGUAGE = re.compile(r"^(?:ko|zh|ru)/")


def on_files(files: Any, *, config: Any) -> Any:
    """Add the table that pasted errors are ranked by."""
    script = f"const ERRORS = {json.dumps(find.table(causes()), sort_keys=False)};\n"
    files.append(File.generated(config, "assets/errors.js", content=script))
    return files


def on_page_markdown(markdown: str, *, page: Any, **_: object) -> str:
    """Return a page with the sections marked that the search leaves out."""
    path = page.file.src_uri
    for start, boost in _BOOST.items():
        if path.startswith(start):
            page.meta["search"] = {"boost": boost}
    if _OTHER_LANGUAGE.match(path):
        page.meta["search"] = {"boost": 0.2}
    if path.startswith("causes/"):
        # One word to the search, which splits at hyphens; docs/assets/paste.js asks for it.
        page.meta["tags"] = [path.removeprefix("causes/").removesuffix(".md").replace("-", "_")]
    if "causes/" in path:
        return _EVERYWHERE.sub(r"\1 { data-search-exclude }", markdown)
    return markdown
