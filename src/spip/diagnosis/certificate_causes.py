"""Find what is wrong with certificates: names, weak keys, what verifiers or strict rules refuse."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spip import data
from spip.bridge import verify_codes
from spip.certificates.names import covers, is_address
from spip.certificates.strict_rules import defects
from spip.diagnosis.findings import NOTE, PROBLEM, Finding, host_finding, make_finding

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from spip.certificates.x509 import Certificate
    from spip.diagnosis.evidence import Evidence

_MOST_NAMES_SHOWN = 5
_OLD_DIGESTS = {"md2": "MD2", "md5": "MD5", "sha1": "SHA-1"}
# Bits below which OpenSSL's security level 2, which Python asks for since 3.10, says no.
_LEAST_BITS = {"RSA": 2048, "DSA": 2048, "EC": 224}


def certificate_findings(evidence: Evidence) -> Iterator[Finding]:
    """Yield what is wrong with what was presented; all of it, also behind an untrusted root."""
    failed = evidence.observed.failure
    refused = failed is not None and failed.kind == "certificate" and failed.step == "handshake"
    if refused:
        meaning = verify_codes.meaning(failed.code, failed.text) if failed else ""
        yield from _names(evidence, meaning)
        yield from _weak(evidence, meaning)
        yield from _system_verdict(evidence, meaning)
        yield from _unfit(evidence, meaning)
        if evidence.unreadable or meaning == verify_codes.UNREADABLE:
            text = evidence.unreadable or (failed.text if failed else "")
            yield host_finding("unreadable-certificate", evidence, text=text)
    yield from _strict(evidence, refused=refused)


def _names(evidence: Evidence, meaning: str) -> Iterator[Finding]:
    if not evidence.presented:
        return
    leaf, host = evidence.presented[0], evidence.observed.place.host
    # Without any name in the extension, OpenSSL still looks into the subject.
    names = leaf.names if leaf.extensions.has_names else (leaf.subject.common,)
    if covers(names, host) and meaning != verify_codes.NAME:
        return
    shown = ", ".join(leaf.names[:_MOST_NAMES_SHOWN])
    more = len(leaf.names) - _MOST_NAMES_SHOWN
    shown += f" and {more} more" if more > 0 else ""
    variant = "" if leaf.names else "none"
    meant = "named" if any(_may_be_meant(name, host) for name in leaf.names) else ""
    yield host_finding("wrong-host-name", evidence, variant, next_variant=meant, names=shown)


def _may_be_meant(name: str, host: str) -> bool:
    """Whether it could be another name of the same server, and not of somebody else's."""
    if name.startswith("*.") or is_address(name):
        return False
    if is_address(host) or "." not in host:  # an address, or a short name as in an inner network
        return is_address(host) or name.partition(".")[0] == host
    return name.split(".")[-2:] == host.split(".")[-2:]


def _weak(evidence: Evidence, meaning: str) -> Iterator[Finding]:
    for certificate in evidence.chain:
        weakness = _weakness(certificate)
        if weakness:
            name = certificate.subject.shown
            yield host_finding("weak-certificate", evidence, name=name, weakness=weakness)
            return
    if meaning == verify_codes.WEAK and evidence.chain:
        name, weakness = evidence.chain[0].subject.shown, evidence.chain[0].key.name
        yield host_finding("weak-certificate", evidence, name=name, weakness=weakness)


def _weakness(certificate: Certificate) -> str:
    """Return what is weak; a root's own signature is never looked at, so it may be old."""
    key = certificate.key
    if 0 < key.bits < _LEAST_BITS.get(key.kind, 0):
        return f"a key of {key.bits} bits ({key.name})"
    if certificate.digest in _OLD_DIGESTS and not certificate.is_self_issued:
        return f"a signature with {_OLD_DIGESTS[certificate.digest]}"
    return ""


def _system_verdict(evidence: Evidence, meaning: str) -> Iterator[Finding]:
    failed = evidence.observed.failure
    issuer = evidence.chain[-1].issuer.shown if evidence.chain else "(unknown)"
    causes = {
        verify_codes.REVOKED: "revoked",
        verify_codes.DISTRUSTED: "distrusted",
        verify_codes.REVOCATION_UNKNOWN: "revocation-unknown",
        verify_codes.APPLE_RULES: "apple-rules",
        verify_codes.UNREACHABLE: "verifier-unreachable",
        verify_codes.TOO_LONG: "chain-too-long",
    }
    if failed and meaning in causes:
        yield host_finding(causes[meaning], evidence, text=failed.text, issuer=issuer)


def _unfit(evidence: Evidence, meaning: str) -> Iterator[Finding]:
    """What a certificate is used for and isn't made for; only the verifier knows which it is."""
    failed = evidence.observed.failure
    if not failed or meaning not in verify_codes.UNFIT:
        return
    defect = data.table("causes")["unfit-certificate"][f"defect-{meaning}"]
    variant = "names" if meaning == verify_codes.NAMES_ALLOWED else ""
    yield host_finding("unfit-certificate", evidence, variant, defect=defect, text=failed.text)


def _strict(evidence: Evidence, *, refused: bool) -> Iterator[Finding]:
    """One finding for each certificate that strict rules refuse, with all that it lacks."""
    failed = evidence.observed.failure
    words = data.table("causes")["strict-rules"]
    by_certificate: dict[Certificate, list[str]] = {}
    for defect in defects(evidence.chain):
        by_certificate.setdefault(defect.certificate, []).append(str(words[defect.rule]))
    strict = bool(failed and verify_codes.meaning(failed.code) == verify_codes.STRICT)
    for certificate, broken in by_certificate.items():
        yield make_finding(
            "strict-rules",
            variant="refused" if refused else "",
            severity=PROBLEM if strict else NOTE,
            about=evidence.host,
            host=evidence.host,
            name=certificate.subject.shown,
            defect=" and ".join(broken),
        )


def address_finding(evidence: Evidence, found: Sequence[Finding]) -> Finding | None:
    """Return it where another address of the host is in order; `found` is what is wrong with this.

    pip takes the first address that a connection comes about with, so it never gets to the others.
    """
    seen = evidence.observed
    good = [each.address for each in seen.others if each.failure is None]
    problems = [each.sentence for each in found if each.severity == "problem"]
    if not good or not problems:
        return None
    bad = address_with_family(seen.address)
    good_ones = " and ".join(address_with_family(each) for each in good)
    return host_finding("addresses-differ", evidence, bad=bad, good=good_ones, what=problems[0])


def address_with_family(address: str) -> str:
    """Return an address with its family, by which people tell the two apart."""
    return f"{'IPv6' if ':' in address else 'IPv4'} {address}"
