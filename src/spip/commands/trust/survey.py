"""What is trusted here: the sources, the roots that are extra, and what is worth a look."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from spip.certificates import strict_rules, x509
from spip.commands.trust import other_tools_roots
from spip.diagnosis import vendors
from spip.environment import target_facts
from spip.invocation import names_python
from spip.sources import AS_THEY_ARE
from spip.stores import gather

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

    from spip.certificates.x509 import Certificate
    from spip.commands.trust.other_tools_roots import Edited, Elsewhere
    from spip.environment.target_facts import Environment
    from spip.sources import Source
    from spip.stores.gather import Given


def here(environ: Mapping[str, str]) -> Environment:
    """Ask the target of this run. Raises SpipError where it is mute."""
    return target_facts.read_environment(environ, by_module=names_python())


def asked(sources: tuple[Source, ...]) -> tuple[Given, ...]:
    """Ask each source for its roots, now."""
    return tuple(gather.gather(sources, int(time.time())))


# Python 3.13's strict rules, by what they miss; a root needs no name of its issuer's key.
_NOT_OF_A_ROOT = "no-authority-key"


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

    here: Environment
    given: tuple[Given, ...]
    extra: tuple[Extra, ...]
    strict: tuple[Extra, ...]
    edited: tuple[Edited, ...]
    elsewhere: tuple[Elsewhere, ...]

    def count_extra(self, source: Source) -> int:
        """How many roots of a source are extra."""
        return sum(source in each.sources for each in self.extra)


def survey(environ: Mapping[str, str]) -> Survey:
    """Look at everything; changes nothing. Raises SpipError where the target can't be asked."""
    this = here(environ)
    given = asked(this.sources)
    usual = _roots(given, AS_THEY_ARE)
    extra = tuple(_extra(given, usual))
    known = usual | {each.certificate.der for each in extra}
    pip = this.facts.pip
    return Survey(
        here=this,
        given=given,
        extra=extra,
        strict=tuple(_strict_of_store(given)),
        edited=tuple(other_tools_roots.edited_each(pip.path if pip else "")),
        elsewhere=tuple(other_tools_roots.each(environ, known)),
    )


def broken_rules(root: Certificate) -> tuple[str, ...]:
    """Return the extensions of a root that Python 3.13's strict rules refuse, or miss."""
    found = strict_rules.defects((root, root))
    return tuple(dict.fromkeys(d.extension for d in found if d.rule != _NOT_OF_A_ROOT))


def _extra(given: Sequence[Given], usual: frozenset[bytes]) -> Iterator[Extra]:
    holders: dict[bytes, list[Source]] = {}
    for one in given:
        for root in one.roots:
            if root.der not in usual:
                holders.setdefault(root.der, []).append(one.source)
    for der, sources in holders.items():
        for certificate in x509.readable([der])[0]:
            yield _of(certificate, tuple(dict.fromkeys(sources)))


def _of(certificate: Certificate, sources: tuple[Source, ...]) -> Extra:
    product = vendors.find_product([certificate])
    name = product.name if product else ""
    return Extra(certificate, sources, name, broken_rules(certificate))


def _strict_of_store(given: Sequence[Given]) -> Iterator[Extra]:
    """Old public roots of the store are refused as well, but no server goes by them any more."""
    of_system, public = _roots(given, ("os",)), _roots(given, ("certifi",))
    for one in given:
        if one.source.kind == "anchor":
            added = [r.der for r in one.roots if r.der in of_system and r.der not in public]
            for certificate in x509.readable(added)[0]:
                found = _of(certificate, (one.source,))
                if found.strict:
                    yield found


def _roots(given: Sequence[Given], kinds: Sequence[str]) -> frozenset[bytes]:
    return frozenset(root.der for one in given if one.source.kind in kinds for root in one.roots)
