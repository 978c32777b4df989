"""The report as values, and the sentences and lines that every form of it shows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from spip.diagnosis.findings import NOTE, PROBLEM, Finding
from spip.diagnosis.trust_causes import find_interceptor
from spip.text import printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from spip.certificates.x509 import Certificate
    from spip.diagnosis.evidence import Evidence, SourceState
    from spip.environment.target_facts import Facts
    from spip.policy.policy_file import Policy

RELAXATION = "verification-off"


@dataclass(frozen=True)
class Report:
    """One run of the doctor. `findings` are in order; `spip` is how this run was started."""

    hosts: tuple[Evidence, ...]
    sources: tuple[SourceState, ...]
    findings: tuple[Finding, ...]
    target: Facts | None
    policy: Policy
    versions: tuple[tuple[str, str], ...] = ()
    notices: tuple[str, ...] = ()
    spip: str = "spip"
    indexes: tuple[tuple[str, str], ...] = ()  # host, and who named it
    named: str = ""  # the hosts that the user asked about

    @property
    def problems(self) -> tuple[Finding, ...]:
        """What keeps pip from working."""
        return tuple(each for each in self.findings if each.severity == PROBLEM)

    @property
    def notes(self) -> tuple[Finding, ...]:
        """What is worth a look, though pip works."""
        return tuple(each for each in self.findings if each.severity == NOTE)

    @property
    def relaxations(self) -> tuple[Finding, ...]:
        """Where verification is switched off."""
        return tuple(each for each in self.findings if each.cause == RELAXATION)


@dataclass(frozen=True)
class Stop:
    """One station on the way: its name, what it does there, and whether it was reached."""

    name: str
    note: str = ""
    reached: bool = True


@dataclass(frozen=True)
class ChainLink:
    """One certificate of a chain. `note` says where trust ends."""

    certificate: Certificate
    note: str = ""


def route(evidence: Evidence, name: str = "") -> tuple[Stop, ...]:
    """Return the stations from here to the host; `name` is what a reader calls that."""
    seen = evidence.observed
    failed_step = seen.failure.step if seen.failure else ""
    stops = [Stop("you")]
    if seen.proxy:
        stops.append(Stop(seen.proxy.shown, "proxy", not failed_step.startswith("proxy-")))
    between = find_interceptor(evidence)
    if between:
        signer = between.product.name if between.product else between.name
        stops.append(Stop(signer, "signs TLS anew"))
    stops.append(Stop(name or evidence.host, reached=failed_step in {"", "handshake", "page"}))
    return tuple(stops)


def route_line(stops: tuple[Stop, ...]) -> str:
    """Return the way on one line, in ASCII."""
    parts = [stops[0].name]
    for stop in stops[1:]:
        parts.append("->" if stop.reached else "-x")
        parts.append(f"{stop.name} ({stop.note})" if stop.note else stop.name)
    return " ".join(parts)


def chain_links(evidence: Evidence) -> tuple[ChainLink, ...]:
    """Return the chain from leaf to root, each certificate once, with where trust ends."""
    links = [ChainLink(certificate) for certificate in evidence.chain]
    if not links:
        return ()
    top = evidence.chain[-1]
    if evidence.trusted_by:
        note = f"trusted by: {', '.join(evidence.trusted_by)}"
    elif evidence.observed.works:
        note = "trusted by: this system"
    elif top.is_self_issued:
        note = "trusted by nothing here"
    else:
        note = f'its issuer "{top.issuer.shown}" was not sent and is not known here'
    return (*links[:-1], ChainLink(top, note))


# What people call pip's built-in index.
BUILTIN = "PyPI"


def verdict(found: Report, failing: Sequence[str] = ()) -> tuple[str, str]:
    """Return the word ("OK" or "PROBLEM") and the sentence.

    `failing`: the causes that the exit code counts; under --strict notes are among them.
    """
    if found.problems:
        return "PROBLEM", found.problems[0].sentence
    strict = [each.sentence for each in found.notes if each.cause in failing]
    if strict:
        more = f" (and {len(strict) - 1} more, see below)" if len(strict) > 1 else ""
        return "PROBLEM", f"what --strict doesn't allow: {strict[0]}{more}"
    if not found.hosts:
        return "OK", "pip asks no index here, so there is nothing to connect to."
    what = f"{found.named} can be reached from here" if found.named else "pip works here"
    mute = [each.about for each in found.notes if each.cause == "index-answer"]
    if mute:
        said = f"{mute[0]} doesn't give pip what it asks for (see below)"
        return "OK", f"verification is on and TLS is in order, but {said}."
    if any(each.variant in {"hosts", "http"} for each in found.relaxations):
        return "OK", f"{what}, but verification is switched off for some of it (see below)."
    return "OK", f"{what}, and verification is on."


def pip_alone_lines(found: Report) -> tuple[str, ...]:
    """Return a line for each host where pip works through spip, and alone it doesn't."""
    return tuple(
        f"refused at {each.host} ({printable(each.pip_alone)}); through spip: works"
        for each in found.hosts
        if each.pip_alone
    )


