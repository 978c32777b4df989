"""What each tool is told: variables that name the merged bundle of this machine."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from spip.bridge import env_vars
from spip.errors import SpipError
from spip.trust.resolve import resolve_bundle
from spip.trusting.here import here

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping


@dataclass(frozen=True)
class Told:
    """`temporary` is the private folder of a bundle that no cache could take, "" for none."""

    bundle: str
    variables: Mapping[str, str]
    temporary: str
    notices: tuple[str, ...]


def told(environ: Mapping[str, str]) -> Told:
    """Return what holds here now. Raises SpipError where there is no bundle to name."""
    this = here(environ)
    cert = this.settings.get("cert")
    pip = this.facts.pip
    own = env_vars.own_files(environ)
    answer = resolve_bundle(
        environ,
        {
            # A setting of pip's own would lose its say to PIP_CERT, so it is in the bundle.
            "cert": cert.value if cert and cert.file else None,
            "whole": True,
            "pip_certifi": pip.certifi if pip and pip.certifi else None,
            "tools": own,
        },
    )
    if not answer["merged"]:
        raise SpipError("; ".join(answer["notices"]) or "there is no bundle to name")
    bundle = answer["path"]
    kept = env_vars.kept(environ, answer["lacking"])
    return Told(
        bundle,
        {
            **{name: bundle for name in ("PIP_CERT", *env_vars.PIP_READS) if name not in kept},
            **env_vars.of_other_tools(environ, bundle, answer["tools"]),
        },
        answer["temporary"] or "",
        (*this.notices, *answer["notices"], *_left(environ, [*kept, *own], answer["tools"])),
    )


def _left(
    environ: Mapping[str, str], kept: Iterable[str], folded: Mapping[str, str]
) -> Iterator[str]:
    for name in kept:
        if name in environ and name not in folded:
            yield f"{name} is left as it is, since the bundle lacks something of what it names"
