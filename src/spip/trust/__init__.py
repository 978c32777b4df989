"""What counts as a root for this run: sources, added up."""

from __future__ import annotations

from spip import consent
from spip.trust.certifi import certifi_version, newest_certifi, own_certifi
from spip.trust.named import VARIABLES, explicit

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from spip.sources import Source

__all__ = [
    "VARIABLES",
    "certifi_version",
    "explicit",
    "has_extra",
    "newest_certifi",
    "own_certifi",
    "sources",
    "takes_certifi",
]


def sources(
    environ: Mapping[str, str], cert: str | None, pip_certifi: str | None
) -> Iterator[Source]:
    """Every place that is asked for roots here: os, certifi, explicit, and the extra ones.

    `cert` is pip's own setting, `pip_certifi` the bundle inside the target's pip.
    """
    from spip import stores
    from spip.sources import Source
    from spip.trust import extra

    yield Source("os", stores.name(), None)
    if takes_certifi():
        of_python = newest_certifi(pip_certifi)
        yield Source("certifi", f"certifi {certifi_version(of_python)}".strip(), of_python)
    yield from explicit(environ, cert)
    yield from (Source(*place) for place in extra.present(environ))


def has_extra(environ: Mapping[str, str], os_bundle: str | None) -> bool:
    """Whether a run has to look closer: a root may lie where neither the store nor certifi is.

    Cheap, and never wrong where it says no. `os_bundle` is the file that is the system's store.
    """
    from spip.trust import extra

    return extra.may_count(environ, os_bundle) or not takes_certifi()


def takes_certifi() -> bool:
    """Whether certifi is a source; the administrator's policy may switch it off."""
    rules = consent.rules()
    return rules is None or rules.certifi
