"""Labelled lines of the terminal's report; a command is never broken, so that it can be pasted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spip.diagnosis.findings import parted

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from spip.diagnosis.findings import Finding

_MARGIN, _GAP = 2, 2  # blanks before and behind a label


class Rows:
    """Rows of a label and a line each; `widest` is the widest of the labels."""

    def __init__(self, console: Console, widest: str) -> None:
        self._console = console
        self._widest = len(widest)
        self._table = self._fresh()

    def add(self, label: str, line: str, style: str = "") -> None:
        """Add a row; a line that is too long goes on below itself."""
        from rich.text import Text

        shown = " " * _MARGIN + label.ljust(self._widest)
        self._table.add_row(Text(shown, style=style or "dim"), Text(line, style=style))

    def add_next(self, label: str, found: Finding, spip: str, style: str = "") -> None:
        """Add the next step of a finding; `spip` is how this run was started."""
        prose, command = (part.replace("{spip}", spip) for part in parted(found.next))
        lead = "" if label == "next" else "next: "
        self.add_step(label, f"{lead}{prose}", command, style)

    def add_step(self, label: str, prose: str, command: str, style: str = "") -> None:
        """Add prose that leads to a command, which gets a line of its own where both are long."""
        from rich.text import Text

        indent = _MARGIN + self._widest + _GAP
        whole = f"{prose}{'' if prose.endswith(' ') or not prose else '  '}{command}".rstrip()
        if not command or indent + len(whole) <= self._console.width:
            self.add(label, whole, style)
            return
        if prose:
            self.add(label, prose.rstrip(), style)
            label = ""
        self.print()
        start = (" " * _MARGIN + label).ljust(indent)
        self._console.print(Text(start + command, style=style), soft_wrap=True)

    def print(self) -> None:
        """Print what was added so far."""
        if self._table.row_count:
            self._console.print(self._table)
        self._table = self._fresh()

    def _fresh(self) -> Table:
        from rich.table import Table

        table = Table.grid(padding=(0, _GAP, 0, 0))
        table.add_column(no_wrap=True)
        table.add_column(overflow="fold")
        return table
