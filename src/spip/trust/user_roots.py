"""The roots that the user added: one file each, in a folder that is theirs alone."""

from __future__ import annotations

import os
import sys

from spip import files, paths
from spip.errors import SpipError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

LABEL = "spip trust add"


def folder(environ: Mapping[str, str], platform: str = sys.platform) -> str | None:
    """The folder of these roots; None where this user has no home."""
    config = paths.user_folder("config", environ, platform)
    return os.path.join(config, "roots") if config else None


def keep(environ: Mapping[str, str], fingerprint: str, pem: bytes) -> str:
    """Keep a root, all of it or nothing; where it lies. Raises SpipError."""
    place = _writable(environ)
    path = os.path.join(place, f"{fingerprint}.pem")
    try:
        files.write_atomic(path, pem)
    except OSError as error:
        raise SpipError(f"{place} can't be written: {error.strerror}") from error
    return path


def forget(environ: Mapping[str, str], fingerprint: str) -> None:
    """Take a root away. Raises SpipError."""
    path = os.path.join(_writable(environ), f"{fingerprint}.pem")
    try:
        os.unlink(path)
    except FileNotFoundError:
        return  # another spip was faster
    except OSError as error:
        raise SpipError(f"{path} can't be removed: {error.strerror}") from error


def fingerprints(environ: Mapping[str, str]) -> list[str]:
    """SHA-256 of each root that is kept, 64 hexadecimal digits."""
    place = folder(environ)
    try:
        names = os.listdir(place) if place else []
    except OSError:
        return []
    return sorted(stem for stem, end in map(os.path.splitext, names) if end == ".pem")


def _writable(environ: Mapping[str, str]) -> str:
    """The folder, made if it is missing. Raises SpipError where it would not be this user's."""
    place = folder(environ)
    if place is None:
        raise SpipError("there is no home folder to keep a root in", "set HOME")
    try:
        made = paths.ensure_private_dir(place, levels=3)
    except OSError as error:
        raise SpipError(f"{place} can't be made: {error.strerror}") from error
    if made is None:
        raise SpipError(
            f"{place} is not used: it, or a folder above it, belongs to somebody else or can be "
            "written by others",
            "run it as the user whose home it is, or with HOME set to this user's own",
        )
    return made
