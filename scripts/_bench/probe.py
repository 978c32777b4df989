"""Times one merged bundle, in the interpreter that spip is installed in. A program of its own.

`PYTHON probe.py CACHE CERTIFI [BUNDLE]`: milliseconds on standard output, spip's imports included.
"""

from __future__ import annotations

import sys
import time


def main() -> int:
    """Ask for the bundle of the system's store, certifi's file and perhaps one more."""
    cache, certifi, *more = sys.argv[1:]
    started = time.perf_counter()
    from spip.sources import Source
    from spip.stores.bundle import merged

    named = [Source("explicit", "PIP_CERT", path) for path in more]
    merged((Source("os", "OS store", None), Source("certifi", "certifi", certifi), *named), cache)
    print((time.perf_counter() - started) * 1000)
    return 0


if __name__ == "__main__":
    sys.exit(main())
