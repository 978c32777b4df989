"""Certificates that somebody appended to a certifi: the next upgrade undoes that anyway."""

from __future__ import annotations

import base64
import glob
import hashlib
import os
from typing import TYPE_CHECKING

from spip.doctor.fix.hack import ADDED, Cut, Hack

if TYPE_CHECKING:
    from collections.abc import Iterator

    from spip.here.facts import Pip

LONGEST = 32 << 20
# Below a folder of packages: the file, and whose list of files names it.
_COPIES = (("pip/_vendor/certifi/cacert.pem", "pip"), ("certifi/cacert.pem", "certifi"))


def hacks(pip: Pip) -> Iterator[tuple[str, list[Hack]]]:
    """Yield (path, what is there) of each certifi that goes on behind its genuine end."""
    base = os.path.dirname(os.path.realpath(pip.path))
    for name, package in _COPIES:
        path = os.path.join(base, *name.split("/"))
        try:
            with open(path, "rb") as file:
                content = file.read()
        except OSError:
            continue
        size = _genuine(content, base, name, package)
        if size:
            line = content.count(b"\n", 0, size) + 1
            cut = Cut(size, len(content))
            setting = f"certificates added to {package}'s certifi"
            yield path, [Hack(path, line, "pip", setting, (cut,), ADDED)]


def _genuine(content: bytes, base: str, name: str, package: str) -> int:
    """How many bytes of it are what was installed, where more follow; else 0."""
    for record in glob.glob(os.path.join(glob.escape(base), f"{package}-*.dist-info", "RECORD")):
        with open(record, encoding="utf-8", errors="replace") as lines:
            for line in lines:
                if line.startswith(f"{name},sha256="):
                    digest, _, size = line.strip().partition("=")[2].rpartition(",")
                    if int(size) < len(content) and _digest(content[: int(size)]) == digest:
                        return int(size)
    return 0


def _digest(content: bytes) -> str:
    digest = hashlib.sha256(content).digest()
    return base64.urlsafe_b64encode(digest).decode("ascii").rstrip("=")
