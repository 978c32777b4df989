"""SHA256SUMS, in the form that `sha256sum --check` and `shasum --check` read."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


def text(files: Mapping[str, bytes]) -> bytes:
    """Return a line for each file, by name in order."""
    lines = (f"{hashlib.sha256(files[name]).hexdigest()}  {name}\n" for name in sorted(files))
    return "".join(lines).encode("ascii")
