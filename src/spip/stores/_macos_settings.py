"""Where macOS keeps the settings that make a certificate a root, or deny it."""

from __future__ import annotations

import os
import time

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


def inputs() -> list[str]:
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
