"""Find why a root is missing: who signed the chain, and where the root could come from."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from spip import data, sources
from spip.bridge import verify_codes
from spip.certificates.der import outline
from spip.diagnosis import missing_intermediate
from spip.diagnosis.findings import PROBLEM, host_finding
from spip.diagnosis.vendors import Product, find_product
from spip.text import printable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from spip.certificates.x509 import Certificate
    from spip.diagnosis.evidence import Candidate, Evidence
    from spip.diagnosis.findings import Finding


def reissued_ca_finding(evidence: Evidence) -> Finding | None:
    """Return it for a chain that nothing here trusts, or whose signature doesn't fit."""
    if where := _holder_of_same_name(evidence):
        issuer = evidence.chain[-1].issuer.shown
        # Of two roots of one name OpenSSL takes the first, where no identifier tells them apart.
        tells = evidence.chain[-1].extensions.authority_key is not None
        more = "" if tells else "keyless"
        return host_finding("another-key", evidence, next_variant=more, issuer=issuer, where=where)
    if is_signature_refused(evidence):
        return host_finding(
            "another-key", evidence, "sent", issuer=evidence.chain[-1].subject.shown
        )
    return None


def is_signature_refused(evidence: Evidence) -> bool:
    """Whether a verifier said so: it tries the key where no identifier of it stands in the way."""
    return was_refused(evidence, verify_codes.SIGNATURE)


def was_refused(evidence: Evidence, meaning: str) -> bool:
    """Whether the verifier refused the chain for that reason, one of `tls.codes`."""
    failed = evidence.observed.failure
    if failed is None or failed.kind != "certificate" or failed.step != "handshake":
        return False
    return verify_codes.meaning(failed.code, failed.text) == meaning


def _holder_of_same_name(evidence: Evidence) -> str:
    """Return what holds that root, "" for nothing. A root is its own issuer, by name."""
    top = evidence.chain[-1]
    if not is_signature_refused(evidence) and evidence.trusted_by:
        return ""
    for source in evidence.sources:
        for der in source.roots:
            cut = outline(der)  # reading each of them whole would take too long
            if cut is not None and cut.subject == top.issuer.der:
                return source.label
    return ""


# Sources that somebody made on purpose.
_DELIBERATE = {"explicit", "added", "admin"}


@dataclass(frozen=True)
class Interceptor:
    """Who signs the connection anew; `name` is what its certificates say."""

    name: str
    product: Product | None


def find_interceptor(evidence: Evidence) -> Interceptor | None:
    """Return who signs anew, only where it is proven.

    Proof: pip's built-in index, or the host of its files, presents a chain that doesn't end in a
    root of certifi's. A private index may have any root, so it proves nothing.
    """
    way = evidence.chain
    if not evidence.is_default or not way or not _chain_counts(evidence):
        return None
    if evidence.in_certifi or not evidence.certifi:
        return None
    if _lacks_intermediate(evidence) or _is_self_signed(evidence):
        return None
    return Interceptor(_signer(way[-1]), find_product(way))


def trust_findings(evidence: Evidence) -> Iterator[Finding]:
    """Yield why no root was found, and the one thing that would mend it."""
    if not evidence.chain or not (_untrusted(evidence) or is_signature_refused(evidence)):
        return
    if evidence.ends_passed_over and evidence.chain[-1].last < evidence.clock.now:
        return  # the root is known; that it has expired is said where dates are looked at
    if evidence.ends_distrusted:
        name = evidence.chain[-1].subject.shown
        yield host_finding("distrusted", evidence, text=f"its list names {name}", issuer=name)
        return
    if evidence.candidate:
        yield _candidate_finding(evidence, evidence.candidate)
    elif _is_self_signed(evidence):
        yield _self_signed(evidence)
    elif _untrusted(evidence) and (issuer := missing_intermediate.find_by_key(evidence)):
        yield host_finding("missing-intermediate", evidence, issuer=issuer)
    elif renewed := reissued_ca_finding(evidence):
        yield renewed
    elif _untrusted(evidence) and (issuer := missing_intermediate.find_by_name(evidence)):
        yield host_finding("missing-intermediate", evidence, issuer=issuer)
    else:
        yield _with_unreadable_source(_unknown_issuer_finding(evidence), evidence)


