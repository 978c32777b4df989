"""`spip trust remove`: no longer trust a root that was added."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from spip.commands.trust.add import renew
from spip.errors import SpipError
from spip.invocation import command_line
from spip.trust import user_roots

if TYPE_CHECKING:
    from collections.abc import Mapping

    from spip.commands.trust import Options

# Fewer digits would fit another root too easily, by a slip.
_LEAST_DIGITS = 4


def main(options: Options, environ: Mapping[str, str]) -> int:
    """Remove the one root whose fingerprint has that part; 0. Raises SpipError."""
    fingerprint = matching(normalize(options.fingerprint), user_roots.fingerprints(environ))
    user_roots.forget(environ, fingerprint)
    renew(environ)
    print(f"removed {fingerprint}")
    return 0


def normalize(text: str) -> str:
    """A fingerprint, or a part of one, as spip keeps it: from the ways in which people write it."""
    return re.sub(r"(?i)^sha-?256[:=\s]*|[:\s-]", "", text).lower()


def matching(part: str, kept: list[str]) -> str:
    """The one of `kept` that has `part` in it. Raises SpipError."""
    if len(part) < _LEAST_DIGITS or not set(part) <= set("0123456789abcdef"):
        raise SpipError(
            f"a fingerprint has hexadecimal digits; at least {_LEAST_DIGITS} of them are needed",
            command_line("trust", "list"),
            exit_code=2,
        )
    found = [fingerprint for fingerprint in kept if part in fingerprint]
    if len(found) == 1:
        return found[0]
    if found:
        raise SpipError(f"{part} is in {len(found)} of them: {', '.join(found)}")
    raise SpipError(
        f"no root that was added has {part} in its fingerprint; only added ones can be removed",
        command_line("trust", "list"),
    )
