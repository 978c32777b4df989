"""`spip trust add --from-windows`: inside WSL, the roots of the Windows around it."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from spip.certificates import formats
from spip.environment import system
from spip.errors import SpipError
from spip.invocation import command_line
from spip.trusting import asking, candidates
from spip.trusting.add import keep

if TYPE_CHECKING:
    from collections.abc import Mapping


def add(environ: Mapping[str, str], known: frozenset[bytes], *, yes: bool) -> int:
    """Show each root of Windows that is missing here and ask for it; 0. Raises SpipError."""
    if system.platform() != "wsl":
        raise SpipError(
            "this is no Linux inside of Windows (WSL), so there is no Windows to ask",
            command_line("trust", "add", "FILE"),
        )
    said = system.windows_roots()
    found = candidates.of(formats.read(said).blocks, known)
    if not said or not (found.roots or found.known):
        raise SpipError(
            "Windows did not answer: powershell.exe is not on PATH, or interop is switched off",
            "see `interop` in /etc/wsl.conf, or export the root in Windows (certmgr.msc)",
        )
    if not found.roots:
        print(f"Windows has {len(found.known)} roots; each is trusted here already")
        return 0
    if not yes:
        print(asking.COMPARE, file=sys.stderr)
    again = command_line("trust", "add", "--from-windows", "--yes")
    for each in found.roots:
        print("\n".join(candidates.lines(each)), file=sys.stderr)
        for warning in candidates.warnings(each):
            print(f"spip: warning: {warning}", file=sys.stderr)
        if asking.confirmed("Windows trusts this root. Trust it here?", yes=yes, otherwise=again):
            keep(each, environ)
    return 0
