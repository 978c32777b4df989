"""Each source of roots that spip uses, and what it gave."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

from spip import sources, stores
from spip.certificates import formats
from spip.diagnosis.evidence import Consulted
from spip.doctor.refused_files import held_back, is_missing
from spip.errors import SpipError
from spip.ownership import checked_file
from spip.sources import SourceRejected
from spip.stores import contents, distrust, folder_scan
from spip.stores.gather import gather
from spip.trust.sources_in_force import own_certifi

if TYPE_CHECKING:
    from collections.abc import Iterator

    from spip.sources import Source
    from spip.stores.gather import Given


def consulted(sources: tuple[Source, ...], cert_at: str = "") -> tuple[Consulted, ...]:
    """Return every source with its roots. `cert_at`: "FILE:LINE" of pip's setting `cert`."""
    everything = gather(sources, int(time.time()))
    # Asked once: on macOS that takes two processes.
    known = distrust.distrusted() if any(given.refused for given in everything) else frozenset()
    return tuple(_consulted(given, known, cert_at) for given in everything)


def certificates(path: str) -> frozenset[bytes]:
    """Return the certificates (DER) in a file or a folder, whoever may have written them.

    For looking only: what is trusted comes from `consulted`. Raises PassedOver with the reason.
    """
    found: set[bytes] = set()
    reason = SourceRejected(sources.NOTHING)
    for file in _files(path):
        try:
            found |= {block.der for block in formats.read(checked_file.content(file, None)).blocks}
        except SourceRejected as error:  # noqa: PERF203 - a folder of roots holds other files too
            reason = error
    if not found:
        raise reason
    return frozenset(found)


def own_certificates() -> frozenset[bytes]:
    """Return those of the certifi that came with spip; none where it is gone."""
    try:
        return certificates(own_certifi())
    except (SourceRejected, SpipError):
        return frozenset()


def _files(path: str) -> list[str]:
    if not os.path.isdir(path):
        return [path]
    try:
        return [os.path.join(path, name) for name in folder_scan.files(path)]
    except OSError as error:
        raise checked_file.refusal(error) from error


def asks_system() -> bool:
    """Whether the operating system judges by itself: on macOS and Windows it does."""
    return stores.name() != "OS store"


def _consulted(given: Given, distrusted: frozenset[bytes], cert_at: str) -> Consulted:
    source = given.source
    roots = frozenset(root.der for root in given.roots)
    passed_over = _passed_over(given) - roots
    why_nothing = None if roots else _why_nothing(given)
    return Consulted(
        kind=source.kind,
        label=source.label,
        path=source.path,
        roots=roots,
        problem=why_nothing[1] if why_nothing else "",
        why=why_nothing[0] if why_nothing else "",
        passed_over=passed_over,
        distrusted=frozenset(der for der in passed_over if distrust.is_distrusted(der, distrusted)),
        held_back=tuple(held_back(given, cert_at)),
        spoilt=tuple(_spoilt(given)),
    )


def _why_nothing(given: Given) -> tuple[str, str]:
    for refusal in given.refused:
        if is_missing(refusal):
            return sources.MISSING, sources.words(sources.MISSING)
        return refusal.kind, refusal.reason
    return sources.NOTHING, contents.NOTHING


def _spoilt(given: Given) -> Iterator[str]:
    """Yield what is said of each part that can't be read, with its line."""
    for refusal in given.refused:
        if refusal.kind in sources.SPOILT:
            line = f"line {refusal.line} " if refusal.line else ""
            yield f"{line}{refusal.reason}"


def _passed_over(given: Given) -> frozenset[bytes]:
    """Return the certificates that are there, if some don't count; they explain a chain as well."""
    if not given.refused:
        return frozenset()
    if given.source.path is None:
        return frozenset(stores.roots())
    try:
        return certificates(given.source.path)
    except SourceRejected:
        return frozenset()
