"""The store of Windows, as CryptoAPI shows it: user, machine, group policy and enterprise."""

from __future__ import annotations

from importlib import import_module

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    Trust = bool | frozenset[str]

_SERVER = "1.3.6.1.5.5.7.3.1"  # id-kp-serverAuth, RFC 5280, section 4.2.1.12
# The registry keys that hold the logical stores "Root" (to which "AuthRoot" and "SmartCardRoot"
# belong) and "Disallowed". A certificate is a
# subkey, so adding or removing one changes the key's own time; to disable one of its purposes
# changes the subkey's.
_HIVES = ("HKEY_LOCAL_MACHINE", "HKEY_CURRENT_USER")
_DISALLOWED = (
    r"SOFTWARE\Microsoft\SystemCertificates\Disallowed\Certificates",
    r"SOFTWARE\Policies\Microsoft\SystemCertificates\Disallowed\Certificates",
    r"SOFTWARE\Microsoft\EnterpriseCertificates\Disallowed\Certificates",
)
_KEYS = (
    r"SOFTWARE\Microsoft\SystemCertificates\Root\Certificates",
    r"SOFTWARE\Microsoft\SystemCertificates\AuthRoot\Certificates",
    r"SOFTWARE\Microsoft\SystemCertificates\SmartCardRoot\Certificates",
    r"SOFTWARE\Policies\Microsoft\SystemCertificates\Root\Certificates",
    r"SOFTWARE\Microsoft\EnterpriseCertificates\Root\Certificates",
    *_DISALLOWED,
)


SYSTEM = "windows"


def name() -> str:
    """Return what a message calls this store."""
    return "Windows certificate store"


def bundle_file() -> str | None:
    """Return None: the store is no file."""
    return None


def roots() -> Iterator[bytes]:
    """Yield the DER of every root that the system trusts for TLS servers."""
    disallowed = {der for der, _ in _certificates("Disallowed")}
    for der, trust in _certificates("ROOT"):
        if der not in disallowed and _serves(trust):
            yield der


def distrusted() -> Iterator[bytes]:
    """Yield the DER of what is in the store "Disallowed", and of roots that aren't for servers.

    Microsoft's own list is no part of it: that is one signed file, which Windows alone goes by.
    """
    yield from (der for der, _ in _certificates("Disallowed"))
    listed = list(_certificates("ROOT"))  # one may be there twice: the user's, and the machine's
    serving = {der for der, trust in listed if _serves(trust)}
    yield from (der for der, _ in listed if der not in serving)


def _serves(trust: Trust) -> bool:
    return trust is True or bool(trust and _SERVER in trust)


def may_distrust() -> bool:
    """Tell whether `distrusted` may yield any, without looking into certificates."""
    if any(of[0] for hive in _HIVES for key in _DISALLOWED for of in _information(hive, key)):
        return True
    return any(True for _ in distrusted())


def inputs() -> list[str]:
    """Return one line for each registry key: its name, and when it and what is in it changed.

    None of them is a path. Compared as text they tell whether the store changed, which is what
    paths are for on other platforms.
    """
    return [
        f"{hive}\\{key} = {of[2]}.{sum(_times_within(hive, key, of[0]))}"
        for hive in _HIVES
        for key in _KEYS
        for of in _information(hive, key)
    ]


def _times_within(hive: str, key: str, count: int) -> Iterator[int]:
    winreg = _module("winreg")
    try:
        with winreg.OpenKey(getattr(winreg, hive), key) as opened:
            for number in range(count):
                with winreg.OpenKey(opened, winreg.EnumKey(opened, number)) as certificate:
                    yield winreg.QueryInfoKey(certificate)[2]
    except OSError:
        return  # it is being changed just now, which the next look will see


def _information(hive: str, key: str) -> Iterator[tuple[int, int, int]]:
    """Yield how many subkeys and values a key has, and when it was changed; nothing without it."""
    winreg = _module("winreg")
    try:
        with winreg.OpenKey(getattr(winreg, hive), key) as opened:
            yield winreg.QueryInfoKey(opened)
    except OSError:
        return  # most machines lack some of them


def _certificates(store: str) -> Iterator[tuple[bytes, Trust]]:
    try:
        entries = _module("ssl").enum_certificates(store)
    except (OSError, ImportError):  # a Python may be built without ssl; its pip asks no index
        return
    for der, encoding, trust in entries:
        if encoding == "x509_asn":  # the other kind, PKCS#7, is no single certificate
            yield der, trust


def _module(called: str) -> Any:
    """Import what has these functions on Windows only, and types for them there only."""
    return import_module(called)
