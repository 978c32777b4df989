"""For the site's generator: each page says which language it is in, so that its letters fit."""

from __future__ import annotations

from typing import Any

_OTHERS = ("ko", "zh", "ru")


def on_post_page(output: str, *, page: Any, **_: object) -> str:
    """Return a page's HTML with the language of its folder."""
    language = page.file.src_uri.partition("/")[0]
    if language not in _OTHERS:
        return output
    return output.replace('<html lang="en"', f'<html lang="{language}"', 1)
