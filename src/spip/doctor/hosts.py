"""Which hosts are asked, and asking them: first the indexes, then the hosts of their files."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from spip.doctor import filehosts, together
from spip.doctor.known import examine, unanswered
from spip.tls.place import Place, place

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from spip.doctor.known import Known
    from spip.doctor.setup import Order, Setup
    from spip.tls.evidence import Evidence

    Progress = Callable[[str], None]


def examined(order: Order, setup: Setup, known: Known, progress: Progress) -> tuple[Evidence, ...]:
    """Return the evidence for each host: those that were named, or the indexes and file hosts."""
    if order.named:
        return _ask(order.named, known, progress)
    first = _ask(tuple(_indexes(setup)), known, progress)
    return (*first, *_ask(_file_hosts(first, known), known, progress))


def _ask(places: Sequence[Place], known: Known, progress: Progress) -> tuple[Evidence, ...]:
    """Examine each origin once; those that hang are bounded together."""
    unique = list({each.origin: each for each in places}.values())

    def tell(done: int) -> None:
        progress(f"{done} of {len(unique)} hosts have answered")

    answers = together.ask_all(unique, lambda each: examine(each, known), known.most, tell)
    return tuple(
        answer or unanswered(each, known) for each, answer in zip(unique, answers, strict=True)
    )


def _indexes(setup: Setup) -> Iterator[Place]:
    """Yield the page that pip would ask each index for; a folder as an index needs no network."""
    for index in setup.indexes:
        where = index.place
        if isinstance(where, Place):
            yield filehosts.project_page(where)
            if where.host in setup.default_hosts and setup.facts.pip:
                yield place(setup.facts.pip.default_files)


def _file_hosts(first: Sequence[Evidence], known: Known) -> list[Place]:
    """Return the hosts that the pages link to and that nobody has asked yet."""
    asked = {each.observed.place.origin for each in first}
    found: dict[tuple[str, str, int], Place] = {}
    for evidence in first:
        for target in _linked(evidence, known):
            if target.origin not in asked:
                found.setdefault(target.origin, target)
    return list(found.values())


def _linked(evidence: Evidence, known: Known) -> tuple[Place, ...]:
    seen = evidence.observed
    if not seen.works or evidence.is_default:
        return ()
    if seen.answer and seen.answer.status == 404:  # an index without pip; its root names others
        index = replace(seen.place, path=seen.place.path.rstrip("/").rpartition("/")[0] + "/")
        page = filehosts.another_page(index, examine(index, known).observed)
        if page is None:
            return ()
        seen = examine(page, known).observed
    return filehosts.linked(seen)
