"""What this machine and the target say, for every word of this room: sources, and their roots."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from spip import target as targets
from spip import trust
from spip.here import facts as facts_of
from spip.here.settings import settings
from spip.spelling import names_python
from spip.stores import gather

if TYPE_CHECKING:
    from collections.abc import Mapping

    from spip.here.facts import Facts
    from spip.here.settings import Settings
    from spip.stores.gather import Given
    from spip.stores.source import Source


@dataclass(frozen=True)
class Here:
    """The target, and each source that counts for it."""

    facts: Facts
    settings: Settings
    sources: tuple[Source, ...]
    notices: tuple[str, ...]


def here(environ: Mapping[str, str]) -> Here:
    """Ask the target for its pip's certifi and settings. Raises SpipError where it is mute."""
    target = targets.resolve(environ, targets.this_home(), by_module=names_python())
    facts = facts_of.ask(target, environ)
    found = settings(facts.pip, environ)
    cert = found.get("cert")
    # `trust` knows the variable by itself, and calls it by its name.
    from_file = cert.value if cert and cert.file else None
    pip_certifi = facts.pip.certifi if facts.pip and facts.pip.certifi else None
    sources = tuple(trust.sources(environ, from_file, pip_certifi))
    return Here(facts, found, sources, tuple(target.notices))


def asked(sources: tuple[Source, ...]) -> tuple[Given, ...]:
    """Ask each source for its roots, now."""
    return tuple(gather.gather(sources, int(time.time())))
