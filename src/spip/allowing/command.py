"""The one command that a grant was given for."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from spip.invocation import beginning, names_python

if TYPE_CHECKING:
    from collections.abc import Sequence


def run(arguments: Sequence[str]) -> int:
    """Run pip. POSIX: never returns, since this process becomes that command.

    What `allow-insecure` has imported and put in reach must not be there while pip runs. Windows
    has no such way; there pip runs in this process, or in a child of it.
    """
    sys.stdout.flush()
    sys.stderr.flush()
    if os.name != "nt":
        again = [sys.executable, *_safely(beginning(sys.orig_argv)[1:]), "pip", *arguments]
        os.execv(again[0], again)
    from spip import run as running

    code = running.pip(list(arguments), by_module=names_python(), words=())
    return code or 0


def _safely(words: list[str]) -> list[str]:
    """The same start, where -m would look for modules in the current folder first."""
    is_module = bool(words[1:]) and words[-2].startswith("-") and words[-2].endswith("m")
    return ["-P", *words] if is_module and sys.version_info >= (3, 11) else words
