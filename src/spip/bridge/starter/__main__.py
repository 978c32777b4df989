"""`start.py` for a spip inside of a zip: an interpreter runs this folder, and nothing of `-c`.

Python 3.13 imports modules before the first statement of `-c`, and then the current folder, which
may be anybody's, comes first. Parses on Python 2.7.
"""

import os
import sys

if __name__ == "__main__":
    # This folder, which Python put first, makes way for the folder (or zip) that has spip in it.
    sys.path[0] = os.path.dirname(os.path.dirname(os.path.dirname(sys.path[0])))
    from spip.bridge.start import main

    del sys.path[0]
    sys.exit(main())
