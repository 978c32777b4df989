"""Which certifi counts: the newest, as an upgrade of pip or of spip brought it."""

from __future__ import annotations

import os

from spip import places, versions
from spip.errors import SpipError


def own_certifi() -> str:
    """certifi's bundle, as it came with spip."""
    path = places.certifi_bundle()
    if path is None:
        raise SpipError("certifi is missing beside spip", "install spip again")
    return path


def newest_certifi(of_pip: str | None) -> str:
    """The newer of spip's certifi and the one inside pip (`of_pip`, its bundle)."""
    ours = own_certifi()
    if of_pip is None or _date(ours) > _date(of_pip):
        return ours
    return of_pip


def _date(bundle: str) -> tuple[int, ...]:
    """Its version is a date, with and without zeros before a month."""
    return versions.numbers(certifi_version(bundle))


def certifi_version(bundle: str) -> str:
    """Version of the certifi that `bundle` belongs to, as its package says; "" if it doesn't."""
    try:
        with open(os.path.join(os.path.dirname(bundle), "__init__.py"), encoding="utf-8") as file:
            for line in file:
                if line.startswith("__version__"):
                    return line.split('"')[1]
    except (OSError, ValueError, IndexError):
        pass
    return ""
