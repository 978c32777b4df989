"""The store of Linux and the BSDs: one PEM file, or else a folder of hashed files."""

from __future__ import annotations

import os
import sys

from spip.certificates.pem import MARK, certificates

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

# The file that the distribution's own update command writes: roots for TLS servers, distrusted
# ones already left out. The first that exists and holds a certificate is the store.
_FILES = (
    "/etc/ssl/certs/ca-certificates.crt",  # Debian, Ubuntu, Alpine, Arch, Gentoo, NixOS, OpenWrt
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",  # Fedora, RHEL 7 and newer, Amazon
    "/etc/pki/tls/certs/ca-bundle.crt",  # RHEL 6 (a link to the one above until Fedora 43, RHEL 10)
    "/etc/ssl/ca-bundle.pem",  # SUSE
    "/var/lib/ca-certificates/ca-bundle.pem",  # SUSE, where the one above points
    "/etc/ssl/certs/ca-bundle.crt",  # NixOS
    "/etc/pki/tls/cert.pem",  # RHEL and its kin, the oldest name
    "/etc/ssl/cert.pem",  # FreeBSD, OpenBSD, Alpine, Arch
    "/usr/local/share/certs/ca-root-nss.crt",  # FreeBSD, the port ca_root_nss
    "/etc/openssl/certs/ca-certificates.crt",  # NetBSD
    "/opt/etc/ssl/certs/ca-certificates.crt",  # Entware on OpenWrt and on storage boxes
    "/data/data/com.termux/files/usr/etc/tls/cert.pem",  # Termux
)

# Folders with a file for each root, named by OpenSSL's subject hash; asked where no file is.
_FOLDERS = (
    "/etc/ssl/certs",  # Debian's kind without the bundle, FreeBSD's certctl, OpenWrt
    "/etc/pki/tls/certs",  # RHEL and its kin
    "/opt/etc/ssl/certs",  # Entware
    "/apex/com.android.conscrypt/cacerts",  # Android 14 and newer
    "/system/etc/security/cacerts",  # Android
)

# Of no distribution's: on another system, others may have made these. What lies in the first counts
# in the hands of an administrator or the user alone, in the second for Termux' own Python alone.
_ENTWARE, _TERMUX = "/opt/", "/data/data/com.termux/"

# More than any store's bundle has before its first certificate.
_HEAD = 65536


SYSTEM = "linux"


def name() -> str:
    """Return what a message calls this store."""
    return "OS store"


def bundle_file() -> str | None:
    """Return the PEM file that is the store; None where it is a folder, or missing."""
    for path in _candidates(os.environ):
        if MARK in _read(path, _HEAD) and _is_relied_on(path):
            return path
    return None


def roots() -> Iterator[bytes]:
    """Yield the DER of every root that the system trusts for TLS servers."""
    path = bundle_file()
    if path is not None:
        yield from certificates(_read(path))
        return
    for folder in _FOLDERS:
        found = list(_hashed(folder))
        if found:
            yield from found
            return


def inputs() -> list[str]:
    """Return the paths whose time, size and inode tell whether the store changed."""
    files = [path for path in _candidates(os.environ) if os.path.isfile(path)]
    if bundle_file() is None:
        files += [folder for folder in _FOLDERS if os.path.isdir(folder)]
    return files


def _candidates(environ: Mapping[str, str]) -> Iterator[str]:
    yield from _FILES
    # Nix outside of NixOS (a container with nothing else) says by this variable where its store
    # is; the builders of Nix set it to a file that doesn't exist.
    nix = environ.get("NIX_SSL_CERT_FILE", "")
    if nix.startswith("/nix/"):
        yield nix


def _hashed(folder: str) -> Iterator[bytes]:
    """Yield what OpenSSL would see in `folder`: files called like `3b2716e5.0`."""
    import re

    try:
        names = sorted(os.listdir(folder))
    except OSError:
        return
    for entry in names:
        path = os.path.join(folder, entry)
        if re.fullmatch(r"[0-9a-f]{8}\.[0-9]+", entry) and _is_relied_on(path):
            yield from certificates(_read(path))


def _is_relied_on(path: str) -> bool:
    if path.startswith(_TERMUX):
        return sys.prefix.startswith(_TERMUX)
    if not path.startswith(_ENTWARE):
        return True
    from spip import ownership
    from spip.ownership import checked_file
    from spip.sources import SourceRejected

    try:
        checked_file.content(path, ownership.walk("user"))
    except SourceRejected:
        return False
    return True


def _read(path: str, size: int = -1) -> bytes:
    """Return the file's content; nothing if it can't be read, which costs only itself."""
    try:
        with open(path, "rb") as file:
            return file.read(size)
    except OSError:
        return b""
