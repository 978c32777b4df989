"""Write a request to IT or to a host's owner: what was refused, and what would help."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from spip import data
from spip.certificates.names import is_address
from spip.certificates.strict_rules import defects
from spip.diagnosis.findings import NOTE
from spip.doctor.report import merge_findings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from spip.diagnosis.evidence import Evidence
    from spip.diagnosis.findings import Finding
    from spip.doctor.report import Report

_OTHERS = {"IT", "host"}
_FAILS = "pip can't work here as it should, and the remedy is on your side."
_WORKS = "pip works here, other programs don't or soon won't, and the remedy is on your side."
_WIDTH = 78
# Causes that a root certificate would mend.
_ROOT_WANTED = {"untrusted-interceptor", "another-key", "unknown-authority", "proxy-certificate"}


def write_letter(found: Report) -> str:
    """Return the letter, "" where nobody but the user has to act."""
    asked = [
        each for each in found.findings if each.owner in _OTHERS and each.cause != "extra-root"
    ]
    if not asked:
        return ""
    works = all(each.severity == NOTE for each in asked)
    lines = ["Hello,", "", _WORKS if works else _FAILS]
    for finding, others in merge_findings(asked):
        lines += ["", *_request(finding, others, _evidence(found, finding))]
    lines += ["", "This was found by `spip doctor`, which verifies connections as pip does."]
    return "\n".join(lines)


def _evidence(found: Report, finding: Finding) -> Evidence | None:
    return next((each for each in found.hosts if each.host == finding.about), None)


def _request(finding: Finding, others: tuple[str, ...], evidence: Evidence | None) -> Iterator[str]:
    same = f" The same holds for {', '.join(others)}." if others else ""
    yield textwrap.fill(f"* {finding.sentence}.{same}", _WIDTH, subsequent_indent="  ")
    if finding.cause in _ROOT_WANTED and evidence and evidence.chain:
        top = evidence.chain[-1]
        name = top.subject.text if top.is_self_issued else top.issuer.text
        yield _filled(f"Please give us the root certificate of: {name}")
        yield "  and its SHA-256 fingerprint on another way (a page, the telephone)."
    else:
        yield _filled(finding.why)
    if evidence and finding.cause == "strict-rules":
        yield from _extensions(evidence)
    if evidence and evidence.observed.place.scheme == "https":
        yield "  This shows what is presented:"
        yield f"    {show_command(evidence)}"


def _extensions(evidence: Evidence) -> Iterator[str]:
    words = data.table("causes")["strict-rules"]
    for defect in defects(evidence.chain):
        name = defect.certificate.subject.text
        yield _filled(f"{name}: {words[defect.rule]}. Please issue it again with that mended.")
        yield f"  SHA-256 of the certificate: {defect.certificate.fingerprint}"
        yield "  With the certificate in FILE, this shows the extension:"
        yield f"    openssl x509 -in FILE -noout -subject -ext {defect.extension}"


def _filled(text: str) -> str:
    return textwrap.indent(textwrap.fill(text, _WIDTH - 2), "  ")


def show_command(evidence: Evidence) -> str:
    """Return the OpenSSL command that shows the chain as it was seen."""
    seen = evidence.observed
    proxy = f" -proxy {seen.proxy.shown}" if seen.proxy else ""
    host = seen.place.host
    # An IPv6 address stands in brackets before its port; no address is a server's name in TLS.
    end = f"[{host}]" if ":" in host else host
    name = "" if is_address(host) else f" -servername {host}"
    return f"openssl s_client{proxy} -connect {end}:{seen.place.port}{name} -showcerts </dev/null"
