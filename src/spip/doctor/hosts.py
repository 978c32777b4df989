"""Choose the hosts to check, and check them: the indexes first, then the hosts of their files."""

from __future__ import annotations

import html
import posixpath
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from urllib.parse import urljoin

from spip.bridge import index_pages
from spip.doctor import concurrent
from spip.doctor.host_check import check_host, unanswered_host
from spip.environment.pip_settings import link_pages
from spip.errors import SpipError
from spip.probe.connection import Deadline
from spip.probe.endpoint import Endpoint, over_https, parse_endpoint
from spip.probe.results import Failure

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from spip.diagnosis.evidence import Evidence
    from spip.doctor.collect import LocalState, Request
    from spip.doctor.host_check import HostContext
    from spip.probe.results import ProbeResult

    Progress = Callable[[str], None]

# Every mirror has it, and its page is small.
_PROJECT = "pip"
_LINKS = (
    re.compile(rb"""<a\s[^>]*?href\s*=\s*["']([^"'<>]{1,2000})["']""", re.IGNORECASE),
    re.compile(rb'"url"\s*:\s*"([^"]{1,2000})"'),  # PEP 691
)
# What the root page of an index lists: its first project.
_PROJECT_NAME = re.compile(rb'"name"\s*:\s*"([A-Za-z0-9._-]{1,100})"')
_MOST_HOSTS = 5


def project_page(index: Endpoint, project: str = _PROJECT) -> Endpoint:
    """Return the page of a project on an index, as pip asks for it (PEP 503)."""
    path = f"{index.path.rstrip('/')}/{project}/"
    # pip puts the name behind whatever stands there.
    return replace(index, path=path, spelt=index.spelt and posixpath.join(index.spelt, project, ""))


def root_page(page: Endpoint, project: str = _PROJECT) -> Endpoint:
    """Return the page that `project_page` put the project's name behind."""
    path = page.path.rstrip("/").rpartition("/")[0] + "/"
    return replace(page, path=path, spelt=page.spelt.removesuffix(f"{project}/"))


def other_project_page(index: Endpoint, seen: ProbeResult) -> Endpoint | None:
    """Return the page of the first project that an index's root page names, None without one."""
    if seen.answer is None or seen.answer.status != 200:
        return None
    named = _PROJECT_NAME.search(seen.answer.body)
    if named:
        return project_page(index, named[1].decode("ascii"))
    for target in _targets(seen):
        if target.origin == index.origin:
            return replace(target, login=index.login)
    return None


def linked_hosts(seen: ProbeResult) -> tuple[Endpoint, ...]:
    """Return the other hosts that a page links to, or where it sends one on to."""
    found: dict[tuple[str, str, int], Endpoint] = {}
    for target in _targets(seen):
        if target.origin != seen.place.origin:
            found.setdefault(target.origin, replace(target, path="/", login=""))
    return tuple(found.values())[:_MOST_HOSTS]


def _targets(seen: ProbeResult) -> Iterator[Endpoint]:
    """Yield what is linked. A link can't be trusted to be a URL, nor to be for HTTP."""
    answer = seen.answer
    if answer is None:
        return
    links = [answer.location] if answer.status in range(300, 400) else []
    if answer.status == 200:
        links += [_text(raw) for pattern in _LINKS for raw in pattern.findall(answer.body)]
    base = f"{seen.place.scheme}://{seen.place.shown}{seen.place.path}"
    for link in dict.fromkeys(links):
        try:
            yield parse_endpoint(urljoin(base, link))
        except (SpipError, ValueError):  # noqa: PERF203 - each link for itself
            continue


def _text(raw: bytes) -> str:
    return html.unescape(raw.decode("utf-8", "replace"))


_NOT_THERE = 404
_REFUSES = 400  # from here on an answer is none


@dataclass(frozen=True)
class HostResult:
    """What was found out about a host, and the other hosts that its pages link to."""

    evidence: Evidence
    linked: tuple[Endpoint, ...] = ()


def check_index(page: Endpoint, known: HostContext) -> HostResult:
    """Look at the page of a project on an index, and at others of that index where it has none."""
    deadline = Deadline(known.patience)
    evidence = _as_index(check_host(page, known, deadline, alone=True), known, deadline)
    if not evidence.observed.works or evidence.is_default:
        return HostResult(evidence)  # where the files of pip's own index lie is known
    if not _is_missing(evidence.observed):
        project = page.path.rstrip("/").rpartition("/")[2]
        odd = classify_page(evidence, project)
        if odd.page != index_pages.FOREIGN:
            return HostResult(odd, linked_hosts(evidence.observed))
    try:
        return _check_without_project(evidence, known, deadline)
    except TimeoutError:
        return HostResult(evidence)


