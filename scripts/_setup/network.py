"""How set-up's pip reaches its index: as the user set it up, with this machine's roots beside.

Verification is never relaxed, and no certificate that the user named is lost.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from spip import stores
from spip.stores.pem import certificates

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

# What a user said about where and what to install; it is meant for other commands than this one.
# Where to install from (index, proxy, certificates, credentials) is kept; that a host needs no
# verification is not.
_NEVER = ("PIP_TARGET", "PIP_PREFIX", "PIP_ROOT", "PIP_PYTHON", "PIP_TRUSTED_HOST")
_DROPPED = (
    *_NEVER,
    "PIP_USER",
    "PIP_REQUIRE_HASHES",
    "PIP_DRY_RUN",
    "PIP_NO_DEPS",
    "PIP_REQUIREMENT",
    "PIP_EDITABLE",
    "PIP_GROUP",
    "PIP_REPORT",
    "PIP_PLATFORM",
    "PIP_PYTHON_VERSION",
    "PIP_IMPLEMENTATION",
    "PIP_ABI",
    "PIP_NO_BUILD_ISOLATION",
    "PIP_QUIET",
    "PIP_VERBOSE",
    # Packages from elsewhere would count as installed; another home, as another Python.
    "PYTHONPATH",
    "PYTHONHOME",
    "__PYVENV_LAUNCHER__",
)
# Switches that a configuration file may have set; a variable beats it.
_SWITCHES = {"PIP_USER": "0", "PIP_REQUIRE_HASHES": "0", "PIP_NO_INPUT": "1"}
# Where people name certificates. REQUESTS_CA_BUNDLE, then CURL_CA_BUNDLE, beat PIP_CERT.
_FILES = ("SPIP_CA_BUNDLE", "PIP_CERT", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE")
_FOLDERS = "SSL_CERT_DIR"


def cleaned(environ: Mapping[str, str]) -> dict[str, str]:
    """Return `environ` without what would send an installation elsewhere, or relax it."""
    kept = {name: value for name, value in environ.items() if name.upper() not in _DROPPED}
    return {**kept, "PIP_DISABLE_PIP_VERSION_CHECK": "1"}


def settled(environ: Mapping[str, str], configured: Mapping[str, str]) -> dict[str, str]:
    """Return `environ` for a pip whose configuration files don't send packages elsewhere, or relax.

    No option takes back a file's `target` or `trusted-host`, and an isolated build's pip reads the
    files too. So, where a file has one, its other settings become variables, which pip reads the
    same way.
    """
    said = {"PIP_" + option.upper().replace("-", "_"): v for option, v in configured.items()}
    if not set(said) & set(_NEVER):
        return dict(environ)
    return {**said, **environ, "PIP_CONFIG_FILE": os.devnull}


def trusting(environ: Mapping[str, str], bundle: str) -> dict[str, str]:
    """Return `environ` for a pip that takes its roots from the file `bundle`."""
    bundled = {"PIP_CERT": bundle, "REQUESTS_CA_BUNDLE": bundle, "CURL_CA_BUNDLE": bundle}
    return {**cleaned(environ), **_SWITCHES, **bundled}


def named(environ: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Yield (variable, path) for each file or folder of certificates that the user named."""
    for variable in _FILES:
        if environ.get(variable):
            yield variable, environ[variable]
    for path in filter(None, environ.get(_FOLDERS, "").split(os.pathsep)):
        yield _FOLDERS, path


def bundle(files: Iterable[str]) -> bytes:
    """Return, as PEM, the operating system's roots and what these files and folders hold."""
    import binascii

    found = dict.fromkeys(stores.roots())
    for file in files:
        found.update(dict.fromkeys(certificates(_content(file))))
    body = b"-----BEGIN CERTIFICATE-----\n%b-----END CERTIFICATE-----\n"
    return b"".join(body % binascii.b2a_base64(der) for der in found)


def holds_certificates(path: str) -> bool:
    """Whether a file or folder can be read and has a certificate in it."""
    return any(True for _ in certificates(_content(path)))


def _content(path: str) -> bytes:
    try:
        if os.path.isdir(path):
            return b"\n".join(_content(entry.path) for entry in os.scandir(path) if entry.is_file())
        if os.path.isfile(path):  # a device may have no end
            with open(path, "rb") as file:
                return file.read()
    except OSError:
        pass  # it is said by whoever asks for certificates and gets none
    return b""
