"""Read the tables of causes, vendors, places and relaxations, also out of the single file."""

from __future__ import annotations

import pkgutil
import sys
from functools import cache
from typing import Any

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib


@cache
def table(name: str) -> dict[str, Any]:
    """Return the table NAME.toml. It is shared: nobody changes it."""
    return tomllib.loads(text(f"{name}.toml"))


def text(file: str) -> str:
    """Return a file of this folder, also out of a zip."""
    return (pkgutil.get_data(__name__, file) or b"").decode("utf-8")
