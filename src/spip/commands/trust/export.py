"""`spip trust export`: one file with every root of this machine, for whatever takes only a file."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from spip import files
from spip.commands.trust.survey import ask_sources, ask_target
from spip.errors import SpipError
from spip.stores import bundle as merged_bundle

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from spip.commands.trust import Options
    from spip.stores.gather import Given

# A bundle that begins as spip's own does would never be a source; an exported one may become one.
_FIRST_LINE = "# roots of this machine, as spip content them\n"


def main(options: Options, environ: Mapping[str, str]) -> int:
    """Write the bundle; 0. Raises SpipError where it can't be written."""
    content = bundle(ask_sources(ask_target(environ).sources))
    if not options.output or options.output == "-":
        sys.stdout.write(content.decode("ascii"))
        return 0
    path = os.path.realpath(options.output)
    try:
        files.write_for_user(path, content)
    except OSError as error:
        raise SpipError(f"{path} can't be written: {error.strerror}") from error
    print(f"wrote {content.count(b'-----BEGIN ')} roots to {path}")
    return 0


def bundle(given: Sequence[Given]) -> bytes:
    """The roots of the merged bundle, as a file that a user keeps."""
    return merged_bundle.content(merged_bundle.in_order(given), _FIRST_LINE)
