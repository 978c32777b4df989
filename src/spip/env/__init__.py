"""`spip env`: what gives the other tools of this machine the trust that pip has here."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


def main(arguments: Sequence[str]) -> int:
    """Print the variables, or run a command with them; the exit code. Raises SpipError."""
    from spip.env.arguments import parse

    wanted = parse(arguments, os.environ)
    if wanted is None:  # --help was printed
        return 0
    from spip.env import shells
    from spip.env.told import told

    found = told(os.environ)
    for notice in found.notices:
        print(f"spip: {notice}", file=sys.stderr)
    if wanted.command:
        from spip.env import command

        return command.run(wanted.command, found, os.environ)
    if found.temporary:
        print(
            f"spip: there is no cache folder for the bundle; {found.bundle} is yours to remove",
            file=sys.stderr,
        )
    sys.stdout.write(shells.text(wanted.shell, found))
    return 0
