"""Ask the target, its settings, the sources and the hosts; put together what they said."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from typing import TYPE_CHECKING

import spip
from spip.bridge import setting_origin
from spip.diagnosis.evidence import Clock
from spip.diagnosis.findings import finding, in_order
from spip.doctor import disabled_verification, local_setup, policy_report, trust_gaps
from spip.doctor.report import Report
from spip.doctor.source_states import consulted
from spip.environment import system
from spip.environment.pip_settings import BUILTIN, index_urls
from spip.environment.target_facts import here, proxies
from spip.errors import SpipError
from spip.policy import in_force
from spip.probe.endpoint import Endpoint, parse_endpoint

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from spip.diagnosis.evidence import Consulted, Evidence
    from spip.diagnosis.findings import Finding
    from spip.doctor.host_check import Known
    from spip.doctor.target_pip import TargetPip
    from spip.environment.pip_settings import Setting, Settings
    from spip.environment.target_facts import Facts
    from spip.policy.policy_file import Policy


def clock(now: datetime, witnesses: Iterable[tuple[str, datetime | None]]) -> Clock:
    """Return the clock with the latest of the witnesses: what was made, and when."""
    known = [(moment, what) for what, moment in witnesses if moment]
    if not known:
        return Clock(now)
    moment, what = max(known)
    return Clock(now, moment, what)


def certifi_date(version: str) -> datetime | None:
    """Return the day of a certifi, whose version is one: 2026.10.18."""
    parts = version.split(".")
    with contextlib.suppress(ValueError, TypeError):
        year, month, day = (int(part) for part in parts[:3])
        return datetime(year, month, day, tzinfo=timezone.utc)
    return None


def build_date(text: str) -> datetime | None:
    """Return the day of a Python's build, as `platform.python_build` says it: May  9 2026 07:36."""
    with contextlib.suppress(ValueError):
        day = " ".join([*text.split()[:3], "+0000"])
        return datetime.strptime(day, "%b %d %Y %z")
    return None


def witnesses(
    certifi_versions: Iterable[str], python_built: str
) -> Iterator[tuple[str, datetime | None]]:
    """Yield what was made when, as far as it says so."""
    yield "this Python", build_date(python_built)
    for version in certifi_versions:
        yield f"certifi {version}", certifi_date(version)


@dataclass(frozen=True)
class Order:
    """What is to be examined: places that the user named (none: pip's indexes), and how."""

    named: tuple[Endpoint, ...] = ()
    strict: bool = False
    by_module: bool = False
    spip: str = "spip"


@dataclass(frozen=True)
class Setup:
    """What was found without any network."""

    facts: Facts
    settings: Settings
    indexes: tuple[Setting, ...]
    sources: tuple[Consulted, ...]
    platform: str
    notices: tuple[str, ...] = ()

    @property
    def default_hosts(self) -> frozenset[str]:
        """The hosts of pip's built-in index and of its files."""
        pip = self.facts.pip
        if pip is None or not pip.default_index:
            return frozenset()
        return frozenset({parse_endpoint(pip.default_index).host, pip.default_files})


def set_up(order: Order, environ: Mapping[str, str]) -> Setup:
    """Ask the target and read the sources. Raises SpipError where the target doesn't answer."""
    this = here(environ, by_module=order.by_module)
    return Setup(
        facts=this.facts,
        settings=this.settings,
        indexes=index_urls(this.settings, this.facts.pip),
        sources=consulted(this.sources, _cert_at(this.settings)),
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


def known(
    order: Order,
    setup: Setup,
    environ: Mapping[str, str],
    pips: tuple[TargetPip | None, TargetPip | None] = (None, None),
) -> Known:
    """Return what every host is examined by; `pips`: the target's, through spip and alone.

    Needs ssl.
    """
    from spip.doctor import client_certificate
    from spip.doctor.host_check import Known

    client = setup.settings.get("client-cert")
    builtin_alone = [each.named_by for each in setup.indexes] == [BUILTIN]
    return Known(
        environ=environ,
        sources=setup.sources,
        proxies=proxies(setup.settings, setup.facts.pip, environ),
        clock=_clock(setup),
        platform=setup.platform,
        default_hosts=setup.default_hosts,
        only_default=builtin_alone and not order.named,
        proxy_script=lambda: system.proxy_script(setup.platform, environ),
        client_certificate=client_certificate.read(client.value if client else ""),
        client_certificate_by=client.named_by if client and not client.file else "",
        windows=system.windows_roots,
        pip=pips[0],
        pip_alone=pips[1],
    )


def _clock(setup: Setup) -> Clock:
    labels = [each.label for each in setup.sources if each.kind == "certifi"]
    versions = [label.removeprefix("certifi").strip() for label in labels]
    return clock(datetime.now(timezone.utc), witnesses(versions, setup.facts.built))


# The first pip that asks the operating system's store, on Python 3.10 and newer.
_ASKS_SYSTEM = (24, 2)


def examination(
    order: Order, environ: Mapping[str, str], progress: Callable[[str], None]
) -> Report:
    """Return what the doctor found. Raises SpipError where the target can't be asked at all."""
    progress("asking pip for its settings")
    setup = set_up(order, environ)
    rules = in_force.policy()
    hosts, problem = _hosts(order, setup, environ, rules, progress)
    return Report(
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
        notices=(*setup.notices, *policy_report.notices(rules)),
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

        grants = disabled_verification.of_every_process(environ, rules)
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
    yield from local_setup.findings(facts, found, setup.sources, environ, setup.platform)
    for index in setup.indexes:
        where = index.place
        if isinstance(where, SpipError):
            yield local_setup.no_index(index, where, setup.platform)
        elif spoilt := local_setup.spoilt_index(index, hosts, setup.platform):
            yield spoilt
    yield from disabled_verification.findings(facts.pip, found, environ, setup.platform)
    yield from disabled_verification.grant_findings(environ, rules)
    if broken := policy_report.finding(rules):
        yield broken
    yield from findings_together(hosts)
    for evidence in hosts:
        yield from trust_gaps.findings(evidence, facts, found)
    if facts.pip and facts.pip.certifi:
        yield from local_setup.certifi_findings(facts.pip)
    if order.strict:
        yield from trust_gaps.extra_root_findings(setup.sources, found, setup.platform, rules)


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
