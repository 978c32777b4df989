"""Each source of roots that spip uses, and what it gave."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from spip import stores, trust
from spip.errors import SpipError
from spip.stores import folder, opening
from spip.stores import read as reading
from spip.stores.source import PassedOver, Source
from spip.tls.evidence import Consulted

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

# The bundle that spip itself builds out of all sources is none.
_OWN_BUNDLE = b"# spip merged bundle"
_FROM_CERTIFI = "certifi"


def consulted(
    environ: Mapping[str, str], cert: str | None, pip_certifi: str | None
) -> tuple[Consulted, ...]:
    """Return every source with its roots. `cert` is pip's own setting, as in `trust.roots`."""
    return tuple(_ask(source) for source in _sources(environ, cert, pip_certifi))


def certificates(path: str) -> frozenset[bytes]:
    """Return the certificates (DER) in a file or a folder. Raises PassedOver with the reason."""
    if not os.path.isdir(path):
        return _in_file(path)
    found: set[bytes] = set()
    for name in _names(path):
        try:
            found |= _in_file(os.path.join(path, name))
        except PassedOver:  # noqa: PERF203 - a folder of roots holds other files too
            continue
    if not found:
        raise PassedOver("holds no certificate")
    return frozenset(found)


def asks_system() -> bool:
    """Whether the operating system judges by itself: on macOS and Windows it does."""
    return stores.name() != "OS store"


def _sources(
    environ: Mapping[str, str], cert: str | None, pip_certifi: str | None
) -> Iterator[Source]:
    yield Source("os", stores.name(), None)
    try:
        path = trust.newest_certifi(pip_certifi)
    except SpipError:
        path = pip_certifi or "certifi"
    yield Source(_FROM_CERTIFI, f"certifi {trust.certifi_version(path)}".strip(), path)
    yield from trust.explicit(environ, cert)


def _ask(source: Source) -> Consulted:
    try:
        roots = frozenset(stores.roots()) if source.path is None else certificates(source.path)
    except PassedOver as error:
        return Consulted(source.kind, source.label, source.path, problem=str(error))
    problem = "" if roots else "holds no certificate"
    return Consulted(source.kind, source.label, source.path, roots, problem)


def _names(path: str) -> list[str]:
    try:
        return folder.files(path)
    except OSError as error:
        raise PassedOver(opening.words(error)) from error


def _in_file(path: str) -> frozenset[bytes]:
    data = opening.content(path, None)
    if data.startswith(_OWN_BUNDLE):
        raise PassedOver("is spip's own bundle")
    found = frozenset(block.der for block in reading.read(data).blocks)
    if not found:
        raise PassedOver("holds no certificate")
    return found
