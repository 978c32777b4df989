"""A small machine with a store of its own, for tests of the merged bundle."""

from __future__ import annotations

import hashlib
import os
import time
from typing import TYPE_CHECKING

import pytest

from spip import stores
from spip.certificates import formats
from spip.sources import Source
from spip.stores import distrust
from spip.stores.bundle import Bundle, merged
from support import root_kinds as kinds

if TYPE_CHECKING:
    from pathlib import Path

    from cryptography import x509

OS_ROOT = kinds.certificate("Example OS Root")
CERTIFI_ROOT = kinds.certificate("Example certifi Root")
COMPANY = kinds.certificate("Example Company Root", organisation="Example")
OTHER = kinds.certificate("Example Other Root")


class Machine:
    """An OS store and certifi with one root each (certifi has the OS's too), and a cache."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder = folder
        self.cache = str(folder / "cache")
        self.store = self.write("store.pem", kinds.pem(OS_ROOT))
        self.certifi = self.write("cacert.pem", kinds.pem(OS_ROOT, CERTIFI_ROOT))
        self.own = [Source("os", "OS store", None), Source("certifi", "certifi 1", self.certifi)]
        monkeypatch.setattr(
            stores, "roots", lambda: (b.der for b in formats.read(self.read(self.store)).blocks)
        )
        monkeypatch.setattr(stores, "inputs", lambda: [self.store])
        monkeypatch.setattr(distrust, "DESELECTED", str(folder / "ca-certificates.conf"))
        monkeypatch.setattr(distrust, "OFFERED", str(folder / "offered"))
        monkeypatch.setattr(distrust, "BLOCKED", (str(folder / "blocklist"),))
        monkeypatch.setattr(distrust, "OBJECTS", (str(folder / "objects"),))
        monkeypatch.setattr(time, "time", self.now)
        self.later = 60.0  # past the tick within which files can't be told apart

    def now(self) -> float:
        """Return the time, in seconds."""
        return time.time_ns() / 1e9 + self.later

    def write(self, name: str, content: bytes) -> str:
        """Write a file of this machine's; return its path."""
        path = self.folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content)
        return str(path)

    def read(self, path: str) -> bytes:
        """Return what is in a file."""
        with open(path, "rb") as file:
            return file.read()

    def source(self, content: bytes, kind: str = "explicit") -> Source:
        """Write the file that a variable names."""
        return Source(kind, "CA_VARIABLE", self.write("extra.pem", content))

    def merged(self, *sources: Source) -> Bundle:
        """Merge the machine's own sources and these."""
        return merged([*self.own, *sources], self.cache)


def roots(bundle: Bundle) -> list[bytes]:
    """Return the certificates (DER) of a bundle, in order."""
    with open(bundle.path, "rb") as file:
        return [block.der for block in formats.read(file.read()).blocks]


def digest(made: x509.Certificate) -> str:
    """Return the SHA-256 of a certificate, as `Bundle.extra` has it."""
    return hashlib.sha256(kinds.der(made)).hexdigest()


# For tests of what only POSIX has.
posix = pytest.mark.skipif(os.name == "nt", reason="Windows has no mode bits")
OWN = [kinds.der(OS_ROOT), kinds.der(CERTIFI_ROOT)]


LEAF = kinds.certificate("index.corp.example", ca=False)
PLAIN = kinds.certificate("plain.corp.example", ca=None)
