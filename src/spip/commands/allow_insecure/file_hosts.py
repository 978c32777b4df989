"""The hosts of an index's files, which need a grant of their own where they are refused as well.

The page that names them is read over the connection that nobody verified, without any login. What
it says is shown and nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from spip.bridge.verify_codes import is_untrusted
from spip.doctor import concurrent, hosts
from spip.doctor.host_check import check_host
from spip.probe.endpoint import Endpoint, parse_endpoint
from spip.probe.look import pinned

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from spip.commands.presented_chain import Refused
    from spip.doctor.collect import LocalState
    from spip.doctor.host_check import HostContext
    from spip.probe.results import ProbeResult

_OPTIONS = ("--index-url", "-i", "--extra-index-url", "--pypi-url")
# Where most indexes have their pages.
_USUAL = "/simple/"


@dataclass(frozen=True)
class FileHosts:
    """The hosts that need a grant too, and those over plain HTTP, which a grant isn't about."""

    refused: tuple[Endpoint, ...]
    plain: tuple[Endpoint, ...]


def of(refused: Refused, setup: LocalState, pip: Sequence[str], known: HostContext) -> FileHosts:
    """Return the hosts that the pages of the index on the refused host link to."""
    found: dict[tuple[str, str, int], Endpoint] = {}
    host = refused.evidence.observed.place
    for index in _indexes(host, setup, pip):
        for target in _linked(index, refused, known):
            if target.origin[1:] != host.origin[1:]:
                found.setdefault(target.origin, target)
    secure = [each for each in found.values() if each.scheme == "https"]
    answers = concurrent.ask_all(
        secure, lambda each: check_host(each, known), known.most, lambda _: None
    )
    return FileHosts(
        tuple(
            each
            for each, answer in zip(secure, answers, strict=True)
            if answer and answer.observed.failure and is_untrusted(answer.observed.failure.code)
        ),
        tuple(each for each in found.values() if each.scheme == "http"),
    )


def _indexes(host: Endpoint, setup: LocalState, pip: Sequence[str]) -> list[Endpoint]:
    """Return where the index on that host has its pages: as it is named, or as is usual."""
    named = [each.place for each in setup.indexes if isinstance(each.place, Endpoint)]
    named += _named_by(pip)
    here = [replace(each, login="") for each in named if each.origin == host.origin]
    return list(dict.fromkeys(here)) or [replace(host, path=_USUAL)]


def _named_by(pip: Sequence[str]) -> Iterator[Endpoint]:
    from spip.errors import SpipError

    for word, following in zip(pip, [*pip[1:], ""][: len(pip)], strict=True):
        option, _, value = word.partition("=")
        if option in _OPTIONS:
            try:
                yield parse_endpoint(value or following)
            except SpipError:
                continue


def _linked(index: Endpoint, refused: Refused, known: HostContext) -> tuple[Endpoint, ...]:
    seen = _asked(hosts.project_page(index), refused, known)
    if seen.answer and seen.answer.status == 404:  # an index without pip; its root names others
        page = hosts.other_project_page(index, _asked(index, refused, known))
        if page is None:
            return ()
        seen = _asked(page, refused, known)
    return hosts.linked_hosts(seen)


def _asked(page: Endpoint, refused: Refused, known: HostContext) -> ProbeResult:
    proxy = refused.evidence.observed.proxy
    return pinned(replace(page, login=""), proxy, known.looker(), refused.leaf.der)
