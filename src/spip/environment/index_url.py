"""An address of an index or of a page of links, as pip reads it, and what spoils one."""

from __future__ import annotations

import os
import re
from dataclasses import replace
from urllib.parse import urlsplit

from spip.errors import SpipError
from spip.probe.endpoint import Endpoint, parse_endpoint
from spip.probe.setting_spelling import named, stripped

_SCHEME = re.compile(r"\s*([a-z][a-z0-9+.-]*):", re.IGNORECASE)
# pip takes these as they are; none of them is asked over HTTP.
_OTHERS = re.compile(r"(?:file|ftp|(?:git|hg|svn|bzr)\+[a-z]+):", re.IGNORECASE)
_LIKE_A_HOST = re.compile(
    r"(?:https?:/{0,2})?((?:[^/@\s]+@)?[\w-]+(?:\.[\w-]+)*(?::\d+)?(?:/.*)?)", re.IGNORECASE
)
_SEVERAL = re.compile(r"[,;]\s*https?://", re.IGNORECASE)
# Of a path nothing else is shown: it may hold a token.
_COMMON_PATHS = {"", "/", "/simple", "/simple/"}


class NoIndexError(SpipError):
    """What pip can't use; `corrected`: how it is written right, "" where nobody can tell."""

    def __init__(self, message: str, corrected: str = "") -> None:
        super().__init__(message, "", exit_code=2)
        self.corrected = corrected


def read(value: str) -> Endpoint | SpipError | None:
    """Return where an index is: None for a folder, the error for what pip can't use."""
    found = _SCHEME.match(value)
    if found is None or found[1].lower() not in {"http", "https"}:
        return _folder(value)
    if "://" not in value:
        return NoIndexError("its scheme isn't followed by //", corrected(value))
    if _SEVERAL.search(value):
        return NoIndexError("these are several addresses, which pip parts at blanks alone")
    try:
        where = parse_endpoint(value)
    except SpipError as error:
        return NoIndexError(error.message, corrected(value) if spoilt_by(value) else "")
    return replace(where, spelt=value) if spoilt_by(value) else where


def spoilt_by(value: str) -> str:
    """Return the names of letters around an address that don't belong to it, "" for none."""
    return named(value)


def corrected(value: str) -> str:
    """Return how a spoilt address is written right, without login and path; "" for no idea."""
    found = _LIKE_A_HOST.fullmatch(stripped(value))
    if found is None:
        return ""
    scheme = "http" if re.match(r"http:", stripped(value), re.IGNORECASE) else "https"
    try:
        where = parse_endpoint(f"{scheme}://{found[1].lstrip('/')}")
        path = urlsplit(f"{scheme}://{found[1].lstrip('/')}").path
    except (SpipError, ValueError):
        return ""
    return f"{scheme}://{where.shown}{path if path in _COMMON_PATHS else '/...'}"


def _folder(value: str) -> SpipError | None:
    if _OTHERS.match(value) or os.path.exists(os.path.expanduser(value)):
        return None
    letters, right = spoilt_by(value), corrected(value)
    if letters:
        return NoIndexError(f"it has {letters}, which pip takes as a part of it", right)
    scheme, separator, _ = value.partition("://")
    if separator:
        return NoIndexError(f"its scheme is {scheme!a}, not https or http")
    if value.startswith((".", "/", "~", "\\")):
        return NoIndexError("that folder does not exist")
    return NoIndexError("it has no https:// in front", right)
