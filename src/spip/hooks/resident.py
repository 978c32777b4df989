"""Keeps a name that lives in other people's environments: see `spip.hooks.plan_command`.

A `spip hook install --python` of an earlier version starts `spip.hooks.resident:tell`.
"""

from __future__ import annotations

from spip.hooks.plan_command import print_plan as tell

__all__ = ["tell"]
