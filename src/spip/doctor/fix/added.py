"""Certificates that somebody appended to a certifi: the next upgrade undoes that anyway."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from spip.doctor.fix.hack import ADDED, Cut, Hack
from spip.environment.installed_certifi import copies

if TYPE_CHECKING:
    from collections.abc import Iterator

    from spip.environment.target_facts import Pip


def hacks(pip: Pip) -> Iterator[tuple[str, list[Hack]]]:
    """Yield (path, what is there) of each certifi that goes on behind its genuine end."""
    for copy in copies(os.path.dirname(os.path.realpath(pip.path))):
        if copy.is_edited and copy.end > 0:
            line = copy.content.count(b"\n", 0, copy.end) + 1
            cut = Cut(copy.end, len(copy.content))
            setting = f"certificates added to {copy.package}'s certifi"
            yield copy.path, [Hack(copy.path, line, "pip", setting, (cut,), ADDED)]
