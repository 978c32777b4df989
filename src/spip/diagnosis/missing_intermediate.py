"""Tell a missing intermediate certificate from a missing root.

The verifier's error is the same for both. A server that sends its own certificate alone lacks one
in between where an authority that is known here, trusted or not, stands above that certificate.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from spip.certificates import x509
from spip.certificates.der import outline

if TYPE_CHECKING:
    from collections.abc import Iterable

    from spip.certificates.x509 import Certificate
    from spip.diagnosis.evidence import Evidence

# Where authorities publish their intermediates, if the address doesn't have their name in it.
_PUBLISHERS = {
    "lencr.org": "Internet Security Research Group",
    "pki.goog": "Google Trust Services LLC",
    "sectigo.com": "The USERTRUST Network",
    "ss2.us": "Starfield Technologies, Inc.",
}
# Words that name nobody in particular.
_COMMON_WORDS = {
    "authority", "certificate", "certification", "corp", "example", "limited", "network", "root",
    "secure", "security", "services", "trust",
}  # fmt: skip


def find_by_key(evidence: Evidence) -> str:
    """Return the issuer's name where the certificate in between itself lies on this machine."""
    top = _top(evidence)
    wanted = top.extensions.authority_key if top else None
    if top is None or wanted is None:
        return ""
    for der in evidence.known:
        cut = outline(der)
        if cut is None or cut.subject_key != wanted:
            continue
        if cut.subject != cut.issuer or cut.subject != top.issuer.der:
            return top.issuer.shown
    return ""


def find_by_name(evidence: Evidence) -> str:
    """Return the issuer's name where its organisation, or its address, is a known authority's.

    What is called a root is none in between.
    """
    top = _top(evidence)
    if top is None or "root" in top.issuer.common.lower():
        return ""
    organization = top.issuer.organization
    publishers = _publishers(top)
    same = (
        root.subject.der != top.issuer.der
        and (
            (organization and root.subject.organization == organization)
            or _is_one_of(root, publishers)
        )
        for root in _roots_that_mention(evidence, {organization, *publishers} - {""})
    )
    return top.issuer.shown if any(same) else ""


def sends_only_its_own(evidence: Evidence) -> bool:
    """Whether nothing was sent but the server's certificate, by somebody not called a root."""
    top = _top(evidence)
    alone = len(evidence.presented) == 1
    return alone and top is not None and "root" not in top.issuer.shown.lower()


def _top(evidence: Evidence) -> Certificate | None:
    """Return the last that was sent, if it needs one above it."""
    sent = x509.ordered(evidence.presented)
    return sent[-1] if sent and not sent[-1].is_self_issued else None


def _publishers(top: Certificate) -> set[str]:
    """Return whose names are in the addresses where the issuer's certificate is published (AIA)."""
    found: set[str] = set()
    for url in top.extensions.issuer_urls:
        try:
            host = (urlsplit(url).hostname or "").lower()
        except ValueError:  # a certificate may hold anything
            continue
        labels = host.split(".")
        found.add(_PUBLISHERS.get(".".join(labels[-2:]), ""))
        found |= {each for each in labels[:-1][-1:] if len(each) > 3 and each not in _COMMON_WORDS}
    return found - {""}


def _is_one_of(root: Certificate, publishers: Iterable[str]) -> bool:
    """Whether the root's owner has one of these names, as a whole or as its words."""
    name = f"{root.subject.organization} {root.subject.common}".lower()
    words = {"".join(re.findall(r"\w", part)) for part in name.split()}
    return any(each.lower() in words or each == root.subject.organization for each in publishers)


def _roots_that_mention(evidence: Evidence, names: Iterable[str]) -> tuple[Certificate, ...]:
    """Reading all of them whole would take longer than the handshake did."""
    texts = [name.lower().encode() for name in names]
    mentioning = [
        der
        for der in evidence.known
        if (cut := outline(der)) and any(text in cut.subject.lower() for text in texts)
    ]
    return x509.readable(mentioning)[0]
