"""`spip trust export`: one file with every root of this machine, for whatever takes only a file."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from spip import files
from spip.commands.trust.survey import asked, here
from spip.errors import SpipError
from spip.stores.bundle import content, in_order

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from spip.commands.trust import Options
    from spip.stores.gather import Given

# A bundle that begins as spip's own does would never be a source; an exported one may become one.
_FIRST_LINE = "# roots of this machine, as spip found them\n"


def main(wanted: Options, environ: Mapping[str, str]) -> int:
    """Write the bundle; 0. Raises SpipError where it can't be written."""
    found = text(asked(here(environ).sources))
    if not wanted.output or wanted.output == "-":
        sys.stdout.write(found.decode("ascii"))
        return 0
    path = os.path.realpath(wanted.output)
    try:
        files.write_for_user(path, found)
    except OSError as error:
        raise SpipError(f"{path} can't be written: {error.strerror}") from error
    print(f"wrote {found.count(b'-----BEGIN ')} roots to {path}")
    return 0


def text(given: Sequence[Given]) -> bytes:
    """Return the roots of the merged bundle, as a file that a user keeps."""
    return content(in_order(given), _FIRST_LINE)
