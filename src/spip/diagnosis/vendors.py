"""Name the product that signs under a name, for the reader; it never proves interception."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from spip import data

if TYPE_CHECKING:
    from collections.abc import Iterable

    from spip.certificates.x509 import Certificate


@dataclass(frozen=True)
class Product:
    """A product that signs TLS connections anew; `kind` is "network", "antivirus" or "debugger"."""

    name: str
    kind: str


def find_product(certificates: Iterable[Certificate]) -> Product | None:
    """Return the product whose pattern stands in one of the certificates, by the table's order."""
    texts = [text.lower() for each in certificates for text in _texts(each)]
    for entry in data.table("vendors")["product"]:
        patterns = [pattern.lower() for pattern in entry["issuers"]]
        if any(pattern in text for pattern in patterns for text in texts):
            return Product(entry["name"], entry["kind"])
    return None


def _texts(certificate: Certificate) -> list[str]:
    """A leaf's own subject is the site's, and says nothing about who signed it."""
    names = [certificate.issuer]
    if certificate.is_authority:
        names.append(certificate.subject)
    return [text for name in names for text in (name.common, name.organization, name.unit)]
