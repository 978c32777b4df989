"""Certificates out of PEM text, and back into it, with next to nothing imported."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

MARK = b"-----BEGIN CERTIFICATE-----"


def certificates(text: bytes) -> Iterator[bytes]:
    """Yield the DER of each plain certificate block in `text`; a broken one costs only itself.

    Blocks called TRUSTED CERTIFICATE are not plain roots (OpenSSL's own format, with purposes
    that may say no) and don't match.
    """
    import binascii
    import re

    from spip.certificates.der import is_certificate

    # Base64 holds no "-", so a block without an end can't swallow the one after it.
    block = re.compile(MARK + b"([^-]*)-----END CERTIFICATE-----")
    for found in block.finditer(text):
        try:
            der = binascii.a2b_base64(found[1])
        except binascii.Error:
            continue
        if is_certificate(der, 0, len(der)):
            yield der


def text(certificates: Iterable[bytes]) -> str:
    """Return certificates (DER) as PEM, which is how a context is to be given them.

    OpenSSL 3.0.21 and 3.5.7 end DER with an error that Python up to 3.11 takes for a broken
    certificate, after it has loaded them all (python/cpython#151504).
    """
    from binascii import b2a_base64

    bodies = (b2a_base64(der, newline=False).decode("ascii") for der in certificates)
    begin, end = MARK.decode("ascii"), "-----END CERTIFICATE-----"
    return "".join(f"{begin}\n{_lines(body)}{end}\n" for body in bodies)


def _lines(body: str) -> str:
    """OpenSSL before 3.0 takes no line of more than 254 letters."""
    return "".join(f"{body[at : at + 64]}\n" for at in range(0, len(body), 64))
