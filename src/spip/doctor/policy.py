"""The policy in force, for the report."""

from __future__ import annotations

import os


def in_force(platform: str) -> str:
    """Return where the policy lies that an administrator made, or that there is none."""
    place = _place(platform)
    return place if place and os.path.exists(place) else "none"


def _place(platform: str) -> str:
    """Asked from the system where that differs: the environment could name any folder."""
    if platform == "macos":
        return "/Library/Application Support/spip/policy.toml"
    if platform == "windows":
        import platformdirs

        return os.path.join(platformdirs.site_config_dir("spip", appauthor=False), "policy.toml")
    return "/etc/spip/policy.toml"
