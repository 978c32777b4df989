"""Write docs/gauntlet.md, the file that a run leaves."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

from _gauntlet import peer
from _gauntlet.standing import completed
from _gauntlet.table import BEGIN, END, failures, sums, table
from support.environments import find_uv
from support.wheelhouse import CHECKOUT, NEWEST_PIP, wheels

if TYPE_CHECKING:
    from pathlib import Path

    from _gauntlet.table import Row

PAGE = CHECKOUT / "docs" / "gauntlet.md"
_HEAD = """\
# The gauntlet

Situations that people are in, each made for real on loopback, and what becomes of one `install`
in each: plain pip, pip with its two flags, and the neighbours, with no setting but what the row
names. Made by `scripts/gauntlet` on {day}. Nobody has to believe it: it runs in some minutes.

{versions}

- **works**, **refuses**: what ought to happen. Bold is what ought not to.
- *unverified*: installed, and nobody knows from whom; that is what `--trusted-host` is for.
- n/a: can't be tried, since the tool can't be installed for that Python.
- `pip --cert` gets a file with the one root that the index needs. Where a target isn't named it
  is pip {newest} on Python 3.13. Where spip can't be installed into the target it is installed
  elsewhere, and `SPIP_PYTHON` names the target.
- The operating system's store is really changed, in a private mount namespace (Linux).
{kept}
"""
_KEPT = """\
- Not run on that day, for want of what they need, and so shown as before: {titles}.
"""


def write(path: Path, rows: list[Row], day: str) -> None:
    """Write the page; a row that was not run stays as the page has it."""
    rows, kept = completed(rows, path.read_text("utf-8") if path.exists() else "")
    said = _KEPT.format(titles="; ".join(kept)) if kept else ""
    head = _HEAD.format(day=day, versions=_versions(), newest=NEWEST_PIP, kept=said)
    body = f"{BEGIN}\n{table(rows)}{END}\n\n{sums(rows)}\n\n"
    said = f"## What was said where it went wrong\n\n{failures(rows)}"
    path.write_text(head + body + said, "utf-8")


def _versions() -> str:
    """Return what is compared, in a sentence."""
    uv = subprocess.run([find_uv(), "--version"], capture_output=True, text=True, check=True)
    peers = sorted({file.name.split("-")[1] for file in wheels().glob("pip_system_certs-*.whl")})
    shown = f"{peer.NAME} {peers[-1]} (for pips that it doesn't take: {peers[0]})"
    return f"Compared: pip as the row says, {shown}, {' '.join(uv.stdout.split()[:2])}."
