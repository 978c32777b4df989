"""What counts as a root for this run: sources, added up, and the bundle that holds them."""

from __future__ import annotations

import os
import sys

from spip import consent, own_folder
from spip.errors import SpipError
from spip.trust.certifi import certifi_version, newest_certifi, own_certifi

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import TypedDict

    from spip.stores.bundle import Bundle
    from spip.stores.source import Source

    class _Asked(TypedDict):
        cert: str | None  # pip's own `cert` setting, from a file or `PIP_CERT`
        whole: bool  # the operating system's store as well
        pip_certifi: str | None  # the bundle inside the target's pip

    class Question(_Asked, total=False):
        """What the bridge asks for."""

        tools: Mapping[str, str]  # variables of other tools that name a file of their own

    class Answer(TypedDict):
        """Where the roots lie."""

        path: str
        merged: bool
        failed: bool  # no bundle could be made: `path` is certifi's, and lacks what was named
        temporary: str | None  # a folder that the asker removes at its end
        notices: list[str]
        tools: dict[str, str]  # for each variable that was asked: the same, and its own file


__all__ = [
    "VARIABLES",
    "cache_folder",
    "certifi_version",
    "explicit",
    "has_extra",
    "main",
    "newest_certifi",
    "own_certifi",
    "roots",
    "sources",
    "takes_certifi",
]

# What the user said about roots, in spip's own words and in those that pip and OpenSSL read.
VARIABLES = (
    "SPIP_CA_BUNDLE",
    "PIP_CERT",
    "REQUESTS_CA_BUNDLE",
    "CURL_CA_BUNDLE",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
)


def roots(environ: Mapping[str, str], question: Question) -> Answer:
    """Path of a bundle with the roots that `question` asks for.

    Without `whole`, and where no source has more than the system's store, that is certifi's own
    file: whoever asks gets the system's store through truststore beside it.
    """
    roots_of_python = newest_certifi(question["pip_certifi"])
    alone: Answer = {
        "path": roots_of_python,
        "merged": False,
        "failed": False,
        "temporary": None,
        "notices": [],
        "tools": {},
    }
    everything = tuple(sources(environ, question["cert"], question["pip_certifi"]))
    if not (question["whole"] or _named(everything) or has_extra(environ, _store())):
        return alone
    from spip.stores.bundle import merged
    from spip.trust.folding import folded
    from spip.trust.notices import notices

    try:
        bundle = merged(everything, cache_folder(environ))
    except (SpipError, OSError) as error:
        return _without_bundle(alone, everything, error)
    told = list(notices(bundle.refused))
    if not question["whole"] and takes_certifi() and _is_certifi_alone(bundle):
        return {**alone, "temporary": bundle.temporary, "notices": told}
    return {
        "path": bundle.path,
        "merged": True,
        "failed": False,
        "temporary": bundle.temporary,
        "notices": told,
        "tools": folded(everything, question.get("tools", {}), bundle, cache_folder(environ)),
    }


def _without_bundle(alone: Answer, everything: tuple[Source, ...], error: Exception) -> Answer:
    """What is left: what pip trusts itself, or where a policy forbids certifi the system's file."""
    said = f"no merged bundle could be made ({error})"
    store = _store()
    if store is None or any(source.kind == "certifi" for source in everything):
        return {**alone, "failed": True, "notices": [said]}
    return {**alone, "path": store, "notices": [f"{said}; pip goes on with the system's roots"]}


def sources(
    environ: Mapping[str, str], cert: str | None, pip_certifi: str | None
) -> Iterator[Source]:
    """Every place that is asked for roots here: os, certifi, explicit, and the extra ones.

    `cert` is pip's own setting, `pip_certifi` the bundle inside the target's pip.
    """
    from spip import stores
    from spip.stores.source import Source
    from spip.trust import extra

    yield Source("os", stores.name(), None)
    if takes_certifi():
        of_python = newest_certifi(pip_certifi)
        yield Source("certifi", f"certifi {certifi_version(of_python)}".strip(), of_python)
    yield from explicit(environ, cert)
    yield from (Source(*place) for place in extra.present(environ))


def has_extra(environ: Mapping[str, str], os_bundle: str | None) -> bool:
    """Whether a run has to look closer: a root may lie where neither the store nor certifi is.

    Cheap, and never wrong where it says no. `os_bundle` is the file that is the system's store.
    """
    from spip.trust import extra

    return extra.may_count(environ, os_bundle) or not takes_certifi()


def takes_certifi() -> bool:
    """Whether certifi is a source; the administrator's policy may switch it off."""
    rules = consent.rules()
    return rules is None or rules.certifi


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
    from spip.stores import made_of
    from spip.stores.source import Source

    return made_of.named(path) if made_of.is_bundle(path) else [Source("explicit", label, path)]


def _named_by(environ: Mapping[str, str], cert: str | None) -> Iterator[tuple[str, str]]:
    for name in VARIABLES:
        value = environ.get(name, "")
        for path in value.split(os.pathsep) if name == "SSL_CERT_DIR" else [value]:
            yield name, path
    yield "pip's setting cert", cert or ""


def _named(everything: tuple[Source, ...]) -> bool:
    return any(source.kind == "explicit" for source in everything)


def _is_certifi_alone(bundle: Bundle) -> bool:
    """Whether the system's store and certifi's own file trust exactly what the bundle trusts."""
    reduced = any(refusal.source.kind == "certifi" for refusal in bundle.refused)
    return not (bundle.extra or reduced)


def _store() -> str | None:
    from spip import stores

    return stores.bundle_file()


def _is_the_store(path: str) -> bool:
    store = _store()
    if store is None:
        return False
    real = os.path.realpath(path)
    return real in (os.path.realpath(store), os.path.dirname(store))


def cache_folder(environ: Mapping[str, str]) -> str | None:
    """Where merged bundles are kept; None where this user has no place of their own."""
    return own_folder.cache(environ)


def main() -> None:
    """Answer a question from another interpreter: JSON in the last argument, JSON on stdout."""
    import json

    sys.stdout.write(json.dumps(roots(os.environ, json.loads(sys.argv[-1]))))
