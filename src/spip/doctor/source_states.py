"""What each source of roots gave, which of its files were refused, and how to mend them."""

from __future__ import annotations

import os
import shlex
import stat
import sys
import time
from typing import TYPE_CHECKING

from spip import sources, stores
from spip.certificates import formats
from spip.diagnosis.evidence import RefusedFile, SourceState
from spip.diagnosis.findings import SPIP
from spip.doctor.setting_commands import set_variable
from spip.environment import system
from spip.errors import SpipError
from spip.invocation import quoted
from spip.ownership import checked_file
from spip.sources import SourceRejected
from spip.stores import contents, distrust, folder_scan
from spip.stores.gather import gather
from spip.trust import path_spelling
from spip.trust.sources_in_force import VARIABLES, own_certifi

if TYPE_CHECKING:
    from collections.abc import Iterator

    from spip.sources import Refusal, Source
    from spip.stores.gather import Given

_BY_AN_ADMINISTRATOR = {"admin", "anchor", "vendor"}


def list_refused_files(given: Given, cert_at: str = "") -> Iterator[RefusedFile]:
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
            yield RefusedFile(path, text, remedy_for(source, refusal, cert_at), refusal.kind)
        elif refusal.kind == sources.UNREADABLE:
            yield RefusedFile(
                path, refusal.reason, _make_readable_command(path), sources.UNREADABLE
            )


def is_missing(refusal: Refusal) -> bool:
    """Tell whether there is nothing; of a relative path that is not looked at before."""
    absent = refusal.kind == sources.RELATIVE and not os.path.exists(refusal.path)
    return absent or refusal.kind == sources.MISSING


def _misspelt(source: Source, value: str, cert_at: str) -> Iterator[RefusedFile]:
    astray, paths = path_spelling.meant(value)
    for path in paths:
        yield RefusedFile(
            path, astray, _correct_setting_command(source, path, cert_at), sources.MISSING
        )


def remedy_for(source: Source, refusal: Refusal, cert_at: str = "") -> str:
    """Return the one step after which a refused file counts."""
    path = os.path.abspath(refusal.path)
    if refusal.kind == sources.RELATIVE:
        return _correct_setting_command(source, path, cert_at)
    if source.kind in _BY_AN_ADMINISTRATOR and not _is_nobodys(refusal.at or path, refusal.kind):
        return _administrator_command(refusal.at or path, refusal.kind)
    by_mode = refusal.kind in {sources.OTHERS, sources.GROUP, sources.LISTED}
    if by_mode and not refusal.at and _may_change_mode(path):
        return f"chmod go-w {shlex.quote(path)}"
    return _trust_add_command(path)


def _make_readable_command(path: str) -> str:
    sudo = "" if os.name == "nt" or os.access(os.path.dirname(path), os.W_OK) else "sudo "
    if os.name != "nt" and os.access(os.path.dirname(path), os.X_OK):
        return f"{sudo}chmod a+r {shlex.quote(path)}"
    return f"make {path} readable for this user"


def _correct_setting_command(source: Source, path: str, cert_at: str) -> str:
    """The setting as it was meant; one of pip's is written where it stands, since that wins."""
    if source.label in VARIABLES:
        return set_variable(source.label, path, system.platform())
    if source.kind == "explicit" and cert_at:
        file, _, line = cert_at.rpartition(":")
        return f"write  cert = {path}  in line {line} of {file}"
    return _trust_add_command(path)


def _trust_add_command(path: str) -> str:
    return f"{SPIP} trust add {quoted(path)}"


def _administrator_command(path: str, kind: str) -> str:
    """An administrator's files are mended where they lie, for whoever uses this machine."""
    sudo = "" if sys.platform == "win32" or os.geteuid() == 0 else "sudo "
    if kind == sources.OWNER:
        return f"{sudo}chown root {shlex.quote(path)}"
    if kind in {sources.OTHERS, sources.GROUP, sources.LISTED}:
        return f"{sudo}chmod go-w {shlex.quote(path)}"
    return _trust_add_command(path)


