"""Ask the target, its settings, the sources and the hosts; put together what they said."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timezone
from typing import TYPE_CHECKING

import spip
from spip import target as targets
from spip.doctor import facts as facts_of
from spip.doctor import filehosts, machine, policy, relaxed, stores_said, system, together
from spip.doctor.clock import clock, witnesses
from spip.doctor.examination import Examination
from spip.doctor.settings import Setting, index_urls, settings
from spip.doctor.sources import consulted
from spip.tls.place import Place, place
from spip.tls.routes import ProxySettings
from spip.tls.words import in_order

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from spip.doctor.facts import Facts
    from spip.doctor.known import Known
    from spip.doctor.settings import Settings
    from spip.tls.evidence import Consulted, Evidence
    from spip.tls.words import Finding


@dataclass(frozen=True)
class Order:
    """What is to be examined: places that the user named (none: pip's indexes), and how."""

    named: tuple[Place, ...] = ()
    strict: bool = False
    by_module: bool = False
    spip: str = "spip"


@dataclass(frozen=True)
class _Setup:
    facts: Facts
    settings: Settings
    indexes: tuple[Setting, ...]
    sources: tuple[Consulted, ...]
    platform: str
    notices: tuple[str, ...] = field(default=())


def examination(
    order: Order, environ: Mapping[str, str], progress: Callable[[str], None]
) -> Examination:
    """Return what the doctor found. Raises SpipError where the target can't be asked at all."""
    progress("asking pip for its settings")
    setup = _set_up(order, environ)
    hosts = _hosts(order, setup, environ, progress)
    return Examination(
        hosts=hosts,
        sources=setup.sources,
        findings=in_order(_findings(order, setup, hosts, environ)),
        target=setup.facts,
        policy=policy.in_force(setup.platform),
        versions=_versions(),
        notices=setup.notices,
        spip=order.spip,
        indexes=tuple((_shown(each), each.named_by) for each in setup.indexes),
        named=", ".join(each.shown for each in order.named),
    )


def _set_up(order: Order, environ: Mapping[str, str]) -> _Setup:
    target = targets.resolve(environ, targets.this_home(), by_module=order.by_module)
    facts = facts_of.ask(target, environ)
    found = settings(facts.pip, environ)
    indexes = index_urls(found, facts.pip)
    cert = found.get("cert")
    # `trust` knows the variable by itself, and calls it by its name.
    from_file = cert.value if cert and cert.file else None
    sources = consulted(environ, from_file, facts.pip.certifi if facts.pip else None)
    return _Setup(facts, found, indexes, sources, system.platform(), tuple(target.notices))


def _hosts(
    order: Order, setup: _Setup, environ: Mapping[str, str], progress: Callable[[str], None]
) -> tuple[Evidence, ...]:
    try:
        import ssl  # noqa: F401 - without it there is nothing to look with
    except ImportError:
        return ()
    known = _known(order, setup, environ)
    places = order.named or tuple(_places(setup, known))
    first = _ask(places, known, progress)
    if order.named:
        return first
    second = _ask(_file_hosts(first, known), known, progress)
    return (*first, *second)


def _ask(
    places: Sequence[Place], known: Known, progress: Callable[[str], None]
) -> tuple[Evidence, ...]:
    """Examine each place once; those that hang are bounded together."""
    from spip.doctor.known import examine, unanswered

    unique = list({each.origin: each for each in places}.values())

    def tell(done: int) -> None:
        progress(f"{done} of {len(unique)} hosts have answered")

    answers = together.ask_all(unique, lambda each: examine(each, known), known.most, tell)
    return tuple(
        answer or unanswered(each, known) for each, answer in zip(unique, answers, strict=True)
    )


def _known(order: Order, setup: _Setup, environ: Mapping[str, str]) -> Known:
    from spip.doctor.known import Known, problem_of

    pip, found = setup.facts.pip, setup.settings
    proxy, client = found.get("proxy"), found.get("client-cert")
    labels = [each.label for each in setup.sources if each.kind == "certifi"]
    versions = [label.removeprefix("certifi").strip() for label in labels]
    return Known(
        environ=environ,
        sources=setup.sources,
        proxies=ProxySettings(
            environ=environ,
            setting=proxy.value if proxy else "",
            setting_named_by=proxy.named_by if proxy else "",
            pip_version=pip.numbers if pip else (99,),
            environment_off=found.is_on("no-proxy-env"),
            system=system.proxies,
        ),
        clock=clock(datetime.now(timezone.utc), witnesses(versions, setup.facts.built)),
        platform=setup.platform,
        default_hosts=_default_hosts(setup),
        only_default=not order.named and [i.named_by for i in setup.indexes] == [_builtin(setup)],
        proxy_script=system.proxy_script(setup.platform, environ),
        client_certificate=client.value if client else "",
        client_certificate_problem=problem_of(client.value) if client else "",
        windows=system.windows_roots,
    )


def _builtin(setup: _Setup) -> str:
    return next((each.named_by for each in index_urls(settings(None, {}), setup.facts.pip)), "")


def _default_hosts(setup: _Setup) -> frozenset[str]:
    pip = setup.facts.pip
    if pip is None or not pip.default_index:
        return frozenset()
    return frozenset({place(pip.default_index).host, pip.default_files})


def _places(setup: _Setup, known: Known) -> Iterator[Place]:
    """Yield the page that pip would ask each index for; a folder as an index needs no network."""
    for index in setup.indexes:
        if index.value.startswith(("http://", "https://")):
            where = place(index.value)
            yield filehosts.project_page(where)
            if where.host in known.default_hosts and setup.facts.pip:
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
        root = _ask([index], known, lambda _: None)[0].observed
        page = filehosts.another_page(index, root)
        if page is None:
            return ()
        seen = _ask([page], known, lambda _: None)[0].observed
    return filehosts.linked(seen)


def _findings(
    order: Order, setup: _Setup, hosts: Sequence[Evidence], environ: Mapping[str, str]
) -> Iterator[Finding]:
    from spip.tls.causes import findings_together

    facts, found = setup.facts, setup.settings
    yield from machine.findings(facts, found, setup.sources, environ, setup.platform)
    yield from relaxed.findings(found, setup.indexes, environ, setup.platform)
    yield from findings_together(hosts)
    for evidence in hosts:
        yield from stores_said.findings(evidence, facts, found)
    if facts.pip and facts.pip.certifi:
        yield from stores_said.edited_certifi(facts.pip)
    if order.strict:
        yield from stores_said.extra_roots(setup.sources, found, setup.platform)


def _versions() -> tuple[tuple[str, str], ...]:
    """Return what does the looking: spip, its Python, its OpenSSL, its parts."""
    import platform
    from importlib.metadata import PackageNotFoundError, version

    found = [("spip", spip.__version__), ("Python", platform.python_version())]
    for name in ("truststore", "certifi", "pip"):
        try:
            found.append((name, version(name)))
        except PackageNotFoundError:  # noqa: PERF203 - out of the single file it has no metadata
            continue
    return tuple(found)


def _shown(index: Setting) -> str:
    if not index.value.startswith(("http://", "https://")):
        return "a folder"
    return place(index.value).shown
