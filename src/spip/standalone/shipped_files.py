"""Where the files lie that spip came with: as pip installed them, or in the single file."""

from __future__ import annotations

import os

from spip.standalone import single_file

_BASE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def names() -> dict[str, str | None]:
    """What runs beside pip, and the folder (or zip) that each is in."""
    return {"spip": _BASE, "truststore": _folder_of("truststore")}


def starter() -> list[str]:
    """What another interpreter is to run: a file, or a folder, which may be in a zip."""
    single = single_file.running
    in_zip = single is not None and single.base == single.archive
    return [os.path.join(_BASE, "spip", "bridge", "starter" if in_zip else "start.py")]


def certifi_bundle() -> str | None:
    """certifi's bundle, as it came with spip; None where it is missing.

    It can't be read where the single file has no folder to be unpacked to; pip's own is used then.
    """
    folder = _folder_of("certifi")
    return os.path.join(folder, "certifi", "cacert.pem") if folder else None


def pip() -> str | list[str | None] | None:
    """The folder of the pip that came with spip; None without one.

    The single file: what `single_file.opened` takes. Only the target knows whether it has no pip,
    and then it unpacks this one.
    """
    single = single_file.running
    return [single.archive, single.cache, single.temporary] if single else _folder_of("pip")


def temporary() -> str | None:
    """The private folder that the single file was unpacked to, if no cache could be used."""
    return single_file.running.temporary if single_file.running else None


def _folder_of(package: str) -> str | None:
    """The folder (or zip) that holds `package` of spip's own."""
    if single_file.running is not None or os.path.isdir(os.path.join(_BASE, package)):
        return _BASE
    from importlib.util import find_spec

    spec = find_spec(package)  # importing it would cost: 18 ms for certifi
    if spec is None or spec.origin is None:
        return None
    return os.path.dirname(os.path.dirname(spec.origin))
