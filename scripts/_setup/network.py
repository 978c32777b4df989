"""How set-up's pip reaches its index: as the user set it up, with this machine's roots beside.

Verification is never relaxed, and no certificate that the user named is lost.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

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


def at_once(environ: Mapping[str, str]) -> dict[str, str]:
    """Return `environ` for a pip that asks once: it asks again also where it was refused (60 s)."""
    return {**environ, "PIP_RETRIES": "0"}


def trusting(environ: Mapping[str, str], bundle: str) -> dict[str, str]:
    """Return `environ` for a pip that takes its roots from the file `bundle`."""
    bundled = {"PIP_CERT": bundle, "REQUESTS_CA_BUNDLE": bundle, "CURL_CA_BUNDLE": bundle}
    return {**cleaned(environ), **_SWITCHES, **bundled}
