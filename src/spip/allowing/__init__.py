"""`spip allow-insecure`: trusted-host mode, for one host, for a short time, in writing."""

from __future__ import annotations

import io
import os
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


def main(arguments: Sequence[str]) -> int:
    """Do what was asked; 0 done. With pip's arguments: pip's own exit code. Raises SpipError."""
    from spip.allowing.arguments import parse

    wanted = parse(arguments)
    if wanted is None:  # --help was printed
        return 0
    if isinstance(sys.stdout, io.TextIOWrapper):
        # A reason, and a certificate's names, may be in any language; a code page is not.
        sys.stdout.reconfigure(errors="backslashreplace")
    if wanted.list or wanted.revoke:
        from spip.allowing import kept

        return kept.show(os.environ) if wanted.list else kept.revoke(wanted, os.environ)
    from spip.allowing import giving

    return giving.main(wanted, os.environ)
