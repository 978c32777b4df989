"""Whether pip's own certifi is there, and as it was made."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from spip.certificates.formats import read
from spip.diagnosis.findings import finding
from spip.doctor.sources import certificates
from spip.environment.installed_certifi import copies
from spip.sources import SourceRejected

if TYPE_CHECKING:
    from collections.abc import Iterator

    from spip.diagnosis.findings import Finding
    from spip.environment.installed_certifi import Copy
    from spip.environment.target_facts import Pip


def findings(pip: Pip) -> Iterator[Finding]:
    """Yield whether pip's certifi is as it was made, and still there."""
    where = f"pip {pip.version}"
    try:
        certificates(pip.certifi)
    except SourceRejected:
        yield finding("certifi-missing", where=where, path=pip.certifi, package="pip")
        return
    for copy in copies(os.path.dirname(pip.path)):
        if copy.package == "pip" and copy.is_edited:
            yield finding("certifi-edited", count=_count(copy), where=where, path=copy.path)


def _count(copy: Copy) -> str:
    if copy.end < 0:
        return "certificates (the whole file was replaced)"
    count = len(read(copy.added).blocks)
    return f"{count} certificates" if count != 1 else "a certificate"
