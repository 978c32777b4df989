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

# Of a fingerprint; fewer digits would fit too easily by a slip.
_LEAST = 4


def main(wanted: Options, environ: Mapping[str, str]) -> int:
    """Remove the one root whose fingerprint has that part; 0. Raises SpipError."""
    fingerprint = chosen(plain(wanted.fingerprint), user_roots.fingerprints(environ))
    user_roots.forget(environ, fingerprint)
    renew(environ)
    print(f"removed {fingerprint}")
    return 0


def plain(text: str) -> str:
    """Return a fingerprint, or a part of one, as people write it, in the way that spip keeps it."""
    return re.sub(r"(?i)^sha-?256[:=\s]*|[:\s-]", "", text).lower()


def chosen(part: str, kept: list[str]) -> str:
    """Return the one of `kept` that is meant by `part`. Raises SpipError."""
    if len(part) < _LEAST or not set(part) <= set("0123456789abcdef"):
        raise SpipError(
            f"a fingerprint has hexadecimal digits; at least {_LEAST} of them are needed",
            command_line("trust", "list"),
            exit_code=2,
        )
    found = [each for each in kept if part in each]
    if len(found) == 1:
        return found[0]
    if found:
        raise SpipError(f"{part} is in {len(found)} of them: {', '.join(found)}")
    raise SpipError(
        f"no root that was added has {part} in its fingerprint; only added ones can be removed",
        command_line("trust", "list"),
    )
