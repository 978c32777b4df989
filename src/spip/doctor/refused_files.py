"""Files of roots that are there and don't count: which, why, and the command that mends it."""

from __future__ import annotations

import os
import shlex
import stat
from typing import TYPE_CHECKING

from spip import sources
from spip.diagnosis.evidence import HeldBack
from spip.diagnosis.findings import SPIP
from spip.doctor.unset_command import set_variable
from spip.environment import system
from spip.stores import contents
from spip.trust import path_spelling
from spip.trust.sources_in_force import VARIABLES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from spip.sources import Refusal, Source
    from spip.stores.gather import Given

_BY_AN_ADMINISTRATOR = {"admin", "anchor", "vendor"}


def held_back(given: Given, cert_at: str = "") -> Iterator[HeldBack]:
    """Yield each file of a source that may hold what is missing.

    `cert_at`: the file and the line of pip's setting `cert`, as "FILE:LINE".
    """
    source = given.source
    for refusal in given.refused:
        path = os.path.abspath(refusal.path)
        if not source.path:
            continue
        if is_missing(refusal):
            yield from _misspelt(source, source.path, cert_at) if source.kind == "explicit" else ()
        elif refusal.kind in sources.HELD_BACK:
            text = refusal.reason.removeprefix(contents.in_file(refusal.file, ""))
            yield HeldBack(path, text, mend(source, refusal, cert_at), refusal.kind)
        elif refusal.kind == sources.UNREADABLE:
            yield HeldBack(path, refusal.reason, _readable(path), sources.UNREADABLE)


def is_missing(refusal: Refusal) -> bool:
    """Tell whether there is nothing; of a relative path that is not looked at before."""
    absent = refusal.kind == sources.RELATIVE and not os.path.exists(refusal.path)
    return absent or refusal.kind == sources.MISSING


def _misspelt(source: Source, value: str, cert_at: str) -> Iterator[HeldBack]:
    astray, paths = path_spelling.meant(value)
    for path in paths:
        yield HeldBack(path, astray, _named_anew(source, path, cert_at), sources.MISSING)


def mend(source: Source, refusal: Refusal, cert_at: str = "") -> str:
    """Return the one step after which a refused file counts."""
    path = os.path.abspath(refusal.path)
    if refusal.kind == sources.RELATIVE:
        return _named_anew(source, path, cert_at)
    if source.kind in _BY_AN_ADMINISTRATOR:
        return _by_root(refusal.at or path, refusal.kind)
    by_mode = refusal.kind in {sources.OTHERS, sources.GROUP, sources.LISTED}
    if by_mode and not refusal.at and _may_change_mode(path):
        return f"chmod go-w {shlex.quote(path)}"
    return _added(path)


def _readable(path: str) -> str:
    sudo = "" if os.name == "nt" or os.access(os.path.dirname(path), os.W_OK) else "sudo "
    if os.name != "nt" and os.access(os.path.dirname(path), os.X_OK):
        return f"{sudo}chmod a+r {shlex.quote(path)}"
    return f"make {path} readable for this user"


def _named_anew(source: Source, path: str, cert_at: str) -> str:
    """The setting as it was meant; one of pip's is written where it stands, since that wins."""
    if source.label in VARIABLES:
        return set_variable(source.label, path, system.platform())
    if source.kind == "explicit" and cert_at:
        file, _, line = cert_at.rpartition(":")
        return f"write  cert = {path}  in line {line} of {file}"
    return _added(path)


def _added(path: str) -> str:
    return f"{SPIP} trust add {shlex.quote(path)}"


def _by_root(path: str, kind: str) -> str:
    """An administrator's files are mended where they lie, for whoever uses this machine."""
    sudo = "" if os.name == "nt" or os.geteuid() == 0 else "sudo "
    if kind == sources.OWNER:
        return f"{sudo}chown root {shlex.quote(path)}"
    if kind in {sources.OTHERS, sources.GROUP, sources.LISTED}:
        return f"{sudo}chmod go-w {shlex.quote(path)}"
    return _added(path)


def _may_change_mode(path: str) -> bool:
    """Whether this user can, on a filesystem that keeps it."""
    from spip.ownership import mounts

    try:
        seen = os.stat(path)
        careless = mounts.careless(path, seen.st_dev) or mounts.is_read_only(path)
    except OSError:
        return False
    return stat.S_ISREG(seen.st_mode) and not careless and os.geteuid() in {0, seen.st_uid}
