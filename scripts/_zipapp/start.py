"""The first code of the single file, where it is called __main__. Read by any Python from 2.7."""

import os
import sys

if __name__ == "__main__":
    if sys.version_info < (3, 10):  # noqa: UP036  # this is where it is found out
        from spip.too_old import refuse

        sys.exit(refuse())
    from spip.standalone import single_file

    single_file.start(os.path.dirname(__file__))
    from spip.cli import main

    sys.exit(main(by_module=True))
