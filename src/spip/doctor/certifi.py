"""Whether pip's own certifi is there, and as it was made."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spip.doctor.sources import certificates
from spip.stores.source import PassedOver
from spip.tls.words import finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from spip.here.facts import Pip
    from spip.tls.words import Finding


def findings(pip: Pip) -> Iterator[Finding]:
    """Yield whether pip's certifi is as it was made, and still there."""
    where = f"pip {pip.version}"
    try:
        found = certificates(pip.certifi)
    except PassedOver:
        yield finding("certifi-missing", where=where, path=pip.certifi, package="pip")
        return
    if pip.certifi_edited and pip.certifi_appended_at:
        with open(pip.certifi, "rb") as file:
            genuine = file.read(pip.certifi_appended_at).count(b"-----BEGIN CERTIFICATE")
        count = len(found) - genuine
        several = f"{count} certificates" if count != 1 else "a certificate"
        yield finding("certifi-edited", count=several, where=where, path=pip.certifi)
    elif pip.certifi_edited:
        several = "certificates (the whole file was replaced)"
        yield finding("certifi-edited", count=several, where=where, path=pip.certifi)
