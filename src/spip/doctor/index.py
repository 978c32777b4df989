"""One index, looked at as pip would use it: the page of a project, and where its files lie.

An index needn't have the project that is asked for. Then its root page says whether it is an index
at all, and names a project that it has. All of it shares the time that one host may take.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from spip.bridge import pages
from spip.doctor import filehosts
from spip.doctor.known import examine
from spip.probe.connection import Deadline

if TYPE_CHECKING:
    from spip.diagnosis.evidence import Evidence
    from spip.doctor.known import Known
    from spip.probe.endpoint import Endpoint
    from spip.probe.results import ProbeResult

_NOT_THERE = 404


@dataclass(frozen=True)
class Seen:
    """What was found out about a host, and the other hosts that its pages link to."""

    evidence: Evidence
    linked: tuple[Endpoint, ...] = ()


def seen(page: Endpoint, known: Known) -> Seen:
    """Look at the page of a project on an index, and at others of that index where it has none."""
    deadline = Deadline(known.patience)
    evidence = examine(page, known, deadline, alone=True)
    if not evidence.observed.works or evidence.is_default:
        return Seen(evidence)  # where the files of pip's own index lie is known
    if not _is_missing(evidence.observed):
        project = page.path.rstrip("/").rpartition("/")[2]
        odd = judged(evidence, project)
        if odd.page != pages.FOREIGN:
            return Seen(odd, filehosts.linked(evidence.observed))
    try:
        return _without_project(evidence, known, deadline)
    except TimeoutError:
        return Seen(evidence)


def _without_project(evidence: Evidence, known: Known, deadline: Deadline) -> Seen:
    page = evidence.observed.place
    root = filehosts.root_page(page)
    listed = examine(root, known, deadline).observed
    if _is_missing(listed):
        return Seen(replace(evidence, is_no_index=True))
    if odd := judged(replace(evidence, observed=listed)).page:
        return Seen(replace(evidence, page=odd))
    other = filehosts.another_page(root, listed)
    linked = filehosts.linked(examine(other, known, deadline).observed) if other else ()
    return Seen(evidence, linked)


def judged(evidence: Evidence, project: str = "") -> Evidence:
    """Return the evidence with what kind of page it is that answered, if that is no index's."""
    answer = evidence.observed.answer
    if not evidence.observed.works or answer is None:
        return evidence
    if answer.status in range(300, 400):  # where it leads is looked at as a host of its own
        is_login = pages.leads_to_login(answer.location)
        return replace(evidence, page=pages.LOGIN) if is_login else evidence
    what = pages.kind(answer.status, answer.content_type, answer.body, project)
    return evidence if what == pages.REFUSED else replace(evidence, page=what)


def _is_missing(page: ProbeResult) -> bool:
    return page.answer is not None and page.answer.status == _NOT_THERE
