"""Where the roots of this run lie: the answer to whoever runs pip, here or elsewhere."""

from __future__ import annotations

import os
import sys

from spip import paths, sources
from spip.errors import SpipError
from spip.policy import in_force
from spip.sources import KEY, Source
from spip.stores import bundle_upkeep
from spip.stores.bundle import merged
from spip.text import in_ascii
from spip.trust import sources_in_force

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from typing import TypedDict

    from spip.sources import Refusal
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


def resolve_bundle(environ: Mapping[str, str], question: Question) -> Answer:
    """Path of a bundle with the roots that `question` asks for.

    Without `whole`, and where no source has more than the system's store, that is certifi's own
    file: whoever asks gets the system's store through truststore beside it.
    """
    roots_of_python = sources_in_force.newest_certifi(question["pip_certifi"])
    alone: Answer = {
        "path": roots_of_python,
        "merged": False,
        "failed": False,
        "temporary": None,
        "notices": [],
        "lacking": [],
        "tools": {},
    }
    if question.get("policy", in_force.digest()) != in_force.digest():
        return {**alone, "failed": True, "notices": ["the policy was changed while this ran"]}
    everything = tuple(sources_in_force.sources(environ, question["cert"], question["pip_certifi"]))
    if not (
        question["whole"] or _named(everything) or sources_in_force.has_extra(environ, _store())
    ):
        return alone
    from spip.stores.bundle import merged

    cache = paths.cache(environ)
    try:
        bundle = merged(everything, cache)
    except (SpipError, OSError) as error:
        return _without_bundle(alone, everything, error)
    told = list(notices(bundle.refused))
    if not question["whole"] and sources_in_force.takes_certifi() and _is_certifi_alone(bundle):
        return {**alone, "temporary": bundle.temporary, "notices": told}
    return {
        "path": bundle.path,
        "merged": True,
        "failed": False,
        "temporary": bundle.temporary,
        "notices": told,
        "lacking": list(lacking(bundle.refused)),
        "tools": folded_bundles(everything, question.get("tools", {}), bundle, cache),
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

    sys.stdout.write(json.dumps(resolve_bundle(os.environ, json.loads(sys.stdin.read()))))


def folded_bundles(
    everything: tuple[Source, ...],
    tools: Mapping[str, str],
    bundle: Bundle,
    cache: str | None,
) -> dict[str, str]:
    """Return, by variable, the path of a bundle that holds `everything` and the variable's file.

    `tools` maps variables to absolute paths. A variable whose file can't be relied on is left out,
    so that the tool goes on with what the user gave it.
    """
    return dict(_each(everything, tools, bundle, bundle.temporary or cache))


def _each(
    everything: tuple[Source, ...], tools: Mapping[str, str], bundle: Bundle, cache: str | None
) -> Iterator[tuple[str, str]]:
    known = {source.path for source in everything}
    for name, path in tools.items():
        own = [source for source in _own(name, path) if source.path not in known]
        try:
            found = merged((*everything, *own), cache) if own else bundle
        except (SpipError, OSError):
            continue
        # A bundle of spip's that named the file may still hold what it no longer gives.
        if bundle_upkeep.is_bundle(path) or not _lacks(found, path):
            yield name, found.path


def _lacks(bundle: Bundle, path: str) -> bool:
    """Whether a program that reads the file itself may get more than it gets of the bundle."""
    of_it = [refusal for refusal in bundle.refused if refusal.source.path == path]
    return any(refusal.whole or refusal.kind in sources.LACKING for refusal in of_it)


def lacking(refused: Sequence[Refusal]) -> Iterator[str]:
    """Yield the label of each setting that gives the program that reads it more than the bundle."""
    for refusal in refused:
        source = refusal.source
        there = source.path is not None and os.path.exists(source.path)
        if there and source.kind == "explicit" and refusal.kind in sources.LACKING:
            yield source.label


def _own(name: str, path: str) -> list[Source]:
    """What the user named to this tool, now or before `spip env` put a bundle in its place."""
    if bundle_upkeep.is_bundle(path):
        return [source for source in bundle_upkeep.named(path) if source.label == name]
    return [Source("explicit", name, path)]


# What lies about on its own (an anchor, an agent's file) is listed by `spip trust` alone.
_TOLD = ("explicit", "added", "admin")


def notices(refused: Sequence[Refusal]) -> Iterator[str]:
    """Yield a line for each source that gave nothing, and for a key that lies in one."""
    for source in dict.fromkeys(refusal.source for refusal in refused):
        of_it = [refusal for refusal in refused if refusal.source == source]
        if source.kind not in _TOLD:
            continue
        if any(refusal.whole for refusal in of_it):
            # What was said first is why nothing was left at last; a key beside it isn't.
            telling = [each for each in of_it if each.kind != KEY] or of_it
            yield _whole(source, telling[0].reason)
        else:
            yield from (_key(each) for each in of_it if each.kind == KEY)


def _whole(source: Source, reason: str) -> str:
    path = in_ascii(str(source.path), 400)
    if source.kind == "added":
        return f"the roots that were added to {path} don't count, since it {reason}"
    named = f"{source.label} names {path}" if source.kind == "explicit" else path
    return f"{named}, which {reason}: passed over"


def _key(refusal: Refusal) -> str:
    source, path = refusal.source, in_ascii(str(refusal.source.path), 400)
    named = f"{source.label} names {path}" if source.kind == "explicit" else path
    return f"{named}; line {refusal.line} {refusal.reason}"
