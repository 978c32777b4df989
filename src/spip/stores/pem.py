"""Certificates out of PEM text, each on its own, whatever else stands around them."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

MARK = b"-----BEGIN CERTIFICATE-----"


def certificates(text: bytes) -> Iterator[bytes]:
    """Yield the DER of each plain certificate block in `text`; a broken one costs only itself.

    Blocks called TRUSTED CERTIFICATE are not plain roots (OpenSSL's own format, with purposes
    that may say no) and don't match.
    """
    import binascii
    import re

    from spip.stores.certificate.outline import is_certificate

    # Base64 holds no "-", so a block without an end can't swallow the one after it.
    block = re.compile(MARK + b"([^-]*)-----END CERTIFICATE-----")
    for found in block.finditer(text):
        try:
            der = binascii.a2b_base64(found[1])
        except binascii.Error:
            continue
        if is_certificate(der, 0, len(der)):
            yield der
