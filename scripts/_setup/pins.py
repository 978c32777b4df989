"""Files that are pinned by version and hash: whatever way one came, it counts only by its hash."""

from __future__ import annotations

import hashlib
import os
import re
from dataclasses import dataclass

from spip.errors import SpipError

# What travels in the single file; set-up takes its pip from there too.
TRAVELLING = os.path.join(
    os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "_zipapp", "requirements.txt"
)
_PIN = re.compile(r"^(?P<name>[\w.-]+)==(?P<version>\S+) --hash=sha256:(?P<sha256>[0-9a-f]{64})$")


@dataclass(frozen=True)
class Pin:
    """One line of a requirements file."""

    name: str
    version: str
    sha256: str

    @property
    def filename(self) -> str:
        """The name of its pure wheel."""
        return f"{re.sub(r'[-_.]+', '_', self.name)}-{self.version}-py3-none-any.whl"

    def fits(self, content: bytes) -> bool:
        """Whether these bytes are the file that is pinned."""
        return hashlib.sha256(content).hexdigest() == self.sha256


def pins(requirements: str) -> list[Pin]:
    """Return what a requirements file pins. SpipError for a line that pins nothing."""
    found = []
    with open(requirements, encoding="utf-8") as file:
        for line in filter(None, (line.partition("#")[0].strip() for line in file)):
            pinned = _PIN.match(line)
            if not pinned:
                raise SpipError(f"{requirements}: not NAME==VERSION --hash=sha256:...: {line}")
            found.append(Pin(**pinned.groupdict()))
    return found


def pip() -> Pin:
    """Return the pip that set-up brings where this machine has none."""
    return next(pin for pin in pins(TRAVELLING) if pin.name == "pip")
