"""The target with its settings and sources, asked once for every command that looks at roots."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from spip import target as targets
from spip.here import facts as facts_of
from spip.here import system
from spip.here.settings import settings
from spip.probe.proxies import ProxySettings
from spip.trust import sources_in_force

if TYPE_CHECKING:
    from collections.abc import Mapping

    from spip.here.facts import Facts, Pip
    from spip.here.settings import Settings
    from spip.sources import Source


@dataclass(frozen=True)
class Here:
    """The target, and each source that counts for it."""

    facts: Facts
    settings: Settings
    sources: tuple[Source, ...]
    notices: tuple[str, ...]


def here(environ: Mapping[str, str], *, by_module: bool) -> Here:
    """Ask the target for its pip's certifi and settings. Raises SpipError where it is mute.

    `by_module`: whether this run was started as `PYTHON -m spip`.
    """
    target = targets.resolve(environ, targets.this_home(), by_module=by_module)
    facts = facts_of.ask(target, environ)
    found = settings(facts.pip, environ)
    cert = found.get("cert")
    # `trust` knows the variable by itself, and calls it by its name.
    from_file = cert.value if cert and cert.file else None
    pip_certifi = facts.pip.certifi if facts.pip and facts.pip.certifi else None
    sources = tuple(sources_in_force.sources(environ, from_file, pip_certifi))
    return Here(facts, found, sources, tuple(target.notices))


def proxies(found: Settings, pip: Pip | None, environ: Mapping[str, str]) -> ProxySettings:
    """Return where this pip takes its proxy from."""
    proxy = found.get("proxy")
    return ProxySettings(
        environ=environ,
        setting=proxy.value if proxy else "",
        setting_named_by=proxy.named_by if proxy else "",
        pip_version=pip.numbers if pip else (99,),
        environment_off=found.is_on("no-proxy-env"),
        system=system.proxies,
    )