def _is_nobodys(path: str, kind: str) -> bool:
    """Whether its owner is unmapped in this user namespace, so that nobody in it can change it."""
    if kind != sources.OWNER or sys.platform == "win32":
        return False
    from spip.ownership import namespaces

    try:
        return namespaces.is_unmapped(path, os.stat(path).st_uid)
    except OSError:
        return False


def _may_change_mode(path: str) -> bool:
    """Whether this user can, on a filesystem that keeps it. Windows has no such mode."""
    if sys.platform == "win32":
        return False
    from spip.ownership import mounts

    try:
        seen = os.stat(path)
        careless = mounts.careless(path, seen.st_dev) or mounts.is_read_only(path)
    except OSError:
        return False
    return stat.S_ISREG(seen.st_mode) and not careless and os.geteuid() in {0, seen.st_uid}


def consult_sources(sources: tuple[Source, ...], cert_at: str = "") -> tuple[SourceState, ...]:
    """Return every source with its roots. `cert_at`: "FILE:LINE" of pip's setting `cert`."""
    everything = gather(sources, int(time.time()))
    # Asked once: on macOS that takes two processes.
    known = distrust.distrusted() if any(given.refused for given in everything) else frozenset()
    return tuple(_consulted(given, known, cert_at) for given in everything)


def certificates_at(path: str) -> frozenset[bytes]:
    """Return the certificates (DER) in a file or a folder, whoever may have written them.

    For looking only: what is trusted comes from `consulted`. Raises PassedOver with the reason.
    """
    found: set[bytes] = set()
    reason = SourceRejected(sources.NOTHING)
    for file in _files(path):
        try:
            found |= {block.der for block in formats.read(checked_file.content(file, None)).blocks}
        except SourceRejected as error:  # noqa: PERF203 - a folder of roots holds other files too
            reason = error
    if not found:
        raise reason
    return frozenset(found)


def own_certifi_roots() -> frozenset[bytes]:
    """Return those of the certifi that came with spip; none where it is gone."""
    try:
        return certificates_at(own_certifi())
    except (SourceRejected, SpipError):
        return frozenset()


def _files(path: str) -> list[str]:
    if not os.path.isdir(path):
        return [path]
    try:
        return [os.path.join(path, name) for name in folder_scan.files(path)]
    except OSError as error:
        raise checked_file.refusal(error) from error


def asks_system() -> bool:
    """Whether the operating system judges by itself: on macOS and Windows it does."""
    return stores.system != "linux"


def _consulted(given: Given, distrusted: frozenset[bytes], cert_at: str) -> SourceState:
    source = given.source
    roots = frozenset(root.der for root in given.roots)
    ignored = _ignored_certificates(given) - roots
    why_nothing = None if roots else _why_nothing(given)
    return SourceState(
        kind=source.kind,
        label=source.label,
        path=source.path,
        roots=roots,
        problem=why_nothing[1] if why_nothing else "",
        why=why_nothing[0] if why_nothing else "",
        ignored=ignored,
        distrusted=frozenset(der for der in ignored if distrust.is_distrusted(der, distrusted)),
        refused_files=tuple(list_refused_files(given, cert_at)),
        unreadable_parts=tuple(_unreadable_parts(given)),
    )


def _why_nothing(given: Given) -> tuple[str, str]:
    for refusal in given.refused:
        if is_missing(refusal):
            return sources.MISSING, sources.words(sources.MISSING)
        return refusal.kind, refusal.reason
    return sources.NOTHING, contents.NOTHING


def _unreadable_parts(given: Given) -> Iterator[str]:
    """Yield what is said of each part that can't be read, with its line."""
    for refusal in given.refused:
        if refusal.kind in sources.SPOILT:
            line = f"line {refusal.line} " if refusal.line else ""
            yield f"{line}{refusal.reason}"


def _ignored_certificates(given: Given) -> frozenset[bytes]:
    """Return the certificates that are there, if some don't count; they explain a chain as well."""
    if not given.refused:
        return frozenset()
    if given.source.path is None:
        return frozenset(stores.roots())
    try:
        return certificates_at(given.source.path)
    except SourceRejected:
        return frozenset()
