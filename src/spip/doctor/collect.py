"""Run every check of `spip doctor` and put the results together in one report."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from typing import TYPE_CHECKING

import spip
from spip.bridge import setting_origin
from spip.diagnosis.findings import in_rank_order, make_finding
from spip.diagnosis.time_causes import clock_witnesses, make_clock
from spip.doctor import disabled_verification, local_setup, policy_report, trust_gaps
from spip.doctor.report import Report
from spip.doctor.source_states import consult_sources
from spip.environment import system
from spip.environment.pip_settings import BUILTIN, index_urls, link_pages
from spip.environment.target_facts import proxy_settings, read_environment
from spip.errors import SpipError
from spip.policy import in_force
from spip.probe.endpoint import Endpoint, parse_endpoint

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from spip.diagnosis.evidence import Clock, Evidence, SourceState
    from spip.diagnosis.findings import Finding
    from spip.doctor.host_check import HostContext
    from spip.doctor.target_pip import TargetPip
    from spip.environment.pip_settings import Setting, Settings
    from spip.environment.target_facts import Facts
    from spip.policy.policy_file import Policy


@dataclass(frozen=True)
class Request:
    """What is to be examined: places that the user named (none: pip's indexes), and how."""

    named: tuple[Endpoint, ...] = ()
    strict: bool = False
    by_module: bool = False
    spip: str = "spip"


@dataclass(frozen=True)
class LocalState:
    """What was found without any network."""

    facts: Facts
    settings: Settings
    indexes: tuple[Setting, ...]
    sources: tuple[SourceState, ...]
    platform: str
    notices: tuple[str, ...] = ()

    @property
    def default_hosts(self) -> frozenset[str]:
        """The hosts of pip's built-in index and of its files."""
        pip = self.facts.pip
        if pip is None or not pip.default_index:
            return frozenset()
        return frozenset({parse_endpoint(pip.default_index).host, pip.default_files})


def collect_local_state(request: Request, environ: Mapping[str, str]) -> LocalState:
    """Ask the target and read the sources. Raises SpipError where the target doesn't answer."""
    this = read_environment(environ, by_module=request.by_module)
    return LocalState(
        facts=this.facts,
        settings=this.settings,
        indexes=index_urls(this.settings, this.facts.pip),
        sources=consult_sources(this.sources, _cert_at(this.settings)),
        platform=system.platform(),
        notices=this.notices,
    )


def _cert_at(found: Settings) -> str:
    """The file and the line that have pip's setting `cert`, "" where no file made it."""
    cert = found.get("cert")
    return (
        setting_origin.in_files(setting_origin.CERT, cert.value, [cert.file])
        if cert and cert.file
        else ""
    )


def make_host_context(
    request: Request,
    local: LocalState,
    environ: Mapping[str, str],
    pips: tuple[TargetPip | None, TargetPip | None] = (None, None),
) -> HostContext:
    """Return what every host is examined by; `pips`: the target's, through spip and alone.

    Needs ssl.
    """
    from spip.doctor import client_certificate
    from spip.doctor.host_check import HostContext

    client = local.settings.get("client-cert")
    builtin_alone = [each.named_by for each in local.indexes] == [BUILTIN]
    return HostContext(
        environ=environ,
        sources=local.sources,
        proxies=proxy_settings(local.settings, local.facts.pip, environ),
        clock=_clock(local),
        platform=local.platform,
        default_hosts=local.default_hosts,
        only_default=builtin_alone and not request.named,
        proxy_script=lambda: system.proxy_script(local.platform, environ),
        client_certificate=client_certificate.read_client_certificate(
            client.value if client else ""
        ),
        client_certificate_by=client.named_by if client and not client.file else "",
        windows=system.windows_roots,
        pip=pips[0],
        pip_alone=pips[1],
        index_settings=_index_settings(local),
    )


def _index_settings(setup: LocalState) -> dict[tuple[str, str, int], str]:
    """Who names the index at an origin."""
    found = [*setup.indexes, *link_pages(setup.settings)]
    return {each.place.origin: each.named_by for each in found if isinstance(each.place, Endpoint)}


def _clock(local: LocalState) -> Clock:
    labels = [each.label for each in local.sources if each.kind == "certifi"]
    versions = [label.removeprefix("certifi").strip() for label in labels]
    return make_clock(datetime.now(timezone.utc), clock_witnesses(versions, local.facts.built))


# The first pip that asks the operating system's store, on Python 3.10 and newer.
_ASKS_SYSTEM = (24, 2)


def make_report(
    request: Request, environ: Mapping[str, str], progress: Callable[[str], None]
) -> Report:
    """Return what the doctor found. Raises SpipError where the target can't be asked at all."""
    progress("asking pip for its settings")
    local = collect_local_state(request, environ)
    rules = in_force.policy()
    hosts, problem = _hosts(request, local, environ, rules, progress)
    return Report(
        hosts=hosts,
        sources=local.sources,
        findings=_without_repeated_refusals(
            in_rank_order(
                [
                    *_pip_start_findings(problem, local),
                    *_findings(request, local, hosts, environ, rules),
                ]
            )
        ),
        target=local.facts,
        policy=rules,
        versions=_versions(),
        notices=(*local.notices, *policy_report.notices(rules)),
        spip=request.spip,
        indexes=tuple((_index_label(each), each.named_by) for each in local.indexes),
        named=", ".join(each.shown for each in request.named),
    )


def _without_repeated_refusals(found: tuple[Finding, ...]) -> tuple[Finding, ...]:
    """Leave out a file that is held back where a host's problem says the same of it."""
    said = {each.next for each in found if each.cause == "bundle-refused" and each.about}
    return tuple(each for each in found if each.about or each.next not in said)


def _hosts(
    request: Request,
    local: LocalState,
    environ: Mapping[str, str],
    rules: Policy,
    progress: Callable[[str], None],
) -> tuple[tuple[Evidence, ...], str]:
    """Return what was found out about the hosts, and why the target's pip doesn't start."""
    try:
        import ssl  # noqa: F401 - without it there is nothing to look with
    except ImportError:
        return (), ""
    with _running_pips(local, environ) as pips:
        from spip.doctor.hosts import check_hosts  # while pip starts

        grants = disabled_verification.grants_for_any_process(environ, rules)
        what = replace(make_host_context(request, local, environ, pips), grants=grants)
        found = check_hosts(request, local, what, progress)
        return found, pips[0].why_not() if pips[0] else ""


@contextlib.contextmanager
def _running_pips(
    local: LocalState, environ: Mapping[str, str]
) -> Iterator[tuple[TargetPip | None, TargetPip | None]]:
    """The target's pip as spip runs it, and alone; None for what the target can't run."""
    from spip.doctor.target_pip import target_pip

    facts = local.facts
    if facts.ssl_problem or facts.pip is None:
        yield None, None
        return
    through = target_pip(facts.python, environ, alone=False)
    alone = target_pip(facts.python, environ, alone=True) if _differs_alone(local) else None
    try:
        yield through, alone
    finally:
        for each in filter(None, (through, alone)):
            each.close()


def _differs_alone(local: LocalState) -> bool:
    """Whether pip without spip may trust something else: asking it takes time.

    It obeys a variable to the letter, also one that restricts or that names nothing.
    """
    facts = local.facts
    if any(each.kind == "explicit" for each in local.sources):
        return True
    own = {"os", "certifi"}
    common = frozenset[bytes]().union(*(each.roots for each in local.sources if each.kind in own))
    more = any(each.roots - common for each in local.sources)
    numbers = facts.pip.numbers if facts.pip else ()
    return more or numbers < _ASKS_SYSTEM or facts.version < (3, 10)


def _findings(
    request: Request,
    local: LocalState,
    hosts: Sequence[Evidence],
    environ: Mapping[str, str],
    rules: Policy,
) -> Iterator[Finding]:
    from spip.diagnosis.causes import diagnose_hosts

    facts, found = local.facts, local.settings
    yield from local_setup.findings(facts, found, local.sources, environ, local.platform)
    for index in local.indexes:
        where = index.place
        if isinstance(where, SpipError):
            yield local_setup.unusable_index_finding(index, where, local.platform)
        elif spoilt := local_setup.misspelt_index_finding(index, hosts, local.platform):
            yield spoilt
    yield from disabled_verification.findings(facts.pip, found, environ, local.platform)
    yield from disabled_verification.grant_findings(environ, rules)
    if broken := policy_report.finding(rules):
        yield broken
    yield from diagnose_hosts(hosts)
    for evidence in hosts:
        yield from trust_gaps.findings(evidence, facts, found)
    if facts.pip and facts.pip.certifi:
        yield from local_setup.certifi_findings(facts.pip)
    if request.strict:
        yield from trust_gaps.extra_root_findings(local.sources, found, local.platform, rules)


def _pip_start_findings(problem: str, local: LocalState) -> Iterator[Finding]:
    """Yield what keeps pip from starting: a value that an option can't have.

    A file that pip can't read keeps it from starting as well, and is a finding of its own.
    """
    if problem and not (local.facts.pip and local.facts.pip.settings_problem):
        named = local.settings.named_in(problem)
        yield make_finding("pip-settings", variant="value", text=problem, setting=named)


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


def _index_label(index: Setting) -> str:
    where = index.place
    return where.shown if isinstance(where, Endpoint) else "a folder"
