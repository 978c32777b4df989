"""What was said about a setting today, so that the same line isn't said before every command."""

from __future__ import annotations

import hashlib
import json
import os
import re
import time

from spip.consent import state
from spip.errors import SpipError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

# These stay as they are from one command to the next; so does an index out of a variable or a file.
_SETTINGS = frozenset({"PIP_TRUSTED_HOST", "config", "empty variable"})
_INDEX = "http index"
_FROM_SETTING = re.compile(r"PIP_\w+|[^-].*:\d+")  # a variable, or FILE:LINE
_NAME = "said.json"
_MOST_BYTES = 1 << 16


def first(environ: Mapping[str, str], what: str, value: str, where: str) -> bool:
    """Whether this is to be said: it isn't a setting, or it is and wasn't said today."""
    is_setting = what in _SETTINGS or (what == _INDEX and _FROM_SETTING.fullmatch(where))
    if not is_setting:
        return True
    key = hashlib.sha256(f"{what}\0{value}\0{where}".encode("utf-8", "replace")).hexdigest()[:32]
    today = time.strftime("%Y-%m-%d")
    try:
        folder = state.folder(environ)
        path = os.path.join(folder, _NAME)
        with state.locked(os.path.join(folder, "said.lock")):
            said = {name: day for name, day in _read(path).items() if day == today}
            if key in said:
                return False
            state.replace(path, json.dumps({**said, key: today}).encode("ascii"))
    except (SpipError, OSError):
        return True
    return True


def _read(path: str) -> dict[str, str]:
    try:
        found = json.loads(state.content(path, _MOST_BYTES))
    except (FileNotFoundError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}
