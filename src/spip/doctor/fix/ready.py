"""Whether verification works: what has to hold before a hack is taken away."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from spip.doctor.collect import Order, examination
from spip.doctor.fix.hack import ADDED, BUNDLE, HTTP, OFF
from spip.errors import SpipError
from spip.probe.endpoint import Endpoint, parse_endpoint

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from spip.diagnosis.evidence import Evidence
    from spip.doctor.fix.hack import Hack
    from spip.doctor.report import Report

    Progress = Callable[[str], None]

# Roots that are here and that nothing uses, which `spip trust add` takes over.
_ADDABLE = {"agent", "tool", "windows"}


@dataclass(frozen=True)
class Ready:
    """What the doctor saw: of pip's own indexes, and of the hosts that only the hacks name."""

    found: Report
    others: tuple[Evidence, ...]
    over_https: Mapping[str, bool]  # an http:// URL, and whether https:// verifies there

    def against(self, hack: Hack, going: Iterable[Hack] = (), *, mended: bool = False) -> str:
        """Return why this hack has to stay, "" where it may go.

        `going`: those that go before it. `mended`: as if the roots that could be added had been.
        """
        if hack.kind == BUNDLE or (hack.kind == ADDED and mended):
            return ""
        if hack.kind == HTTP:
            works = all(self.over_https.get(url) for url in hack.values)
            return "" if works else "https:// doesn't verify there"
        if hack.kind == OFF and (plain := self._over_http(hack, going)):
            return plain
        for evidence in self.found.hosts:
            if evidence.observed.place.scheme == "https" and not _verified(evidence, mended=mended):
                return _why(evidence, self.found)
        for evidence in self.others:
            if evidence.observed.place.host in _names(hack) and _is_refused(
                evidence, mended=mended
            ):
                return _why(evidence, self.found)
        return ""

    def _over_http(self, hack: Hack, going: Iterable[Hack]) -> str:
        urls = [_secured(url) for each in going if each.kind == HTTP for url in each.values]
        secured = {where.host for where in urls if where}
        for evidence in self.found.hosts:
            where = evidence.observed.place
            if where.scheme != "http" or where.host in secured:
                continue
            if not hack.hosts or where.host in _names(hack):
                return f"pip asks {where.shown} over http://, which it refuses to do without this"
        return ""


def ready(
    hacks: Iterable[Hack], environ: Mapping[str, str], order: Order, progress: Progress
) -> Ready:
    """Examine pip's indexes and what the hacks name. Raises SpipError as the examination does."""
    _see_that_it_can()
    hacks = list(hacks)
    found = examination(order, environ, progress)
    asked = {evidence.observed.place.host for evidence in found.hosts}
    named = [each for hack in hacks for each in _places(hack) if each.host not in asked]
    urls = {url: _secured(url) for hack in hacks if hack.kind == HTTP for url in hack.values}
    wanted = tuple(dict.fromkeys([*named, *filter(None, urls.values())]))
    seen = _examined(wanted, environ, order, progress) if wanted else ()
    works = {each.observed.place.origin for each in seen if each.observed.works}
    over = {url: where is not None and where.origin in works for url, where in urls.items()}
    return Ready(found, seen, over)


def _see_that_it_can() -> None:
    try:
        import ssl  # noqa: F401 - what verifies
    except ImportError as error:
        raise SpipError(
            f"{sys.executable} has no ssl, so nothing can be verified: {error}"
        ) from error


def _examined(
    wanted: tuple[Endpoint, ...], environ: Mapping[str, str], order: Order, progress: Progress
) -> tuple[Evidence, ...]:
    named = Order(wanted, by_module=order.by_module, spip=order.spip)
    return examination(named, environ, progress).hosts


def _places(hack: Hack) -> Iterable[Endpoint]:
    """Where the hosts that a hack names are asked; what is no host is passed over, as pip does."""
    for host in hack.hosts if hack.kind == OFF else ():
        try:
            where = parse_endpoint(host)
        except SpipError:
            continue
        if where.scheme == "https":
            yield where


def _names(hack: Hack) -> set[str]:
    return {each.host for each in _places(hack)}


def _secured(url: str) -> Endpoint | None:
    try:
        return parse_endpoint(f"https{url[4:]}")
    except SpipError:
        return None


def _verified(evidence: Evidence, *, mended: bool) -> bool:
    return evidence.observed.works or (mended and can_be_mended(evidence))


def _is_refused(evidence: Evidence, *, mended: bool) -> bool:
    """Whether it is its certificate that fails; a host that pip doesn't ask may be gone."""
    failure = evidence.observed.failure
    at_fault = failure is not None and failure.kind == "certificate"
    return at_fault and not _verified(evidence, mended=mended)


def can_be_mended(evidence: Evidence) -> bool:
    """Whether `spip trust add` of a root that is here would do; a handshake has shown that."""
    return evidence.candidate is not None and evidence.candidate.kind in _ADDABLE


def _why(evidence: Evidence, found: Report) -> str:
    said = [each for each in found.problems if each.about == evidence.host]
    if said:
        return f"{said[0].sentence}; next: {said[0].next_for(found.spip)}"
    return f"{evidence.host} doesn't verify yet"
