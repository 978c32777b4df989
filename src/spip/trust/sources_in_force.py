"""What counts as a root for this run: sources, added up."""

from __future__ import annotations

import os

from spip import versions
from spip.errors import SpipError
from spip.policy import in_force
from spip.standalone import shipped_files

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from spip.sources import Source

# What the user said about roots, in spip's own words and in those that pip and OpenSSL read.
VARIABLES = (
    "SPIP_CA_BUNDLE",
    "PIP_CERT",
    "REQUESTS_CA_BUNDLE",
    "CURL_CA_BUNDLE",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
)
# Those that pip reads as its option --cert, and spip likewise: a ~ is the home folder.
_OF_PIP = ("SPIP_CA_BUNDLE", "PIP_CERT")


def explicit(environ: Mapping[str, str], cert: str | None) -> Iterator[Source]:
    """The files and folders that the user named, less those that are the system's store itself."""
    seen = set()
    for label, path in _named_by(environ, cert):
        for source in _meant(label, path):
            if source.path and source.path not in seen and not _is_the_store(source.path):
                seen.add(source.path)
                yield source


def _meant(label: str, path: str) -> list[Source]:
    """What a variable names, or named before `spip env` put a bundle of spip's into it."""
    from spip.sources import Source
    from spip.stores import bundle_upkeep

    return (
        bundle_upkeep.named(path)
        if bundle_upkeep.is_bundle(path)
        else [Source("explicit", label, path)]
    )


def _named_by(environ: Mapping[str, str], cert: str | None) -> Iterator[tuple[str, str]]:
    for name in VARIABLES:
        value = environ.get(name, "")
        value = _shown(value)
        for path in value.split(os.pathsep) if name == "SSL_CERT_DIR" else [value]:
            yield name, _at_home(path) if name in _OF_PIP else path
    yield "pip's setting cert", _at_home(_shown(cert or ""))


def _at_home(path: str) -> str:
    """As pip reads its own setting; requests and OpenSSL take a ~ for a letter."""
    return os.path.expanduser(path) if path.startswith("~") else path


def _shown(path: str) -> str:
    """A URL is no path, so nothing is ever opened by it; its login is neither shown nor kept."""
    if "://" not in path:
        return path
    from spip import redact

    return redact.sentence(path)


def _is_the_store(path: str) -> bool:
    from spip import stores

    store = stores.bundle_file()
    if store is None:
        return False
    real = os.path.realpath(path)
    return real in (os.path.realpath(store), os.path.dirname(store))


def own_certifi() -> str:
    """certifi's bundle, as it came with spip."""
    path = shipped_files.certifi_bundle()
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


__all__ = [
    "VARIABLES",
    "certifi_version",
    "explicit",
    "has_extra",
    "newest_certifi",
    "own_certifi",
    "sources",
    "takes_certifi",
]


def sources(
    environ: Mapping[str, str], cert: str | None, pip_certifi: str | None
) -> Iterator[Source]:
    """Every place that is asked for roots here: os, certifi, explicit, and the extra ones.

    `cert` is pip's own setting, `pip_certifi` the bundle inside the target's pip.
    """
    from spip import stores
    from spip.sources import Source
    from spip.trust import root_locations

    yield Source("os", stores.name(), None)
    if takes_certifi():
        of_python = newest_certifi(pip_certifi)
        yield Source("certifi", f"certifi {certifi_version(of_python)}".strip(), of_python)
    yield from explicit(environ, cert)
    yield from (Source(*place) for place in root_locations.present(environ))


def has_extra(environ: Mapping[str, str], os_bundle: str | None) -> bool:
    """Whether a run has to look closer: a root may lie where neither the store nor certifi is.

    Cheap, and never wrong where it says no. `os_bundle` is the file that is the system's store.
    """
    from spip.trust import root_locations

    return root_locations.may_count(environ, os_bundle) or not takes_certifi()


def takes_certifi() -> bool:
    """Whether certifi is a source; the administrator's policy may switch it off."""
    rules = in_force.policy_or_none()
    return rules is None or rules.certifi
