"""Roots beyond those of the system and of certifi, for those who keep count (--strict)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spip.certificates import x509
from spip.diagnosis.findings import SPIP, finding
from spip.doctor.undo import unset_source

if TYPE_CHECKING:
    from collections.abc import Iterator

    from spip.certificates.x509 import Certificate
    from spip.diagnosis.evidence import Consulted
    from spip.diagnosis.findings import Finding
    from spip.environment.pip_settings import Settings
    from spip.policy.policy_file import Policy


def findings(
    sources: tuple[Consulted, ...], settings: Settings, platform: str, rules: Policy
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
            yield finding(
                "extra-root",
                name=certificate.subject.shown,
                evidence=[f"sha256 {certificate.fingerprint}"],
                setting=source.label,
                unset=_taken_away(source, certificate, settings, platform),
            )


def _taken_away(
    source: Consulted, certificate: Certificate, settings: Settings, platform: str
) -> str:
    """Return how a root that is extra goes, by where it came from."""
    if source.kind == "explicit":
        return unset_source(source, settings, platform)
    if source.kind == "added":
        return f"{SPIP} trust remove {certificate.fingerprint[:16]}"
    return f"an administrator removes it from {source.path}"
