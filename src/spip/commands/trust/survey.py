"""Collect all that `spip trust list` prints: the sources, extra roots, and what needs attention."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from spip.certificates import x509
from spip.commands.trust import other_tools_roots
from spip.commands.trust.candidates import strict_defects
from spip.diagnosis import vendors
from spip.environment import target_facts
from spip.invocation import names_python
from spip.sources import AS_THEY_ARE
from spip.stores import gather

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

    from spip.certificates.x509 import Certificate
    from spip.commands.trust.other_tools_roots import Edited, OtherToolsFile
    from spip.environment.target_facts import Environment
    from spip.sources import Source
    from spip.stores.gather import Given


def ask_target(environ: Mapping[str, str]) -> Environment:
    """What the target of this run says of itself. Raises SpipError where it doesn't answer."""
    return target_facts.read_environment(environ, by_module=names_python())


def ask_sources(sources: tuple[Source, ...]) -> tuple[Given, ...]:
    """Ask each source for its roots."""
    return tuple(gather.gather(sources, int(time.time())))


@dataclass(frozen=True)
class Extra:
    """A root that neither the system's store nor certifi has, and every source that has it.

    `strict`: the extensions that Python 3.13's strict rules miss; `product`: whose it is, "" if
    no pattern tells.
    """

    certificate: Certificate
    sources: tuple[Source, ...]
    product: str
    strict: tuple[str, ...]

    def days_left(self, now: datetime) -> int:
        """Whole days until it expires."""
        return (self.certificate.last - now).days


@dataclass(frozen=True)
class Survey:
    """Everything that `spip trust` shows.

    `strict` lists the roots that an administrator brought into the system's own store and that
    strict rules refuse.
    """

    target: Environment
    given: tuple[Given, ...]
    extra: tuple[Extra, ...]
    strict: tuple[Extra, ...]
    edited: tuple[Edited, ...]
    other_tools: tuple[OtherToolsFile, ...]

    def count_extra(self, source: Source) -> int:
        """How many roots of a source are extra."""
        return sum(source in root.sources for root in self.extra)


def survey(environ: Mapping[str, str]) -> Survey:
    """Look at everything; changes nothing. Raises SpipError where the target can't be asked."""
    target = ask_target(environ)
    given = ask_sources(target.sources)
    usual = _roots(given, AS_THEY_ARE)
    extra = tuple(_extra(given, usual))
    known = usual | {root.certificate.der for root in extra}
    pip = target.facts.pip
    return Survey(
        target=target,
        given=given,
        extra=extra,
        strict=tuple(_strict_of_store(given)),
        edited=tuple(other_tools_roots.edited_certifis(pip.path if pip else "")),
        other_tools=tuple(other_tools_roots.files(environ, known)),
    )


def _extra(given: Sequence[Given], usual: frozenset[bytes]) -> Iterator[Extra]:
    holders: dict[bytes, list[Source]] = {}
    for result in given:
        for root in result.roots:
            if root.der not in usual:
                holders.setdefault(root.der, []).append(result.source)
    for der, sources in holders.items():
        for certificate in x509.readable([der])[0]:
            yield _extra_root(certificate, tuple(dict.fromkeys(sources)))


def _extra_root(certificate: Certificate, sources: tuple[Source, ...]) -> Extra:
    product = vendors.find_product([certificate])
    name = product.name if product else ""
    return Extra(certificate, sources, name, strict_defects(certificate))


def _strict_of_store(given: Sequence[Given]) -> Iterator[Extra]:
    """Old public roots of the store are refused as well, but no server goes by them any more."""
    of_system, public = _roots(given, ("os",)), _roots(given, ("certifi",))
    for result in given:
        if result.source.kind == "anchor":
            added = [r.der for r in result.roots if r.der in of_system and r.der not in public]
            for certificate in x509.readable(added)[0]:
                root = _extra_root(certificate, (result.source,))
                if root.strict:
                    yield root


def _roots(given: Sequence[Given], kinds: Sequence[str]) -> frozenset[bytes]:
    return frozenset(
        root.der for result in given if result.source.kind in kinds for root in result.roots
    )
