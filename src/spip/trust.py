"""What counts as a root for this run: sources, added up, and the bundle that holds them."""

from __future__ import annotations

import os
import sys

from spip import own_folder, places
from spip.errors import SpipError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import TypedDict

    from spip.stores.source import Refusal, Source

    class Question(TypedDict):
        """What the bridge asks for."""

        cert: str | None  # pip's own `cert` setting, from a file or `PIP_CERT`
        whole: bool  # the operating system's store as well
        pip_certifi: str | None  # the bundle inside the target's pip

    class Answer(TypedDict):
        """Where the roots lie."""

        path: str
        merged: bool
        temporary: str | None  # a folder that the asker removes at its end
        notices: list[str]


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

    Without `whole`, and where the user named nothing that the system's store doesn't hold, that is
    certifi's own file: whoever asks gets the system's store through truststore beside it.
    """
    named = list(explicit(environ, question["cert"]))
    roots_of_python = newest_certifi(question["pip_certifi"])
    if not (question["whole"] or named):
        return {"path": roots_of_python, "merged": False, "temporary": None, "notices": []}
    from spip.stores.bundle import merged
    from spip.stores.source import Source

    everything = (
        Source("os", "OS store", None),
        Source("certifi", "certifi " + certifi_version(roots_of_python), roots_of_python),
        *named,
    )
    try:
        bundle = merged(everything, cache_folder(environ))
    except (SpipError, OSError) as error:
        notice = f"no merged bundle could be made ({error}); pip goes on with certifi's roots"
        return {"path": roots_of_python, "merged": False, "temporary": None, "notices": [notice]}
    return {
        "path": bundle.path,
        "merged": True,
        "temporary": bundle.temporary,
        "notices": [_notice(refusal) for refusal in bundle.refused if refusal.source in named],
    }


def explicit(environ: Mapping[str, str], cert: str | None) -> Iterator[Source]:
    """The files and folders that the user named, less those that are the system's store itself."""
    from spip.stores.source import Source

    seen = set()
    for label, path in _named(environ, cert):
        if path and path not in seen and not _is_the_store(path):
            seen.add(path)
            yield Source("explicit", label, path)


def _named(environ: Mapping[str, str], cert: str | None) -> Iterator[tuple[str, str]]:
    for name in VARIABLES:
        value = environ.get(name, "")
        for path in value.split(os.pathsep) if name == "SSL_CERT_DIR" else [value]:
            yield name, path
    yield "pip's setting cert", cert or ""


def _is_the_store(path: str) -> bool:
    from spip import stores

    store = stores.bundle_file()
    if store is None:
        return False
    real = os.path.realpath(path)
    return real in (os.path.realpath(store), os.path.dirname(store))


def _notice(refusal: Refusal) -> str:
    source = refusal.source
    if refusal.whole:
        return f"{source.label} names {source.path}, which {refusal.reason}: passed over"
    return f"{source.label} names {source.path}; line {refusal.line} {refusal.reason}: passed over"


def own_certifi() -> str:
    """certifi's bundle, as it came with spip."""
    path = places.certifi_bundle()
    if path is None:
        raise SpipError("certifi is missing beside spip", "install spip again")
    return path


def newest_certifi(of_pip: str | None) -> str:
    """The newer of spip's certifi and the one inside pip (`of_pip`, its bundle)."""
    ours = own_certifi()
    if of_pip is None or certifi_version(ours) > certifi_version(of_pip):
        return ours
    return of_pip


def certifi_version(bundle: str) -> str:
    """Version of the certifi that `bundle` belongs to, as its package says; "" if it doesn't."""
    try:
        with open(os.path.join(os.path.dirname(bundle), "__init__.py"), encoding="ascii") as file:
            for line in file:
                if line.startswith("__version__"):
                    return line.split('"')[1]
    except (OSError, ValueError, IndexError):
        pass
    return ""


def cache_folder(environ: Mapping[str, str]) -> str | None:
    """Where merged bundles are kept; None where this user has no place of their own."""
    return own_folder.cache(environ)


def main() -> None:
    """Answer a question from another interpreter: JSON in the last argument, JSON on stdout."""
    import json

    sys.stdout.write(json.dumps(roots(os.environ, json.loads(sys.argv[-1]))))
