"""The strict rules that Python 3.13 switched on (ssl.VERIFY_X509_STRICT), and who breaks them.

The rules are RFC 5280's, as OpenSSL's `check_extensions` applies them. pip's own default doesn't;
urllib, requests and most programs on Python 3.13 and newer do.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from spip.certificates.x509 import Certificate


@dataclass(frozen=True)
class Defect:
    """One rule that a certificate breaks: `rule` is its key in the table of words."""

    certificate: Certificate
    rule: str
    extension: str  # as OpenSSL's `-ext` option names it


def defects(way: tuple[Certificate, ...]) -> tuple[Defect, ...]:
    """Return what strict rules refuse on the way from a leaf to its root (both included)."""
    if len(way) < 2:  # a certificate that is its own root is exempt: RFC 6818, section 2
        return ()
    found = []
    for place, certificate in enumerate(way):
        is_last = place == len(way) - 1
        for rule, extension in _broken(certificate, is_leaf=place == 0, is_last=is_last):
            found.append(Defect(certificate, rule, extension))
    return tuple(found)


def _broken(certificate: Certificate, *, is_leaf: bool, is_last: bool) -> Iterator[tuple[str, str]]:
    has = certificate.extensions
    if not is_leaf:
        yield from _broken_by_authority(certificate)
    # Only the last needs none: it has no issuer but itself.
    if certificate.version >= 3 and not is_last and has.authority_key is None:
        yield "no-authority-key", "authorityKeyIdentifier"
    if is_leaf and has.usage is not None and "keyCertSign" in has.usage and not has.authority:
        yield "leaf-may-sign", "keyUsage"


def _broken_by_authority(certificate: Certificate) -> Iterator[tuple[str, str]]:
    has = certificate.extensions
    if not has.authority:
        yield "not-an-authority", "basicConstraints"
        return
    if not has.constraints_critical:
        yield "constraints-not-critical", "basicConstraints"
    if has.usage is None:
        yield "no-key-usage", "keyUsage"
    elif "keyCertSign" not in has.usage and has.path_length is not None:
        yield "may-not-sign", "keyUsage"
    if has.subject_key is None:
        yield "no-subject-key", "subjectKeyIdentifier"
