"""Keep a name that lives in other people's environments: see `spip.bridge.trust_client`.

What an earlier `spip hook install --python` installed imports `spip.bridge.home.Home`.
"""

from spip.bridge.trust_client import Home

__all__ = ["Home"]