def _with_unreadable_source(found: Finding, evidence: Evidence) -> Finding:
    """Look first at what is there and can't be read: the root may be in it."""
    for source in evidence.sources:
        unread = [each for each in source.refused_files if each.why == sources.UNREADABLE]
        if source.kind not in _DELIBERATE or not (unread or source.unreadable_parts):
            continue
        path = unread[0].path if unread else source.path
        text = unread[0].text if unread else source.unreadable_parts[0]
        held = f"its {text}" if text.startswith("line ") else f"it {text}"
        step = unread[0].mend if unread else f"mend that part of {path}, and run the same again"
        line = f"{source.label} names {path}; {held}: the root may be there"
        lines = (printable(line, 300), *found.evidence)
        return replace(found, evidence=lines, next=printable(step, 300), owner="you")
    return found


def same_root_step(host: str) -> str:
    """Return the next step where the root that `host` needs helps as well."""
    words = data.table("causes")["unknown-authority"]
    return str(words["next-same"]).format(host=host)


def _untrusted(evidence: Evidence) -> bool:
    return was_refused(evidence, verify_codes.UNTRUSTED)


def _chain_counts(evidence: Evidence) -> bool:
    """Whether the chain was judged by its root: accepted, or refused for nothing but the root."""
    return evidence.observed.failure is None or _untrusted(evidence)


def _candidate_finding(evidence: Evidence, candidate: Candidate) -> Finding:
    if held := candidate.refused_file:
        said = {"setting": candidate.tool, "path": held.path, "text": held.text, "mend": held.mend}
        variant = "spelt" if held.why == sources.MISSING else "needed"
        return replace(host_finding("bundle-refused", evidence, variant, **said), severity=PROBLEM)
    facts: dict[str, Any] = {"path": candidate.path, "update": evidence.update}
    if candidate.kind == "tool":
        facts |= {"tool": candidate.tool, "setting": candidate.setting}
        return host_finding("root-of-another-tool", evidence, **facts)
    variant = {"agent": "agent", "windows": "windows"}.get(candidate.kind, candidate.unfit)
    return host_finding(
        "root-in-unused-place",
        evidence,
        variant,
        next_variant="add" if variant == "agent" else "",
        product=candidate.tool or "an agent",
        mend=candidate.mend,
        **facts,
    )


def _unknown_issuer_finding(evidence: Evidence) -> Finding:
    who = find_interceptor(evidence)
    issuer = _signer(evidence.chain[-1])
    if who is None:
        known = find_product(evidence.chain)
        lines = [f"{known.name} signs under such a name"] if known else []
        alone = "alone" if missing_intermediate.sends_only_its_own(evidence) and not known else ""
        found = host_finding("unknown-authority", evidence, alone, issuer=issuer)
        return replace(found, evidence=tuple(lines))
    if who.product is None:
        return host_finding("untrusted-interceptor", evidence, issuer=issuer)
    return host_finding(
        "untrusted-interceptor",
        evidence,
        who.product.kind if who.product.kind != "network" else "product",
        issuer=issuer,
        product=who.product.name,
    )


def _is_self_signed(evidence: Evidence) -> bool:
    return bool(evidence.presented) and evidence.presented[0].is_self_issued


def _self_signed(evidence: Evidence) -> Finding:
    """Who trusts it as it is, and whether that can be: a root has to be an authority's."""
    leaf = evidence.presented[0]
    named = [each for each in evidence.sources if leaf.der in each.ignored and each.path]
    if named and not leaf.is_authority:
        facts = {"setting": named[0].label, "path": named[0].path}
        return host_finding("self-signed", evidence, "named", **facts)
    return host_finding("self-signed", evidence, "authority" if leaf.is_authority else "")


def _lacks_intermediate(evidence: Evidence) -> bool:
    return _untrusted(evidence) and bool(
        missing_intermediate.find_by_key(evidence) or missing_intermediate.find_by_name(evidence)
    )


def _signer(top: Certificate) -> str:
    return top.subject.shown if top.is_self_issued else top.issuer.shown
