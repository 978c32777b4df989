"""What set-up says to the user, on stderr: stdout belongs to the command that comes after."""

from __future__ import annotations

import re
import sys

# A certificate that was refused explains what pip's last line ("no matching distribution") hides.
_CAUSES = (r"certificate verify failed", r"^ERROR: ", r"^error: ", r"\S")
_LONGEST = 300


def say(words: str) -> None:
    """Print one line."""
    print(f"spip: {words}", file=sys.stderr, flush=True)


def cause(output: str) -> str:
    """Return the line of a failed command's output that tells most."""
    lines = output.splitlines()
    for pattern in _CAUSES:
        telling = [line.strip() for line in lines if re.search(pattern, line, re.IGNORECASE)]
        if telling:
            return re.sub(r"^(ERROR|WARNING): ", "", telling[-1])[:_LONGEST]
    return "it said nothing"


def is_about_certificates(line: str) -> bool:
    """Whether a root certificate would help."""
    return "certificate verify failed" in line.lower()
