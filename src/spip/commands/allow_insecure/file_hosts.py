"""Find the hosts of an index's files, which need grants of their own where they are refused too.

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
_USUAL_PATH = "/simple/"


@dataclass(frozen=True)
class FileHosts:
    """The hosts that need a grant too, and those over plain HTTP, which a grant isn't about."""

    refused: tuple[Endpoint, ...]
    plain: tuple[Endpoint, ...]


def find(refused: Refused, setup: LocalState, pip: Sequence[str], known: HostContext) -> FileHosts:
    """The hosts that the pages of the index on the refused host link to."""
    by_origin: dict[tuple[str, str, int], Endpoint] = {}
    refused_host = refused.evidence.observed.place
    for index in _indexes(refused_host, setup, pip):
        for target in _linked(index, refused, known):
            if target.origin[1:] != refused_host.origin[1:]:
                by_origin.setdefault(target.origin, target)
    secure = [host for host in by_origin.values() if host.scheme == "https"]
    answers = concurrent.ask_all(
        secure, lambda host: check_host(host, known), known.most, lambda _: None
    )
    return FileHosts(
        tuple(
            host
            for host, answer in zip(secure, answers, strict=True)
            if answer and answer.observed.failure and is_untrusted(answer.observed.failure.code)
        ),
        tuple(host for host in by_origin.values() if host.scheme == "http"),
    )


def _indexes(host: Endpoint, setup: LocalState, pip: Sequence[str]) -> list[Endpoint]:
    """Where the index on that host has its pages: as it is named, or as is usual."""
    named = [index.place for index in setup.indexes if isinstance(index.place, Endpoint)]
    named += _named_by(pip)
    on_host = [replace(index, login="") for index in named if index.origin == host.origin]
    return list(dict.fromkeys(on_host)) or [replace(host, path=_USUAL_PATH)]


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
    result = _look(hosts.project_page(index), refused, known)
    if result.answer and result.answer.status == 404:  # an index without pip; its root names others
        page = hosts.other_project_page(index, _look(index, refused, known))
        if page is None:
            return ()
        result = _look(page, refused, known)
    return hosts.linked_hosts(result)


def _look(page: Endpoint, refused: Refused, known: HostContext) -> ProbeResult:
    proxy = refused.evidence.observed.proxy
    return pinned(replace(page, login=""), proxy, known.looker(), refused.leaf.der)
