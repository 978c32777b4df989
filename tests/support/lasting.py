"""Where nobody else can put anything, not after a restart either: hooks point to nothing else."""

from __future__ import annotations

import hashlib
import os
import stat
from pathlib import Path

from support import own_home
from support.wheelhouse import CHECKOUT

_ANYONES = stat.S_ISVTX | stat.S_IWOTH


def lasting_folder() -> Path:
    """Return the checkout's cache; one of the user's where the checkout lies below /tmp."""
    if not any(each.stat().st_mode & _ANYONES == _ANYONES for each in CHECKOUT.parents):
        return CHECKOUT / ".cache"
    name = hashlib.sha256(os.fsencode(CHECKOUT)).hexdigest()[:12]
    return Path(own_home.account()) / ".cache" / "spip-tests" / name
