"""Decide which certificates of a file may be added as roots, and why the others may not."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from spip import ownership, sources
from spip.certificates import formats, openssl_facts, root_rules, strict_rules, x509
from spip.errors import SpipError
from spip.ownership import checked_file
from spip.sources import SourceRejected
from spip.stores import distrust
from spip.stores.contents import NOTHING, OWN, Part
from spip.text import printable

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from spip.certificates.formats import Block
    from spip.certificates.x509 import Certificate

_ASK = "ask IT for the root certificate itself, as a file that ends in .crt, .cer or .pem"


@dataclass(frozen=True)
class Candidates:
    """`roots` may be added; `known` are trusted already; `refused` says why others may not be.

    `in_other_hands`: somebody else may have put them there. `instead`: what to do rather than to
    add the first intermediate, "" without one.
    """

    roots: tuple[Certificate, ...]
    known: tuple[Certificate, ...]
    refused: tuple[str, ...]
    warnings: tuple[str, ...] = ()
    in_other_hands: bool = False
    instead: str = ""


def in_file(path: str, known: frozenset[bytes]) -> Candidates:
    """Read a file that the user named. Raises SpipError where nothing in it is a certificate."""
    path = os.path.abspath(path)
    warning = ""
    try:
        data = checked_file.content(path, ownership.walk("user"))
    except SourceRejected as reason:
        try:
            data = checked_file.content(path, None)
        except SourceRejected:
            raise _no_certificate(path, str(reason), reason.why) from None
        warning = f"{printable(path, 400)} {reason}: somebody else may have put it there"
    if data.startswith(OWN):
        raise SpipError(f"{path} is the bundle that spip makes: all of it is trusted already")
    found = formats.read(data)
    if not found.blocks:
        _, said, kind = (*found.faults, (0, NOTHING, sources.NOTHING))[0]
        raise _no_certificate(path, said, kind)
    candidates = of(found.blocks, known)
    keys = [_with_line(line, said) for line, said, kind in found.faults if kind == sources.KEY]
    faults = [_with_line(line, said) for line, said, kind in found.faults if kind != sources.KEY]
    return Candidates(
        candidates.roots,
        candidates.known,
        (*candidates.refused, *faults),
        tuple(each for each in (warning, *(f"the file: {key}" for key in keys)) if each),
        in_other_hands=bool(warning),
        instead=candidates.instead,
    )


def _with_line(line: int, words: str) -> str:
    return f"line {line} of it {words}" if line else words


def of(blocks: Sequence[Block], known: frozenset[bytes]) -> Candidates:
    """Judge certificates, each for itself. `known` (DER) are trusted without being added."""
    try:
        judged = openssl_facts.judge([block.der for block in blocks])
    except ImportError as error:
        raise SpipError(f"this Python has no ssl module, so nothing can be judged: {error}") from (
            error
        )
    rules = root_rules.Rules(judged, known, distrust.distrusted(), int(time.time()))
    roots: dict[bytes, Certificate] = {}
    trusted: dict[bytes, Certificate] = {}
    refused = []
    instead = []
    for block in blocks:
        against = (rules.against(Part(block, ""), as_it_is=False) or ("", ""))[1]
        certificates, problem = x509.readable([block.der])
        if not (against or problem) and block.der in known:
            trusted[block.der] = certificates[0]
        elif against or problem:
            refused.append(_reason(against or problem, certificates))
        elif not certificates[0].is_self_issued:
            refused.append(_not_a_root(certificates[0], known))
            instead.append(_instead(certificates[0], known))
        else:
            roots[block.der] = certificates[0]
    return Candidates(
        tuple(roots.values()),
        tuple(trusted.values()),
        tuple(refused),
        instead="".join(instead[:1]),
    )


def _reason(against: str, certificates: tuple[Certificate, ...]) -> str:
    if not certificates:
        return f"a certificate can't be read: {against}"
    name = certificates[0].subject.shown
    if "no CA's" in against and certificates[0].is_self_issued:
        return (
            f"{name} is a server's certificate (a leaf) that signed itself, not a CA's; whoever "
            "made it can make it again as a CA's (basicConstraints CA:TRUE)"
        )
    if "no CA's" in against:
        issuer = certificates[0].issuer.shown
        return f"{name} is a server's certificate (a leaf), not a CA's; its issuer is {issuer}"
    return f"{name} can't be a root: it {against.partition(': ')[0]}"


def _not_a_root(certificate: Certificate, known: frozenset[bytes]) -> str:
    if _is_issued_by(certificate, known):
        return (
            f"{certificate.subject.shown} is an intermediate, and its root, "
            f"{certificate.issuer.shown}, is trusted already"
        )
    return (
        f"{certificate.subject.shown} is an intermediate; what is needed is its root, "
        f"{certificate.issuer.shown}"
    )


def _is_issued_by(certificate: Certificate, known: frozenset[bytes]) -> bool:
    from spip.diagnosis.evidence import find_issuers

    return bool(find_issuers(certificate, known))


def _instead(certificate: Certificate, known: frozenset[bytes]) -> str:
    """What helps rather than to add an intermediate."""
    if _is_issued_by(certificate, known):
        return (
            "nothing is to be added; ask whoever runs the server to send "
            f'"{certificate.subject.shown}" below its own certificate'
        )
    return (
        f'add the root instead: ask IT for the certificate of "{certificate.issuer.shown}", or of '
        "the last above it"
    )


def _no_certificate(path: str, said: str, kind: str) -> SpipError:
    return SpipError(f"{printable(path, 400)} {said}", _hint(kind))


def _hint(kind: str) -> str:
    if kind == sources.KEY:
        return "keep that key to yourself; " + _ASK
    return "" if kind == sources.MISSING else _ASK


def describe(certificate: Certificate) -> Iterator[str]:
    """What a person is shown of a certificate before it is trusted."""
    from spip.diagnosis import vendors

    pairs = [f"{byte:02X}" for byte in bytes.fromhex(certificate.fingerprint)]
    product = vendors.find_product([certificate])
    yield f"  subject      {certificate.subject.text}"
    yield f"  valid        {certificate.first:%Y-%m-%d} until {certificate.last:%Y-%m-%d}"
    yield f"  SHA-256      {':'.join(pairs[:16])}"
    yield f"               {':'.join(pairs[16:])}"
    if product:
        yield f"  looks like   {product.name}"


def warnings(certificate: Certificate) -> Iterator[str]:
    """What other programs will not like about a certificate that pip takes."""
    missing = strict_defects(certificate)
    if missing:
        yield (
            f"{certificate.subject.shown}: Python 3.13 and newer demand {', '.join(missing)} as "
            "RFC 5280 has it, so programs there will refuse it; pip takes it"
        )


# A root needs no name of its issuer's key, whatever that rule says of other certificates.
_NOT_OF_A_ROOT = "no-authority-key"


def strict_defects(root: Certificate) -> tuple[str, ...]:
    """The extensions of a root that Python 3.13's strict rules refuse, or miss."""
    defects = strict_rules.defects((root, root))
    return tuple(dict.fromkeys(d.extension for d in defects if d.rule != _NOT_OF_A_ROOT))
