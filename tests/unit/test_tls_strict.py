"""What strict rules refuse, and which names count, is what OpenSSL itself says in a handshake."""

from __future__ import annotations

import itertools
import ssl
import sys

import pytest

from spip.bridge import verify_codes
from spip.certificates import x509
from spip.certificates.names import covers
from spip.certificates.strict_rules import defects
from support.authority import Authority, Identity
from support.certificates import Flaw
from support.handshake import server_context

# Python 3.13's create_default_context sets it; every Python knows it.
STRICT = ssl.VERIFY_X509_STRICT
WORDS = {
    "constraints-not-critical": "Basic Constraints of CA cert not marked critical",
    "not-an-authority": "invalid CA certificate",
    "no-key-usage": "CA cert does not include key usage extension",
    "no-subject-key": "Missing Subject Key Identifier",
    "no-authority-key": "Missing Authority Key Identifier",
}


def verified(
    identity: Identity, root: Authority, *, strict: bool, host: str = "localhost"
) -> ssl.SSLCertVerificationError | None:
    """Shake hands in memory; the verifier's refusal, None if it accepts."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(cadata=root.der)
    context.verify_flags |= STRICT if strict else ssl.VerifyFlags(0)
    left, right = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = context.wrap_bio(left, right, server_hostname=host)
    server = server_context(identity).wrap_bio(right, left, server_side=True)
    waiting = [client.do_handshake, server.do_handshake]
    while waiting:
        for step in list(waiting):
            try:
                step()
            except ssl.SSLWantReadError:
                continue
            except ssl.SSLCertVerificationError as error:
                return error
            waiting.remove(step)
    return None


def way(identity: Identity, root: Authority) -> tuple[x509.Certificate, ...]:
    from cryptography.hazmat.primitives.serialization import Encoding

    sent = (certificate.public_bytes(Encoding.DER) for certificate in identity.sent)
    return tuple(map(x509.read, [identity.der, *sent, root.der]))


FLAWS = [(), *((flaw,) for flaw in Flaw), (Flaw.NO_KEY_USAGE, Flaw.NO_SUBJECT_KEY_IDENTIFIER)]


@pytest.mark.parametrize(
    ("of_root", "of_middle", "of_leaf"),
    [
        *itertools.product(FLAWS, [None], [()]),
        *itertools.product([()], FLAWS, [()]),
        *itertools.product([()], [None, ()], [(Flaw.NO_AUTHORITY_KEY_IDENTIFIER,)]),
    ],
    ids=str,
)
def test_the_defects_are_those_that_openssl_refuses(
    of_root: tuple[Flaw, ...], of_middle: tuple[Flaw, ...] | None, of_leaf: tuple[Flaw, ...]
) -> None:
    root = Authority(flaws=of_root)
    issuer = root if of_middle is None else root.intermediate(flaws=of_middle)
    identity = issuer.issue(flaws=of_leaf)
    found = defects(way(identity, root))
    refused = verified(identity, root, strict=True)
    assert bool(found) == bool(refused)
    if refused:
        assert verify_codes.meaning(refused.verify_code) in {
            verify_codes.STRICT,
            verify_codes.ISSUER,
        }
        assert refused.verify_message in {WORDS[defect.rule] for defect in found}


def test_a_certificate_that_is_its_own_root_is_exempt() -> None:
    root = Authority()
    assert defects((x509.read(root.der),)) == ()


@pytest.mark.skipif(sys.version_info < (3, 13), reason="from Python 3.13 on it is the default")
def test_python_3_13_switches_them_on() -> None:
    assert ssl.create_default_context().verify_flags & STRICT


@pytest.mark.parametrize("name", ["localhost", "*.corp.example", "*.example", "127.0.0.1", "::1"])
@pytest.mark.parametrize(
    "host",
    ["localhost", "index.corp.example", "a.b.corp.example", "corp.example", "127.0.0.1", "::1"],
)
def test_a_name_covers_what_openssl_says(name: str, host: str) -> None:
    root = Authority()
    identity = root.issue(name)
    accepted = verified(identity, root, strict=False, host=host) is None
    assert covers(x509.read(identity.der).names, host) is accepted
