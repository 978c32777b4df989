"""Find which source of roots lacks the root of a host's chain, though spip gets through."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from spip.certificates import x509
from spip.diagnosis.findings import NOTE, SPIP, make_finding
from spip.doctor import unused_roots
from spip.doctor.setting_commands import unset_source
from spip.doctor.source_states import certificates_at
from spip.environment import system
from spip.sources import SourceRejected

if TYPE_CHECKING:
    from collections.abc import Iterator

    from spip.certificates.x509 import Certificate
    from spip.diagnosis.evidence import Evidence, SourceState
    from spip.diagnosis.findings import Finding
    from spip.environment.pip_settings import Settings
    from spip.environment.target_facts import Facts, Pip
    from spip.policy.policy_file import Policy

_ASKS_SYSTEM = (24, 2)  # the first pip that does, on Python 3.10 and newer
# In the order in which plain pip takes them (facts: pip, section 2); each replaces the others.
_REPLACING = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "PIP_CERT", "pip's setting cert")


def findings(evidence: Evidence, facts: Facts, settings: Settings) -> Iterator[Finding]:
    """Yield what plain pip and other programs will miss, though spip gets through."""
    if not evidence.observed.works or not evidence.trusted_by:
        return
    root = evidence.chain[-1]
    yield from _unused_place_findings(evidence, root)
    yield from _outdated_store(evidence, root)
    yield from _stale_bundle_findings(evidence, root, settings)
    if facts.pip:
        yield from _of_pip(evidence, facts, facts.pip, root)
    yield from _conda(evidence, facts, root)


def _unused_place_findings(evidence: Evidence, root: Certificate) -> Iterator[Finding]:
    """A root that spip takes from where no other program looks."""
    holders = [source for source in evidence.sources if root.der in source.roots]
    if {source.kind for source in holders} <= {"anchor", "vendor"}:
        variant, facts = "agent-taken", dict[str, str]()
        if holders[0].kind == "anchor":
            unfit, facts = unused_roots.store_obstacle(
                holders[0].path or "", root.der, evidence.update
            )
            variant = f"taken-{unfit}" if unfit else "taken"
        yield make_finding(
            "root-in-unused-place",
            variant=variant,
            severity=NOTE,
            about=evidence.host,
            host=evidence.host,
            path=holders[0].path,
            product=holders[0].label,
            update=evidence.update,
            **facts,
        )


def _outdated_store(evidence: Evidence, root: Certificate) -> Iterator[Finding]:
    system_roots = evidence.roots_of("os")
    if system_roots and root.der not in system_roots and evidence.in_certifi:
        update = system.update_roots_command()
        facts = {"host": evidence.host, "name": root.subject.shown, "update": update}
        yield make_finding("os-store-outdated", about=evidence.host, **facts)


def _stale_bundle_findings(
    evidence: Evidence, root: Certificate, settings: Settings
) -> Iterator[Finding]:
    named = {each.label: each for each in evidence.sources if each.kind == "explicit"}
    set_here = [label for label in _REPLACING if label in named]
    for label in set_here[:1] + (["SSL_CERT_FILE"] if "SSL_CERT_FILE" in named else []):
        source = named[label]
        if source.roots and root.der not in source.roots:
            affected = "requests and older pips" if label in _REPLACING else "other programs"
            yield make_finding(
                "bundle-stale",
                about=evidence.host,
                evidence=[f"plain pip takes {set_here[0]}, not {x}" for x in set_here[1:]],
                setting=label,
                path=source.path,
                host=evidence.host,
                affected=affected,
                unset=unset_source(source, settings, evidence.platform),
            )


def _of_pip(evidence: Evidence, facts: Facts, pip: Pip, root: Certificate) -> Iterator[Finding]:
    try:
        known = certificates_at(pip.certifi)
    except SourceRejected:
        return
    if root.der in known:
        return
    in_system = root.der in evidence.roots_of("os")
    if in_system and pip.numbers < _ASKS_SYSTEM and facts.version >= (3, 10):
        yield make_finding("pip-upgrade-enough", version=pip.version)
    elif evidence.in_certifi and not in_system:
        yield make_finding(
            "certifi-outdated",
            about=evidence.host,
            host=evidence.host,
            where=f"pip {pip.version}",
            version=pip.certifi_version,
            package="pip",
        )


def _conda(evidence: Evidence, facts: Facts, root: Certificate) -> Iterator[Finding]:
    inside = facts.is_conda and facts.ssl_file.startswith(facts.prefix + os.sep)
    if not inside or root.der not in evidence.roots_of("os"):
        return
    try:
        known = certificates_at(facts.ssl_file)
    except SourceRejected:
        known = frozenset()
    if root.der not in known:
        said = {"python": facts.python, "path": facts.ssl_file, "host": evidence.host}
        yield make_finding("conda-store", about=evidence.host, **said)


def extra_root_findings(
    sources: tuple[SourceState, ...], settings: Settings, platform: str, rules: Policy
) -> Iterator[Finding]:
    """Yield each root that neither the system nor certifi has, and who brought it in.

    Those that the policy brings in, or expects, are the administrator's own.
    """
    usual = frozenset[bytes]().union(
        *(source.roots for source in sources if source.kind in {"os", "certifi"})
    )
    seen: set[bytes] = set(usual)
    for source in sources:
        fresh = source.roots - seen
        seen |= fresh
        if source.kind == "admin" and source.path in rules.roots:
            continue
        for certificate in x509.readable(sorted(fresh))[0]:
            if certificate.fingerprint in rules.expected_roots:
                continue
            yield make_finding(
                "extra-root",
                name=certificate.subject.shown,
                evidence=[f"sha256 {certificate.fingerprint}"],
                setting=source.label,
                unset=_removal_command(source, certificate, settings, platform),
            )


def _removal_command(
    source: SourceState, certificate: Certificate, settings: Settings, platform: str
) -> str:
    """Return how a root that is extra goes, by where it came from."""
    if source.kind == "explicit":
        return unset_source(source, settings, platform)
    if source.kind == "added":
        return f"{SPIP} trust remove {certificate.fingerprint[:16]}"
    return f"an administrator removes it from {source.path}"
