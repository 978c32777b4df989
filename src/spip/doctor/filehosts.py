"""Where an index's files lie: the hosts that its pages link to, often blocked on their own."""

from __future__ import annotations

import html
import posixpath
import re
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import urljoin

from spip.errors import SpipError
from spip.probe.endpoint import Endpoint, parse_endpoint

if TYPE_CHECKING:
    from collections.abc import Iterator

    from spip.probe.results import ProbeResult

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


def another_page(index: Endpoint, seen: ProbeResult) -> Endpoint | None:
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


def linked(seen: ProbeResult) -> tuple[Endpoint, ...]:
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
