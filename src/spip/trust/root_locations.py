"""Which of the extra sources are here: added, admin, anchor, vendor.

On the path of every pip command: a few stat calls where there is none of them.
"""

from __future__ import annotations

import os
import sys

from spip.policy import in_force, locations
from spip.trust import user_roots

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

# The folders that a distribution's update command reads, and that command. A root that was put
# there while nobody ran the command is in no store yet.
ANCHORS: dict[str, tuple[tuple[str, str], ...]] = {
    "linux": (
        # Debian, Ubuntu, Alpine, Wolfi, Gentoo
        ("/usr/local/share/ca-certificates", "update-ca-certificates"),
        # Fedora, RHEL and its kin, Amazon Linux
        ("/etc/pki/ca-trust/source/anchors", "update-ca-trust extract"),
        ("/usr/share/pki/ca-trust-source/anchors", "update-ca-trust extract"),
        # SUSE
        ("/etc/pki/trust/anchors", "update-ca-certificates"),
        ("/usr/share/pki/trust/anchors", "update-ca-certificates"),
        # Arch
        ("/etc/ca-certificates/trust-source/anchors", "trust extract-compat"),
        # FreeBSD; OpenBSD and NetBSD keep one file, which is the store
        ("/usr/local/etc/ssl/certs", "certctl rehash"),
    ),
    "macos": (),  # the keychains are the store, and hold nothing that it lacks
    "windows": (),
}

# Files that interception agents leave for other programs, and whose they are. On Windows,
# {ProgramData} is asked from the system.
VENDORS: dict[str, tuple[tuple[str, str], ...]] = {
    "linux": (
        ("Netskope", "/opt/netskope/stagent/*/nscacert*.pem"),
        ("Netskope", "/opt/netskope/stagent/*/nstenantcert.pem"),
        ("Cloudflare", "/var/lib/cloudflare-warp/installed_cert*.pem"),
        ("Cloudflare", "/var/lib/cloudflare-warp/installed_certs/*.pem"),
    ),
    "macos": (
        ("Netskope", "/Library/Application Support/Netskope/STAgent/*/nscacert*.pem"),
        ("Netskope", "/Library/Application Support/Netskope/STAgent/*/nstenantcert.pem"),
        ("Cloudflare", "/Library/Application Support/Cloudflare/installed_cert*.pem"),
        ("Cloudflare", "/Library/Application Support/Cloudflare/installed_certs/*.pem"),
    ),
    "windows": (
        ("Netskope", "{ProgramData}/netskope/stagent/data/nscacert*.pem"),
        ("Netskope", "{ProgramData}/netskope/stagent/data/nstenantcert.pem"),
        ("Cloudflare", "{ProgramData}/Cloudflare/installed_cert*.pem"),
        ("Cloudflare", "{ProgramData}/Cloudflare/installed_certs/*.pem"),
        ("Kaspersky", "{ProgramData}/Kaspersky Lab/*/Data/Cert/*.cer"),
        ("Avast", "{ProgramData}/Avast Software/Avast/wscert.pem"),
        ("AVG", "{ProgramData}/AVG/Antivirus/wscert.pem"),
        ("Norton", "{ProgramData}/Norton/Antivirus/wscert.pem"),
        ("ESET", "{ProgramData}/ESET/ESET Security/certs/root.pem"),
    ),
}

# The folder of roots that an administrator of this machine made for spip.
ADMIN: dict[str, str] = {
    "linux": "/etc/spip/ca.d",
    "macos": "/Library/Application Support/spip/ca.d",
    "windows": "{ProgramData}/spip/ca.d",
}

_SYSTEM = {"win32": "windows", "darwin": "macos"}.get(sys.platform, "linux")
# More than an administrator puts into such a folder by hand; what is larger is left to the bundle.
_MOST_FILES = 20
_MOST_BYTES = 1 << 16
_BLANKS = b" \t\r\n"  # update commands break lines in their own way
_BEGIN, _END = b"-----BEGIN CERTIFICATE-----", b"-----END CERTIFICATE-----"


