"""The addresses of the project: pyproject.toml alone has them, and the site takes them from there.

The install page holds the commands for a published release in a comment that starts with
"published", and between two comments what holds until then. `[tool.spip] published` says which of
them the site shows.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

_PROJECT = Path(__file__).parent.parent.parent / "pyproject.toml"
_PUBLISHED = re.compile(r"<!-- published\n(.*?)-->\n?", re.DOTALL)
_UNPUBLISHED = re.compile(r"<!-- unpublished -->\n(.*?)<!-- /unpublished -->\n?", re.DOTALL)
_PLACE = re.compile(r"^https://[^/]+/(?P<name>[^/]+/[^/]+)/?$")


def on_config(config: Any) -> Any:
    """Give the generator the addresses that there are."""
    urls = _settings()["project"].get("urls", {})
    config["site_url"] = urls.get("Documentation", "")
    config["repo_url"] = urls.get("Repository") or None
    return config


def on_page_markdown(markdown: str, **_: object) -> str:
    """Return a page with what holds once there is a release, or without it."""
    settings = _settings()
    urls = settings["project"].get("urls", {})
    return with_release(
        markdown, urls.get("Repository", ""), published=settings["tool"]["spip"]["published"]
    )


def with_release(markdown: str, repository: str, *, published: bool) -> str:
    """Return a page's text with its comments for a published release shown, or taken out."""
    name = _PLACE.match(repository)
    shown = _PUBLISHED.sub(r"\1" if published else "", markdown)
    shown = _UNPUBLISHED.sub("" if published else r"\1", shown)
    if name is None:
        return shown
    repository = repository.rstrip("/")
    return shown.replace("<REPOSITORY/", f"<{repository}/").replace("OWNER_AND_NAME", name["name"])


def _settings() -> Any:
    return tomllib.loads(_PROJECT.read_text("utf-8"))
