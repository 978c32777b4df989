"""What certificates this machine has. The platform is chosen here, once, and nowhere else.

Each platform has the same verbs: `roots()`, `inputs()`, `bundle_file()` and `name()`.
`system` is the platform's own name: "linux" (the BSDs too), "macos" or "windows".
"""

from __future__ import annotations

import sys

if sys.platform == "win32":
    from spip.stores import windows as platform
elif sys.platform == "darwin":
    from spip.stores import macos as platform
else:
    from spip.stores import linux as platform

bundle_file = platform.bundle_file
inputs = platform.inputs
name = platform.name
roots = platform.roots
system = platform.SYSTEM

__all__ = ["bundle_file", "inputs", "name", "platform", "roots", "system"]
