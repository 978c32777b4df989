"""A folder of certificates that OpenSSL finds by the hash of their names (SSL_CERT_DIR)."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from support.authority import Authority


def hashed_folder(folder: Path, *authorities: Authority) -> Path:
    """Fill a folder as OpenSSL's `rehash` leaves it (SSL_CERT_DIR); returns it."""
    folder.mkdir(parents=True, exist_ok=True)
    for authority in authorities:
        stem = subject_hash(authority)
        number = sum(1 for _ in folder.glob(f"{stem}.*"))
        (folder / f"{stem}.{number}").write_bytes(authority.pem)
    return folder


def subject_hash(authority: Authority) -> str:
    """OpenSSL's name hash, eight hexadecimal digits, asked from the openssl command."""
    argv = ["openssl", "x509", "-noout", "-subject_hash"]
    done = subprocess.run(argv, input=authority.pem, capture_output=True, check=True)
    return done.stdout.decode().strip()