def merge_findings(findings: Iterable[Finding]) -> list[tuple[Finding, tuple[str, ...]]]:
    """Return each finding once, with the other hosts that the same is true of."""
    found: dict[tuple[str, str], list[Finding]] = {}
    for each in findings:
        key = (each.cause, each.sentence.replace(each.about, "*") if each.about else each.sentence)
        found.setdefault(key, []).append(each)
    return [
        (same[0], tuple(dict.fromkeys(other.about for other in same[1:] if other.about)))
        for same in found.values()
    ]


def group_hosts(hosts: Sequence[Evidence]) -> list[tuple[Evidence, ...]]:
    """Return the hosts, those with the same outcome and the same way above the leaf together."""
    found: dict[object, list[Evidence]] = {}
    for evidence in hosts:
        seen, way = evidence.observed, evidence.chain
        outcome = (seen.failure.step, seen.failure.kind, seen.failure.code) if seen.failure else ()
        signed_by = (tuple(each.fingerprint for each in way[1:]), way[-1].issuer.der) if way else ()
        key = (outcome, signed_by or evidence.host, seen.proxy)
        found.setdefault(key, []).append(evidence)
    return [tuple(group) for group in found.values()]


def host_label(evidence: Evidence, found: Report) -> str:
    """Return what a reader calls a host: pip's own index and its files by their name."""
    pip = found.target.pip if found.target else None
    if not evidence.is_default or pip is None:
        return evidence.host
    is_files = evidence.observed.place.host == pip.default_files
    return f"{BUILTIN}'s files" if is_files else BUILTIN


def routes(group: tuple[Evidence, ...], found: Report) -> list[tuple[Stop, ...]]:
    """Return the way to each host, once for two indexes on one."""
    return list(dict.fromkeys(route(each, host_label(each, found)) for each in group))


def certificate_lines(one: ChainLink) -> tuple[str, ...]:
    """Return the lines for one certificate: name, dates, issuer; fingerprint; where trust ends."""
    certificate = one.certificate
    until = f"from {certificate.first:%Y-%m-%d} until {certificate.last:%Y-%m-%d}"
    issuer = "" if certificate.is_self_issued else f', by "{certificate.issuer.shown}"'
    called = certificate.subject.common or ", ".join(certificate.names[:1])
    lines = [f"{called or certificate.subject.shown}, {until}{issuer}", certificate.fingerprint]
    if one.note:
        lines.append(one.note)
    return tuple(lines)


def other_leaf_lines(group: tuple[Evidence, ...]) -> list[str]:
    """Return a line for the leaf of each host whose chain is otherwise that of the first."""
    first = group[0].chain[:1]
    differing = [each for each in group[1:] if each.chain and each.chain[:1] != first]
    return [
        f"{each.host}: until {each.chain[0].last:%Y-%m-%d}, {each.chain[0].fingerprint}"
        for each in differing
    ]


def tls_line(evidence: Evidence) -> str:
    """Return what the host speaks, and how long it took."""
    seen = evidence.observed
    agreed = seen.spoken or seen.offered
    parts = [f"{agreed.version}, {agreed.cipher}"] if agreed else []
    if seen.answer:
        parts.append(f"HTTP {seen.answer.status}")
    return f"{', '.join(parts)} ({seen.seconds:.2f} s)" if parts else ""


def source_line(source: SourceState, hosts: Sequence[Evidence]) -> str:
    """Return what a source of roots said."""
    if source.problem:
        return f"{source.label}: passed over, {printable(source.path or 'it')} {source.problem}"
    count = len(source.roots)
    line = f"{source.label}: {count} root{'' if count == 1 else 's'}"
    needed = [each for each in hosts if each.chain]
    has = [each for each in needed if each.chain[-1].der in source.roots]
    if needed and len(has) == len(needed):
        return f"{line}, has the root that is needed"
    return f"{line}, lacks the root that is needed" if needed and not has else line


def target_line(facts: Facts) -> str:
    """Return the line about the target: where, which Python, which pip, by which rule."""
    pip = f"pip {facts.pip.version}" if facts.pip else "no pip"
    tls = facts.ssl_version or "no ssl"
    return f"{facts.prefix}: Python {facts.shown_version}, {pip}, {tls} ({facts.rule})"
