"""Write zip files that are the same byte for byte wherever and whenever they are written.

Nothing is compressed by us: what a compressor writes depends on which zlib a Python was built with.
"""

from __future__ import annotations

import io
import stat
import zipfile
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

_BEGINNING_OF_ZIP = (1980, 1, 1, 0, 0, 0)
_MODE = stat.S_IFREG | 0o644
_UNIX = 3


def packed(members: Mapping[str, bytes], before: bytes = b"") -> bytes:
    """Return a zip file with these members, in this order; `before` is what a kernel reads."""
    buffer = io.BytesIO()
    buffer.write(before)
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for name, content in members.items():
            entry = zipfile.ZipInfo(name, _BEGINNING_OF_ZIP)
            entry.create_system = _UNIX  # else it tells on which system this ran
            entry.external_attr = _MODE << 16
            archive.writestr(entry, content)
    return buffer.getvalue()


def members(path: str) -> dict[str, bytes]:
    """Return the files in a zip file, by their names in order."""
    with zipfile.ZipFile(path) as archive:
        names = sorted(name for name in archive.namelist() if not name.endswith("/"))
        return {name: archive.read(name) for name in names}
