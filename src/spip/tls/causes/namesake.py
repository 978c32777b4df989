"""Whether a root of the issuer's name is here whose key is another one: a renewed authority."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spip.certificates.der import outline
from spip.tls import codes
from spip.tls.causes.saying import say

if TYPE_CHECKING:
    from spip.tls.evidence import Evidence
    from spip.tls.words import Finding


def finding(evidence: Evidence) -> Finding | None:
    """Return it for a chain that nothing here trusts, or whose signature doesn't fit."""
    if where := _here(evidence):
        issuer = evidence.way[-1].issuer.shown
        # Of two roots of one name OpenSSL takes the first, where no identifier tells them apart.
        tells = evidence.way[-1].extensions.authority_key is not None
        more = "" if tells else "keyless"
        return say("another-key", evidence, next_variant=more, issuer=issuer, where=where)
    if is_proven(evidence):
        return say("another-key", evidence, "sent", issuer=evidence.way[-1].subject.shown)
    return None


def is_proven(evidence: Evidence) -> bool:
    """Whether a verifier said so: it tries the key where no identifier of it stands in the way."""
    return was_refused(evidence, codes.SIGNATURE)


def was_refused(evidence: Evidence, meaning: str) -> bool:
    """Whether the verifier refused the chain for that reason, one of `tls.codes`."""
    failed = evidence.observed.failure
    if failed is None or failed.kind != "certificate" or failed.step != "handshake":
        return False
    return codes.meaning(failed.code, failed.text) == meaning


def _here(evidence: Evidence) -> str:
    """Return what holds that root, "" for nothing. A root is its own issuer, by name."""
    top = evidence.way[-1]
    if not is_proven(evidence) and evidence.trusted_by:
        return ""
    for source in evidence.sources:
        for der in source.roots:
            cut = outline(der)  # reading each of them whole would take too long
            if cut is not None and cut.subject == top.issuer.der:
                return source.label
    return ""
