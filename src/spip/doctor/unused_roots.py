"""Find roots on this machine that aren't used: anchors, agents' files, other tools' settings."""

from __future__ import annotations

import contextlib
import glob
import os
import shlex
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

from spip import data
from spip.diagnosis.evidence import Candidate, find_issuers
from spip.doctor.source_states import certificates_at
from spip.environment import other_tools
from spip.ownership import checked_file
from spip.sources import SourceRejected
from spip.stores import folder_scan
from spip.trust import root_locations

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from spip.certificates.x509 import Certificate
    from spip.diagnosis.evidence import SourceState

# The folder whose command (Debian's, Alpine's) is that choosy; the others read any name and form.
_CHOOSY, _ENDING = "/usr/local/share/ca-certificates", ".crt"


def store_obstacle(place: str, der: bytes, update: str) -> tuple[str, dict[str, str]]:
    """Return what stands in the way of a root (DER) in the folder or file `place`.

    ("", {}): nothing does, `update` takes it. Else "der" or "named", and the facts of that variant
    of the cause: the file, and the command after which the store holds it.
    """
    file = _holder(place, der)
    if file is None or not file.startswith(_CHOOSY + "/"):
        return "", {}
    fitting = os.path.splitext(file)[0] + _ENDING
    if not _is_pem(file):
        step = f"openssl x509 -inform der -in {shlex.quote(file)} -out {shlex.quote(fitting)}"
        return "der", {"file": file, "mend": _as_root(step, update)}
    if not file.endswith(_ENDING):
        step = f"mv {shlex.quote(file)} {shlex.quote(fitting)}"
        return "named", {"file": file, "mend": _as_root(step, update)}
    return "", {}


def _as_root(step: str, update: str) -> str:
    sudo = "" if sys.platform != "win32" and os.geteuid() == 0 else "sudo "
    return f"{sudo}{step} && {sudo}{update}"


def _holder(place: str, der: bytes) -> str | None:
    """Return the file that has the root: `place`, or one below it; a fitting one before others."""
    try:
        names = folder_scan.files(place) if os.path.isdir(place) else [""]
    except (OSError, SourceRejected):
        return None
    files = [os.path.join(place, name) if name else place for name in names]
    holders = [file for file in files if _holds(file, der)]
    return min(
        holders, key=lambda each: not (each.endswith(_ENDING) and _is_pem(each)), default=None
    )


def _holds(file: str, der: bytes) -> bool:
    try:
        return der in certificates_at(file)
    except SourceRejected:
        return False


def _is_pem(file: str) -> bool:
    try:
        return b"-----BEGIN " in checked_file.content(file, None)
    except SourceRejected:
        return False


_MOST_FILES = 200
# The sources of `trust` that a candidate may come from, by what the table of causes calls them.
_KINDS = {"anchor": "anchor", "vendor": "agent"}


def refused_candidates(top: Certificate, sources: Iterable[SourceState]) -> Iterator[Candidate]:
    """Yield the files that are named as sources, don't count, and may hold the issuer of `top`."""
    for source in sources:
        for each in source.refused_files:
            for der in _matching_roots(top, each.path):
                yield Candidate("refused", each.path, source.label, der=der, refused_file=each)


def candidates(
    top: Certificate, platform: str, environ: Mapping[str, str], windows: Callable[[], bytes]
) -> Iterator[Candidate]:
    """Yield where the issuer of `top` (or `top` itself) lies; only its name says so far.

    `windows` returns the roots of Windows, in PEM, where this is a Linux inside of it.
    """
    for place in _places(platform, environ):
        for der in _matching_roots(top, place.path):
            found = replace(place, der=der)
            yield _with_mend(found, platform) if place.kind == "anchor" else found
    if platform == "wsl":
        from spip.certificates.pem import certificates as in_pem

        for certificate in find_issuers(top, in_pem(windows())):
            yield Candidate("windows", "Windows", der=certificate.der)


def _with_mend(anchor: Candidate, platform: str) -> Candidate:
    unfit, facts = store_obstacle(anchor.path, anchor.der, update_command(platform))
    return replace(anchor, unfit=unfit, mend=facts.get("mend", ""))


def unused_certificates(
    platform: str, environ: Mapping[str, str], sources: Iterable[SourceState]
) -> frozenset[bytes]:
    """Return all certificates that lie in such places and in files that don't count."""
    paths = [each.path for each in _places(platform, environ)]
    paths += [each.path for source in sources for each in source.refused_files]
    found: set[bytes] = set()
    for path in dict.fromkeys(paths):
        with contextlib.suppress(SourceRejected):
            found |= certificates_at(path)
    return frozenset(found)


def update_command(platform: str) -> str:
    """Return the command that rebuilds this system's store from its anchors."""
    folders = root_locations.ANCHORS[_system(platform)]
    commands = [command for folder, command in folders if os.path.isdir(folder)]
    return commands[0] if commands else "update-ca-certificates"


def _system(platform: str) -> str:
    return "linux" if platform == "wsl" else platform


def _places(platform: str, environ: Mapping[str, str]) -> Iterator[Candidate]:
    # Those that count are sources already; here are the ones that someone else may have written.
    for kind, label, path in root_locations.present(environ, _system(platform)):
        if kind in _KINDS:
            for file in _files(path):
                yield Candidate(_KINDS[kind], file, label)
    for entry in data.table("places")["place"]:
        for path in _files(other_tools.expand_home(entry["path"], environ)):
            yield Candidate(entry["kind"], path, entry["tool"])
    for each in other_tools.tool_settings(environ):
        for path in _files(each.path) if os.path.isdir(each.path) else [each.path]:
            yield Candidate("tool", path, each.tool, each.setting)


def _files(path: str) -> list[str]:
    """An anchors folder counts file by file, so that the one file can be named."""
    if os.path.isdir(path):
        path = os.path.join(glob.escape(path), "*")
    return sorted(glob.glob(path))[:_MOST_FILES]


def _matching_roots(top: Certificate, path: str) -> list[bytes]:
    try:
        found = certificates_at(path)
    except SourceRejected:
        return []
    if top.is_self_issued:
        return [der for der in found if der == top.der]
    return [certificate.der for certificate in find_issuers(top, found)]
