"""May this be done? Asked at a terminal, said beforehand by --yes, never taken for granted."""

from __future__ import annotations

import sys
from dataclasses import dataclass

from spip.errors import SpipError


@dataclass
class Answers:
    """How offers are answered. `listed`: nothing is done, only named; `dry_run`: as a patch too."""

    yes: bool
    listed: bool
    dry_run: bool

    def to(self, question: str) -> bool:
        """Whether it is to be done. Raises SpipError where the user has had enough."""
        if self.yes or self.listed:
            return self.yes
        sys.stderr.write(f"  {question} [yes/no/all/quit] ")
        sys.stderr.flush()
        try:
            answer = sys.stdin.readline()
        except KeyboardInterrupt:
            answer = ""
            sys.stderr.write("\n")
        word = answer.strip().lower()
        if not answer or word in {"q", "quit"}:
            raise SpipError("nothing more was done")
        self.yes = word in {"a", "all"}
        return self.yes or word in {"y", "yes"}


def answers(*, yes: bool, dry_run: bool) -> Answers:
    """Without a terminal and without --yes nobody has agreed to anything."""
    nobody = not sys.stdin.isatty() and not yes
    return Answers(yes=yes and not dry_run, listed=dry_run or nobody, dry_run=dry_run)
