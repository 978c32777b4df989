"""Find copies of certifi, and what was changed in them since they were installed.

Each package keeps a RECORD of its own files, with size and SHA-256 (PyPA, "Recording installed
projects").
"""

from __future__ import annotations

import glob
import hashlib
import os
from base64 import urlsafe_b64encode
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

LONGEST = 32 << 20  # bytes; a list of roots has a hundredth of that
# Where a certifi lies below a folder of packages, and whose list of files names it.
_COPIES = (("pip/_vendor/certifi/cacert.pem", "pip"), ("certifi/cacert.pem", "certifi"))


@dataclass(frozen=True)
class InstalledCertifi:
    """One certifi. `end`: how many of its bytes are what was installed, -1 for none of them."""

    path: str
    package: str
    content: bytes = field(repr=False)
    end: int

    @property
    def is_edited(self) -> bool:
        """Whether it differs from what was installed."""
        return self.end != len(self.content)

    @property
    def added(self) -> bytes:
        """What was put behind the genuine end; all of it where it was changed in its midst."""
        return self.content[max(self.end, 0) :]


def find_copies(base: str) -> Iterator[InstalledCertifi]:
    """Yield each certifi below a folder of packages whose package says what it was."""
    for name, package in _COPIES:
        path = os.path.join(base, *name.split("/"))
        try:
            with open(path, "rb") as file:
                content = file.read(LONGEST)
        except OSError:
            continue
        recorded = _recorded(base, name, package)
        if recorded:
            digest, size = recorded
            size = len(content) if size is None else size
            genuine = size <= len(content) and _digest(content[:size]) == digest
            yield InstalledCertifi(path, package, content, size if genuine else -1)


def _recorded(base: str, name: str, package: str) -> tuple[str, int | None] | None:
    """Its SHA-256, and its size, which the specification allows to be left out."""
    for record in glob.glob(os.path.join(glob.escape(base), f"{package}-*.dist-info", "RECORD")):
        for line in _lines(record):
            if line.startswith(f"{name},sha256="):
                digest, _, size = line.partition("=")[2].rpartition(",")
                return digest, int(size) if size.isdecimal() else None
    return None


def _lines(path: str) -> list[str]:
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read().splitlines()
    except OSError:
        return []  # nobody says what that package installed


def _digest(content: bytes) -> str:
    return urlsafe_b64encode(hashlib.sha256(content).digest()).decode("ascii").rstrip("=")
