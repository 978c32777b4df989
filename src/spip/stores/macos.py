"""The store of macOS: keychains hold certificates, trust settings say which of them are roots.

Read through `/usr/bin/security`; what it can't tell counts as not there.
"""

from __future__ import annotations

import os
import time

from spip.certificates.pem import certificates

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from typing import Any

# Where older systems keep settings; what is missing is passed over.
_SETTINGS = (
    "/Library/Security/Trust Settings/Admin.plist",
    "~/Library/Security/Trust Settings",
)
# Where newer ones do (trustSettingsPath in trustd's SecTrustSettingsServer.c): Admin.plist, and
# TrustSettings.plist in a folder for each user. No ordinary process may look into it.
_VAULT = "/private/var/protected/trustd/private"
# Seconds after which settings that can't be seen are asked for again.
_UNSEEN = 600


def settings_files() -> list[str]:
    """Return the files that hold settings; none where nobody made one.

    Where settings may lie that can't be seen: also a line that is no path and changes by the clock.
    """
    vault = _in_vault()
    known = [*map(os.path.expanduser, _SETTINGS), *(vault or ())]
    found = [path for path in known if os.path.exists(path)]
    if vault is None:
        found.append(f"trust settings, asked for in {int(time.time()) // _UNSEEN}")
    return found


def _in_vault() -> list[str] | None:
    """Return where settings may lie in newer systems; None where this process can't look."""
    try:
        names = sorted(os.listdir(_VAULT))
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError:
        return None
    admins = os.path.join(_VAULT, "Admin.plist")
    return [admins, *(os.path.join(_VAULT, name, "TrustSettings.plist") for name in names)]


_SECURITY = "/usr/bin/security"
# Apple's own roots: trusted unless a setting denies one.
_BUILT_IN = "/System/Library/Keychains/SystemRootCertificates.keychain"
# What was added by an administrator, a device profile or the user: a root only where a setting
# says so, since intermediates and leaves lie there as well.
_ADDED = ("/Library/Keychains/System.keychain", "~/Library/Keychains/login.keychain-db")
# The user's settings stand above the administrator's (SecTrustSettings, "domains").
_DOMAINS: tuple[tuple[str, ...], ...] = ((), ("-d",))
# kSecPolicyAppleSSL, 1.2.840.113635.100.1.3, as DER content.
_TLS_POLICY = bytes.fromhex("2a864886f763640103")
# What stands for every root that has no settings of its own (kSecTrustRecordDefaultRootCert).
_DEFAULT_ROOT = "kSecTrustRecordDefaultRootCert"
# kSecTrustSettingsKeyUseSignCert, and the rule's other uses of a key: what a root does is to sign
# certificates.
_SIGN_CERTIFICATES = 0x08
# SecTrustSettingsResult: TrustRoot and TrustAsRoot; Deny. A missing result means TrustRoot.
_TRUST, _DENY = (1, 2), 3
_SHA_1 = 40  # hexadecimal digits
# Seconds for one question; a keychain that asks a person must not hang a command.
_PATIENCE = 20


SYSTEM = "macos"


def name() -> str:
    """Return what a message calls this store."""
    return "macOS keychains"


def bundle_file() -> str | None:
    """Return None: no file is the store (`/etc/ssl/cert.pem` doesn't follow the keychains)."""
    return None


def roots() -> Iterator[bytes]:
    """Yield the DER of every root that the system trusts for TLS servers."""
    verdicts = _verdicts()
    for keychain in (_BUILT_IN, *_ADDED):
        for key, der in _listed(keychain):
            if verdicts.get(key, keychain == _BUILT_IN and not _denied_by_default(verdicts)):
                yield der


def distrusted() -> Iterator[bytes]:
    """Yield the SHA-1 of each certificate that a setting denies for TLS servers."""
    verdicts = _verdicts()
    yield from (bytes.fromhex(key) for key, trusted in verdicts.items()
                if not trusted and len(key) == _SHA_1)  # fmt: skip
    if _denied_by_default(verdicts):
        of_apple = (key for key, _ in _listed(_BUILT_IN))
        yield from (bytes.fromhex(key) for key in of_apple if key not in verdicts)


def _denied_by_default(verdicts: Mapping[str, bool]) -> bool:
    """Whether a setting denies every root that has no setting of its own.

    One that trusts them all makes no root of what is no root already.
    """
    return not verdicts.get(_DEFAULT_ROOT, True)


def _listed(keychain: str) -> Iterator[tuple[str, bytes]]:
    """Yield each certificate of a keychain, after the key that settings know it by."""
    import hashlib

    for der in certificates(_ask("find-certificate", "-a", "-p", os.path.expanduser(keychain))):
        # The settings are keyed by SHA-1; it names a certificate here and proves nothing.
        yield hashlib.sha1(der, usedforsecurity=False).hexdigest().upper(), der


def may_distrust() -> bool:
    """Tell, without starting a program, whether anybody may have made a trust setting here."""
    return bool(settings_files())


def inputs() -> list[str]:
    """Return what tells whether the store changed: paths, and lines that are none."""
    keychains = (os.path.expanduser(path) for path in (_BUILT_IN, *_ADDED))
    return [path for path in keychains if os.path.exists(path)] + settings_files()


def _verdicts() -> dict[str, bool]:
    """Return True (a root) or False (denied) by SHA-1, for certificates that a setting decides."""
    found: dict[str, bool] = {}
    for domain in reversed(_DOMAINS):
        for key, entry in _settings(domain).items():
            verdict = _verdict(entry.get("trustSettings", []))
            if verdict is not None:
                found[key] = verdict
    return found


def _verdict(rules: Sequence[Mapping[str, Any]]) -> bool | None:
    """Return what one certificate's settings say about TLS servers; None if nothing.

    No rules at all means "always trust". A rule for one host, for one program, or for uses of the
    key that are no root's is no verdict.
    """
    if not rules:
        return True
    results = [
        rule.get("kSecTrustSettingsResult", _TRUST[0])
        for rule in rules
        if rule.get("kSecTrustSettingsPolicy", _TLS_POLICY) == _TLS_POLICY
        and "kSecTrustSettingsPolicyString" not in rule
        and "kSecTrustSettingsApplication" not in rule
        and rule.get("kSecTrustSettingsKeyUsage", _SIGN_CERTIFICATES) & _SIGN_CERTIFICATES
    ]
    if _DENY in results:
        return False
    return True if any(result in _TRUST for result in results) else None


def _settings(domain: tuple[str, ...]) -> Mapping[str, Mapping[str, Any]]:
    import plistlib
    import tempfile
    from xml.parsers.expat import ExpatError

    # `security` writes to a named file only; where there are no settings it writes none.
    with tempfile.TemporaryDirectory(prefix="spip-") as folder:
        exported = os.path.join(folder, "settings.plist")
        _ask("trust-settings-export", *domain, exported)
        try:
            with open(exported, "rb") as file:
                trusted: Mapping[str, Mapping[str, Any]] = plistlib.load(file)["trustList"]
        except (OSError, ValueError, KeyError, ExpatError, plistlib.InvalidFileException):
            return {}
    return trusted


def _ask(*arguments: str) -> bytes:
    """Return what `security` printed; nothing if it fails, which costs only this answer."""
    import subprocess

    try:
        done = subprocess.run(
            [_SECURITY, *arguments],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_PATIENCE,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return b""
    return done.stdout
