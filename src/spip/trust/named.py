"""What the user named: variables, and pip's own setting, that lead to files of certificates."""

from __future__ import annotations

import os

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