def present(environ: Mapping[str, str], system: str = _SYSTEM) -> Iterator[tuple[str, str, str]]:
    """Yield (kind, label, path) of each source that is there, as `stores.source.Source` has it."""
    folder = user_roots.folder(environ)
    if folder and _holds_something(folder):
        yield "added", user_roots.LABEL, folder
    for path in _named_by_policy():
        yield "admin", "the policy's roots", path
    folder = locations.filled(ADMIN[system])
    if folder and _holds_something(folder):
        yield "admin", "the administrator's roots", folder
    for path, _ in ANCHORS[system]:
        if _holds_something(path):
            yield "anchor", "the system's anchors", path
    for vendor, pattern in VENDORS[system]:
        for path in _matching(locations.filled(pattern)):
            yield "vendor", vendor, path


def may_count(environ: Mapping[str, str], os_bundle: str | None) -> bool:
    """Whether one of them may hold what the store lacks, or the system distrusts a root.

    `os_bundle` is the file that is the system's store. An anchor that is in it adds nothing.
    """
    anchors = []
    for kind, _, path in present(environ):
        if kind != "anchor":
            return True
        anchors.append(path)
    return bool(anchors and not _all_in(anchors, os_bundle)) or _is_deselected()


def _named_by_policy() -> tuple[str, ...]:
    rules = in_force.policy_or_none()
    return rules.roots if rules else ()


def _holds_something(folder: str) -> bool:
    try:
        return bool(os.listdir(folder))
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError:
        return True  # one that can't be listed is passed over with its reason


def _matching(pattern: str | None) -> list[str]:
    if pattern is None or not os.path.isdir(os.path.dirname(pattern.partition("*")[0])):
        return []
    from glob import glob

    return sorted(glob(pattern))


def _all_in(folders: list[str], os_bundle: str | None) -> bool:
    """Whether every certificate in these folders surely is in the store."""
    if os_bundle is None:
        return False
    store = _content(os_bundle, most=-1).translate(None, _BLANKS)
    return all(_is_all_in(folder, store) for folder in folders)


def _is_all_in(folder: str, store: bytes) -> bool:
    try:
        names = os.listdir(folder)
    except OSError:
        return False
    return len(names) <= _MOST_FILES and all(
        _is_in(_content(os.path.join(folder, name), _MOST_BYTES), store) for name in names
    )


def _is_in(anchor: bytes, store: bytes) -> bool:
    """Whether every certificate of a file is in `store`, compared as base64 without blanks."""
    if anchor.startswith(b"\x30"):  # DER
        from binascii import b2a_base64

        return b2a_base64(anchor, newline=False) in store
    found = anchor.count(b"-----BEGIN ")
    bodies = [part.partition(_END)[0].translate(None, _BLANKS) for part in anchor.split(_BEGIN)[1:]]
    return bool(bodies) and len(bodies) == found and all(body in store for body in bodies)


def _content(path: str, most: int) -> bytes:
    """What is in a plain file; nothing where it is none, is too long or can't be read."""
    from stat import S_ISREG

    try:
        size = os.stat(path)
        if not S_ISREG(size.st_mode) or 0 <= most < size.st_size:
            return b""
        with open(path, "rb") as file:
            return file.read()
    except OSError:
        return b""


def _is_deselected() -> bool:
    """Whether the administrator took a root away that is still here, so in certifi as well."""
    from spip.stores import distrust, platform

    asks_system = getattr(platform, "may_distrust", None)
    if asks_system is not None:
        return bool(asks_system())
    for line in _content(distrust.DESELECTED, 1 << 20).split(b"\n!")[1:]:
        name = os.fsdecode(line.partition(b"\n")[0].strip())
        if os.path.exists(os.path.join(distrust.OFFERED, name)):
            return True
    return any(_holds_something(folder) for folder in distrust.BLOCKED)
