"""What this machine and the target say, for every word of this room: sources, and their roots."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from spip.environment import target_facts
from spip.invocation import names_python
from spip.stores import gather

if TYPE_CHECKING:
    from collections.abc import Mapping

    from spip.environment.target_facts import Here
    from spip.sources import Source
    from spip.stores.gather import Given


def here(environ: Mapping[str, str]) -> Here:
    """Ask the target of this run. Raises SpipError where it is mute."""
    return target_facts.here(environ, by_module=names_python())


def asked(sources: tuple[Source, ...]) -> tuple[Given, ...]:
    """Ask each source for its roots, now."""
    return tuple(gather.gather(sources, int(time.time())))
