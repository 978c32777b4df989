"""Which hosts are asked, and asking them: first the indexes, then the hosts of their files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spip.doctor import filehosts, index, together
from spip.doctor.known import examine, unanswered
from spip.environment.pip_settings import pages_of_links
from spip.probe.endpoint import Endpoint, parse_endpoint

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from spip.diagnosis.evidence import Evidence
    from spip.doctor.known import Known
    from spip.doctor.setup import Order, Setup

    Progress = Callable[[str], None]


def examined(order: Order, setup: Setup, known: Known, progress: Progress) -> tuple[Evidence, ...]:
    """Return the evidence for each host: those that were named, or the indexes and file hosts."""
    if order.named:
        return tuple(each.evidence for each in _ask(order.named, _named, known, progress))
    first = _ask(tuple(_indexes(setup)), index.seen, known, progress)
    others = _ask(_file_hosts(first), _one, known, progress)
    return tuple(each.evidence for each in (*first, *others))


def _one(place: Endpoint, known: Known) -> index.Seen:
    return index.Seen(examine(place, known))


def _named(place: Endpoint, known: Known) -> index.Seen:
    """A host has only to be reached; a page that is named as an index's has to be one."""
    evidence = examine(place, known, alone=True)
    where = place.path.rstrip("/").split("/")
    lists = next((at for at, part in enumerate(where) if part in {"simple", "+simple"}), None)
    if lists is None:
        return index.Seen(evidence)
    return index.Seen(index.judged(evidence, "".join(where[lists + 1 : lists + 2])))


def _ask(
    places: Sequence[Endpoint],
    ask: Callable[[Endpoint, Known], index.Seen],
    known: Known,
    progress: Progress,
) -> tuple[index.Seen, ...]:
    """Ask each once; those that hang are bounded together. Two indexes may be on one host."""
    unique = list(dict.fromkeys(places))

    def tell(done: int) -> None:
        progress(f"{done} of {len(unique)} hosts have answered")

    answers = together.ask_all(unique, lambda each: ask(each, known), known.most, tell)
    return tuple(
        answer or index.Seen(unanswered(each, known))
        for each, answer in zip(unique, answers, strict=True)
    )


def _indexes(setup: Setup) -> Iterator[Endpoint]:
    """Yield the page that pip would ask each index for; a folder as an index needs no network."""
    for each in setup.indexes:
        where = each.place
        if isinstance(where, Endpoint):
            yield filehosts.project_page(where)
            if where.host in setup.default_hosts and setup.facts.pip:
                yield parse_endpoint(setup.facts.pip.default_files)
    for links in pages_of_links(setup.settings):
        if isinstance(links.place, Endpoint):
            yield links.place


def _file_hosts(first: Sequence[index.Seen]) -> list[Endpoint]:
    """Return the hosts that the pages link to and that nobody has asked yet."""
    asked = {each.evidence.observed.place.origin for each in first}
    found: dict[tuple[str, str, int], Endpoint] = {}
    for target in (target for each in first for target in each.linked):
        if target.origin not in asked:
            found.setdefault(target.origin, target)
    return list(found.values())
