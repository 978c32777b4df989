"""Print what set-up says to the user, on stderr: stdout belongs to the command that follows."""

from __future__ import annotations

import errno
import os
import re
import sys

# What tells most, first: a certificate that was refused (pip's last line hides it behind "no
# matching distribution"), what was not found (the last line names only what wanted it), an error of
# pip's or of its child's, in pip's spelling, anything.
_CAUSES = (
    r"(?i)certificate verify failed",
    r"ERROR: No matching distribution found",
    r"^ *ERROR: ",
    r"^error: ",
    r"\S",
)
_LONGEST = 300
ASK_FOR_ROOT = (
    "ask IT for the root certificate of this network, and run this again with SPIP_CA_BUNDLE=FILE "
    "in the environment"
)


def say(words: str) -> None:
    """Print one line."""
    print(f"spip: {words}", file=sys.stderr, flush=True)


def cause(output: str) -> str:
    """Return what tells most in a failed command's output, in one line."""
    lines = output.splitlines()
    for pattern in _CAUSES:
        telling = [line.strip() for line in lines if re.search(pattern, line)]
        if telling:
            return refused(telling[-1]) or re.sub(r"^ERROR: ", "", telling[-1])[:_LONGEST]
    return "it said nothing"


def is_full(output: str) -> bool:
    """Whether a failed command's output tells of a full disk."""
    return os.strerror(errno.ENOSPC) in output or os.strerror(errno.EDQUOT) in output


def refused(line: str) -> str:
    """Return who was refused and why, where `line` tells of a certificate; else nothing."""
    fault = re.search(r"(?i)certificate verify failed(: [\w ',.-]+)?", line)
    host = re.search(r"https://(?:[^/@\s]*@)?([^/\s]+)", line)
    if not fault:
        return ""
    return f"{host[1] if host else 'the index'} was refused, {fault[0].strip()}"
