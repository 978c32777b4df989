"""`spip trust [list]`: show what is trusted here."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from spip.trusting.survey import survey

if TYPE_CHECKING:
    from collections.abc import Mapping

    from spip.trusting.arguments import Wanted


def main(wanted: Wanted, environ: Mapping[str, str]) -> int:
    """Print the table, or JSON; 0."""
    found = survey(environ)
    if wanted.json:
        from spip.trusting import as_json

        print(as_json.text(found))
        return 0
    from spip.trusting import table

    table.show(found, sys.stdout)
    return 0
