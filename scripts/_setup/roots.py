"""The roots that set-up verifies with: those that spip itself finds on this machine."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from spip import stores
from spip.sources import Source
from spip.stores import bundle, gather
from spip.trust import root_locations, sources_in_force
from spip.trust.resolve import notices

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

# Not the first line of a bundle of spip's own, which a later spip would not take for a source.
_FIRST_LINE = "# the roots of this machine, for one set-up\n"


@dataclass(frozen=True)
class Roots:
    """What was found: PEM ("" without any), and a line for each source that gave nothing."""

    pem: str
    notices: tuple[str, ...]


def found(environ: Mapping[str, str], cert: str | None, certifi: str | None) -> Roots:
    """Return this machine's roots. `cert` is pip's setting, `certifi` the file of its certifi."""
    given = gather.gather(tuple(_sources(environ, cert, certifi)), int(time.time()))
    kept = bundle.in_order(given)
    refused = [refusal for one in given for refusal in one.refused]
    pem = bundle.content(kept, _FIRST_LINE).decode("ascii") if kept else ""
    return Roots(pem, tuple(notices(refused)))


def _sources(environ: Mapping[str, str], cert: str | None, certifi: str | None) -> Iterator[Source]:
    """Yield what `trust.sources` has, where there may be no certifi yet."""
    yield Source("os", stores.name(), None)
    if certifi and os.path.isfile(certifi) and sources_in_force.takes_certifi():
        yield Source("certifi", "certifi", certifi)
    yield from sources_in_force.explicit(environ, os.path.expanduser(cert) if cert else None)
    yield from (Source(*place) for place in root_locations.present(environ))
