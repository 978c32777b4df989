"""`python -m spip`: acts on the Python that runs it. Read by any Python from 2.7 on."""

import os
import sys

if __name__ == "__main__":
    # As pip does: the current folder must not be searched for modules. (With -P it is not there.)
    if sys.path and sys.path[0] in ("", os.getcwd()) and not getattr(sys.flags, "safe_path", False):
        del sys.path[0]
    if sys.version_info < (3, 10):
        from spip.too_old import refuse

        sys.exit(refuse())
    from spip.cli import main

    sys.exit(main(by_module=True))
