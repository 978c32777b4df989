"""Keeps a name that lives in other people's environments: see `spip.standalone.helper_process`.

A `spip hook install --python` of an earlier version starts `spip.home:answer`.
"""

from __future__ import annotations

from spip.standalone.helper_process import answer

__all__ = ["answer"]
