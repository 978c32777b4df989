"""Ask the target, its settings, the sources and the hosts; put together what they said."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from typing import TYPE_CHECKING

import spip
from spip.diagnosis.findings import finding, in_order
from spip.doctor import certifi, extra_roots, granted, machine, policy, relaxed, stores_said
from spip.doctor.examination import Examination
from spip.doctor.setup import known, set_up
from spip.errors import SpipError
from spip.probe.endpoint import Endpoint

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from spip.diagnosis.evidence import Evidence
    from spip.diagnosis.findings import Finding
    from spip.doctor.setup import Order, Setup
    from spip.doctor.target_pip import TargetPip
    from spip.environment.pip_settings import Setting
    from spip.policy.policy_file import Policy

# The first pip that asks the operating system's store, on Python 3.10 and newer.
_ASKS_SYSTEM = (24, 2)


def examination(
    order: Order, environ: Mapping[str, str], progress: Callable[[str], None]
) -> Examination:
    """Return what the doctor found. Raises SpipError where the target can't be asked at all."""
    progress("asking pip for its settings")
    setup = set_up(order, environ)
    rules = policy.in_force()
    hosts, problem = _hosts(order, setup, environ, rules, progress)
    return Examination(
        hosts=hosts,
        sources=setup.sources,
        findings=_once(
            in_order(
                [*_of_pips_start(problem, setup), *_findings(order, setup, hosts, environ, rules)]
            )
        ),
        target=setup.facts,
        policy=rules,
        versions=_versions(),
        notices=(*setup.notices, *policy.notices(rules)),
        spip=order.spip,
        indexes=tuple((_shown(each), each.named_by) for each in setup.indexes),
        named=", ".join(each.shown for each in order.named),
    )


def _once(found: tuple[Finding, ...]) -> tuple[Finding, ...]:
    """Leave out a file that is held back where a host's problem says the same of it."""
    said = {each.next for each in found if each.cause == "bundle-refused" and each.about}
    return tuple(each for each in found if each.about or each.next not in said)


def _hosts(
    order: Order,
    setup: Setup,
    environ: Mapping[str, str],
    rules: Policy,
    progress: Callable[[str], None],
) -> tuple[tuple[Evidence, ...], str]:
    """Return what was found out about the hosts, and why the target's pip doesn't start."""
    try:
        import ssl  # noqa: F401 - without it there is nothing to look with
    except ImportError:
        return (), ""
    with _pips(setup, environ) as pips:
        from spip.doctor.hosts import examined  # while pip starts

        grants = granted.of_every_process(environ, rules)
        what = replace(known(order, setup, environ, pips), grants=grants)
        found = examined(order, setup, what, progress)
        return found, pips[0].why_not() if pips[0] else ""


@contextlib.contextmanager
def _pips(
    setup: Setup, environ: Mapping[str, str]
) -> Iterator[tuple[TargetPip | None, TargetPip | None]]:
    """The target's pip as spip runs it, and alone; None for what the target can't run."""
    from spip.doctor.target_pip import target_pip

    facts = setup.facts
    if facts.ssl_problem or facts.pip is None:
        yield None, None
        return
    through = target_pip(facts.python, environ, alone=False)
    alone = target_pip(facts.python, environ, alone=True) if _differs_alone(setup) else None
    try:
        yield through, alone
    finally:
        for each in filter(None, (through, alone)):
            each.close()


def _differs_alone(setup: Setup) -> bool:
    """Whether pip without spip may trust something else: asking it takes time.

    It obeys a variable to the letter, also one that restricts or that names nothing.
    """
    facts = setup.facts
    if any(each.kind == "explicit" for each in setup.sources):
        return True
    own = {"os", "certifi"}
    common = frozenset[bytes]().union(*(each.roots for each in setup.sources if each.kind in own))
    more = any(each.roots - common for each in setup.sources)
    numbers = facts.pip.numbers if facts.pip else ()
    return more or numbers < _ASKS_SYSTEM or facts.version < (3, 10)


def _findings(
    order: Order,
    setup: Setup,
    hosts: Sequence[Evidence],
    environ: Mapping[str, str],
    rules: Policy,
) -> Iterator[Finding]:
    from spip.diagnosis.causes import findings_together

    facts, found = setup.facts, setup.settings
    yield from machine.findings(facts, found, setup.sources, environ, setup.platform)
    for index in setup.indexes:
        where = index.place
        if isinstance(where, SpipError):
            yield machine.no_index(index, where, setup.platform)
        elif spoilt := machine.spoilt_index(index, hosts, setup.platform):
            yield spoilt
    yield from relaxed.findings(facts.pip, found, environ, setup.platform)
    yield from granted.findings(environ, rules)
    if broken := policy.finding(rules):
        yield broken
    yield from findings_together(hosts)
    for evidence in hosts:
        yield from stores_said.findings(evidence, facts, found)
    if facts.pip and facts.pip.certifi:
        yield from certifi.findings(facts.pip)
    if order.strict:
        yield from extra_roots.findings(setup.sources, found, setup.platform, rules)


def _of_pips_start(problem: str, setup: Setup) -> Iterator[Finding]:
    """Yield what keeps pip from starting: a value that an option can't have.

    A file that pip can't read keeps it from starting as well, and is a finding of its own.
    """
    if problem and not (setup.facts.pip and setup.facts.pip.settings_problem):
        named = setup.settings.named_in(problem)
        yield finding("pip-settings", variant="value", text=problem, setting=named)


def _versions() -> tuple[tuple[str, str], ...]:
    """Return what does the looking: spip, its Python, its parts."""
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
    where = index.place
    return where.shown if isinstance(where, Endpoint) else "a folder"
