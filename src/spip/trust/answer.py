"""Where the roots of this run lie: the answer to whoever runs pip, here or elsewhere."""

from __future__ import annotations

import os
import sys

from spip import consent, paths, trust
from spip.errors import SpipError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import TypedDict

    from spip.sources import Source
    from spip.stores.bundle import Bundle

    class _Asked(TypedDict):
        cert: str | None  # pip's own `cert` setting, from a file or `PIP_CERT`
        whole: bool  # the operating system's store as well
        pip_certifi: str | None

    class Question(_Asked, total=False):
        """What the bridge asks for."""

        tools: Mapping[str, str]  # variables of other tools that name a file of their own
        policy: str

    class Answer(TypedDict):
        """Where the roots lie."""

        path: str
        merged: bool
        failed: bool  # no bundle could be made: `path` is certifi's, and lacks what was named
        temporary: str | None  # a folder that the asker removes at its end
        notices: list[str]
        lacking: list[str]  # the settings of which the bundle lacks something
        tools: dict[str, str]


def roots(environ: Mapping[str, str], question: Question) -> Answer:
    """Path of a bundle with the roots that `question` asks for.

    Without `whole`, and where no source has more than the system's store, that is certifi's own
    file: whoever asks gets the system's store through truststore beside it.
    """
    roots_of_python = trust.newest_certifi(question["pip_certifi"])
    alone: Answer = {
        "path": roots_of_python,
        "merged": False,
        "failed": False,
        "temporary": None,
        "notices": [],
        "lacking": [],
        "tools": {},
    }
    if question.get("policy", consent.seen()) != consent.seen():
        return {**alone, "failed": True, "notices": ["the policy was changed while this ran"]}
    everything = tuple(trust.sources(environ, question["cert"], question["pip_certifi"]))
    if not (question["whole"] or _named(everything) or trust.has_extra(environ, _store())):
        return alone
    from spip.stores.bundle import merged
    from spip.trust.folding import folded, lacking
    from spip.trust.notices import notices

    cache = paths.cache(environ)
    try:
        bundle = merged(everything, cache)
    except (SpipError, OSError) as error:
        return _without_bundle(alone, everything, error)
    told = list(notices(bundle.refused))
    if not question["whole"] and trust.takes_certifi() and _is_certifi_alone(bundle):
        return {**alone, "temporary": bundle.temporary, "notices": told}
    return {
        "path": bundle.path,
        "merged": True,
        "failed": False,
        "temporary": bundle.temporary,
        "notices": told,
        "lacking": list(lacking(bundle.refused)),
        "tools": folded(everything, question.get("tools", {}), bundle, cache),
    }


def _without_bundle(alone: Answer, everything: tuple[Source, ...], error: Exception) -> Answer:
    """What is left: what pip trusts itself, or where a policy forbids certifi the system's file."""
    said = f"no merged bundle could be made ({error})"
    store = _store()
    if store is None or any(source.kind == "certifi" for source in everything):
        return {**alone, "failed": True, "notices": [said]}
    return {**alone, "path": store, "notices": [f"{said}; pip goes on with the system's roots"]}


def _named(everything: tuple[Source, ...]) -> bool:
    return any(source.kind == "explicit" for source in everything)


def _is_certifi_alone(bundle: Bundle) -> bool:
    """Whether the system's store and certifi's own file trust exactly what the bundle trusts."""
    reduced = any(refusal.source.kind == "certifi" for refusal in bundle.refused)
    return not (bundle.extra or reduced)


def _store() -> str | None:
    from spip import stores

    return stores.bundle_file()


def main() -> None:
    """Answer a question from another interpreter: JSON on stdin, JSON on stdout."""
    import json

    sys.stdout.write(json.dumps(roots(os.environ, json.loads(sys.stdin.read()))))
