"""Write the report as JSON, by the schema in docs/doctor.schema.json."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from spip import redact
from spip.doctor import policy_report, report

if TYPE_CHECKING:
    from datetime import datetime

    from spip.certificates.x509 import Certificate
    from spip.diagnosis.evidence import Evidence, SourceState
    from spip.diagnosis.findings import Finding
    from spip.doctor.report import Report
    from spip.environment.target_facts import Facts

# Raised by one whenever a reader of the older form could be misled.
SCHEMA = 1


def report_json(found: Report, failing: tuple[str, ...]) -> str:
    """Return the report as JSON text, in ASCII."""
    return redact.logins(json.dumps(report_values(found, failing), indent=2))


def report_values(found: Report, failing: tuple[str, ...]) -> dict[str, Any]:
    """Return the report as plain values."""
    from spip.doctor import letter

    word, sentence = report.verdict(found, failing)
    return {
        "schema": SCHEMA,
        "verdict": "healthy" if word == "OK" else "problem",
        "sentence": sentence,
        "failing": list(failing),
        "findings": [_finding(each, found.spip) for each in found.findings],
        "hosts": [_host(each) for each in found.hosts],
        "sources": [_source(each) for each in found.sources],
        "target": _target(found.target) if found.target else None,
        "versions": dict(found.versions),
        "policy": found.policy.path or "none",
        "rules": policy_report.rules(found.policy),
        "notices": list(found.notices),
        "letter": letter.write_letter(found),
    }


def _finding(each: Finding, spip: str) -> dict[str, Any]:
    return {
        "cause": each.cause,
        "weight": each.severity,
        "about": each.about,
        "sentence": each.sentence,
        "evidence": list(each.evidence),
        "next": each.next_for(spip),
        "who": each.owner,
        "why": each.why,
        "page": each.page,
    }


def _host(evidence: Evidence) -> dict[str, Any]:
    seen = evidence.observed
    agreed = seen.spoken or seen.offered
    return {
        "scheme": seen.place.scheme,
        "host": seen.place.host,
        "port": seen.place.port,
        "builtin": evidence.is_default,
        "proxy": seen.proxy.shown if seen.proxy else None,
        "works": seen.works,
        "failure": {
            "step": seen.failure.step,
            "kind": seen.failure.kind,
            "text": seen.failure.text,
            "code": seen.failure.code,
        }
        if seen.failure
        else None,
        "addresses": list(seen.addresses),
        "tls": agreed.version if agreed else None,
        "cipher": agreed.cipher if agreed else None,
        "status": seen.answer.status if seen.answer else None,
        "server_time": _moment(seen.server_time) if seen.server_time else None,
        "seconds": round(seen.seconds, 3),
        "way": [stop.name for stop in report.route(evidence)],
        "chain": [_certificate(each) for each in evidence.chain],
        "presented": len(seen.presented),
        "trusted_by": list(evidence.trusted_by),
        "pip_alone": evidence.pip_alone or None,
    }


def _certificate(certificate: Certificate) -> dict[str, Any]:
    has = certificate.extensions
    return {
        "subject": certificate.subject.text,
        "issuer": certificate.issuer.text,
        "valid_from": _moment(certificate.first),
        "valid_until": _moment(certificate.last),
        "names": list(certificate.names),
        "sha256": certificate.fingerprint,
        "key": certificate.key.name,
        "digest": certificate.digest,
        "authority": certificate.is_authority,
        "key_usage": sorted(has.usage) if has.usage is not None else None,
        "purposes": list(has.purposes) if has.purposes is not None else None,
    }


def _source(source: SourceState) -> dict[str, Any]:
    return {
        "kind": source.kind,
        "label": source.label,
        "path": source.path,
        "roots": len(source.roots),
        "problem": source.problem or None,
    }


def _target(facts: Facts) -> dict[str, Any]:
    return {
        "python": facts.python,
        "version": facts.shown_version,
        "prefix": facts.prefix,
        "rule": facts.rule,
        "ssl": facts.ssl_version or None,
        "pip": facts.pip.version if facts.pip else None,
    }


def _moment(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