def _as_index(evidence: Evidence, known: HostContext, deadline: Deadline) -> Evidence:
    """Return the evidence with what pip does to an index at an http address: it isn't asked."""
    seen = evidence.observed
    if not seen.passed_over:
        return evidence
    failed = Failure("page", "passed-over", "pip asks no index over http")
    return replace(
        evidence,
        observed=replace(seen, failure=failed),
        index_setting=known.index_settings.get(seen.place.origin, ""),
        over_https=_answers_over_https(seen.place, known, deadline),
    )


def _answers_over_https(place: Endpoint, known: HostContext, deadline: Deadline) -> bool:
    """Whether the project's page, or the one that lists all, comes by https."""
    page = over_https(place)
    for each in (page, root_page(page)):
        try:
            seen = check_host(each, known, deadline).observed
        except TimeoutError:
            return False
        if not seen.works or seen.answer is None:
            return False
        if seen.answer.status < _REFUSES:
            return True
    return False


def _check_without_project(
    evidence: Evidence, known: HostContext, deadline: Deadline
) -> HostResult:
    page = evidence.observed.place
    root = root_page(page)
    listed = check_host(root, known, deadline).observed
    if _is_missing(listed):
        return HostResult(replace(evidence, is_no_index=True))
    if odd := classify_page(replace(evidence, observed=listed)).page:
        return HostResult(replace(evidence, page=odd))
    other = other_project_page(root, listed)
    linked = linked_hosts(check_host(other, known, deadline).observed) if other else ()
    return HostResult(evidence, linked)


def classify_page(evidence: Evidence, project: str = "") -> Evidence:
    """Return the evidence with what kind of page it is that answered, if that is no index's."""
    answer = evidence.observed.answer
    if not evidence.observed.works or answer is None:
        return evidence
    if answer.status in range(300, 400):  # where it leads is looked at as a host of its own
        is_login = index_pages.leads_to_login(answer.location)
        return replace(evidence, page=index_pages.LOGIN) if is_login else evidence
    what = index_pages.kind(answer.status, answer.content_type, answer.body, project)
    return evidence if what == index_pages.REFUSED else replace(evidence, page=what)


def _is_missing(page: ProbeResult) -> bool:
    return page.answer is not None and page.answer.status == _NOT_THERE


def check_hosts(
    request: Request, local: LocalState, known: HostContext, progress: Progress
) -> tuple[Evidence, ...]:
    """Return the evidence for each host: those that were named, or the indexes and file hosts."""
    if request.named:
        return tuple(
            each.evidence for each in _ask(request.named, _check_named_host, known, progress)
        )
    first = _ask(tuple(_indexes(local)), check_index, known, progress)
    others = _ask(_file_hosts(first), _check_file_host, known, progress)
    return tuple(each.evidence for each in (*first, *others))


def _check_file_host(place: Endpoint, known: HostContext) -> HostResult:
    return HostResult(check_host(place, known))


def _check_named_host(place: Endpoint, known: HostContext) -> HostResult:
    """A host has only to be reached; a page that is named as an index's has to be one."""
    deadline = Deadline(known.patience)
    evidence = check_host(place, known, deadline, alone=True)
    where = place.path.rstrip("/").split("/")
    lists = next((at for at, part in enumerate(where) if part in {"simple", "+simple"}), None)
    if lists is None:
        return HostResult(evidence)
    evidence = _as_index(evidence, known, deadline)
    return HostResult(classify_page(evidence, "".join(where[lists + 1 : lists + 2])))


def _ask(
    places: Sequence[Endpoint],
    ask: Callable[[Endpoint, HostContext], HostResult],
    known: HostContext,
    progress: Progress,
) -> tuple[HostResult, ...]:
    """Ask each once; those that hang are bounded together. Two indexes may be on one host."""
    unique = list(dict.fromkeys(places))

    def tell(done: int) -> None:
        progress(f"{done} of {len(unique)} hosts have answered")

    answers = concurrent.ask_all(unique, lambda each: ask(each, known), known.most, tell)
    return tuple(
        answer or HostResult(unanswered_host(each, known))
        for each, answer in zip(unique, answers, strict=True)
    )


def _indexes(local: LocalState) -> Iterator[Endpoint]:
    """Yield the page that pip would ask each index for; a folder as an index needs no network."""
    for each in local.indexes:
        where = each.place
        if isinstance(where, Endpoint):
            yield project_page(where)
            if where.host in local.default_hosts and local.facts.pip:
                yield parse_endpoint(local.facts.pip.default_files)
    for links in link_pages(local.settings):
        if isinstance(links.place, Endpoint):
            yield links.place


def _file_hosts(first: Sequence[HostResult]) -> list[Endpoint]:
    """Return the hosts that the pages link to and that nobody has asked yet."""
    asked = {each.evidence.observed.place.origin for each in first}
    found: dict[tuple[str, str, int], Endpoint] = {}
    for target in (target for each in first for target in each.linked):
        if target.origin not in asked:
            found.setdefault(target.origin, target)
    return list(found.values())
