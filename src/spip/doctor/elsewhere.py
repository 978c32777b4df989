"""Roots that are on this machine and aren't used: anchors, agents' files, other tools' settings."""

from __future__ import annotations

import glob
import os
import re
import shutil
from typing import TYPE_CHECKING

from spip import data
from spip.doctor.sources import certificates
from spip.stores import opening
from spip.stores.source import PassedOver
from spip.tls.evidence import Candidate, issuers
from spip.trust import extra, where

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from spip.tls.chain import Certificate

# Of a configuration file; a longer one is none.
_LONGEST_FILE = 1 << 20
_MOST_FILES = 200
# The sources of `trust` that a candidate may come from, by what the table of causes calls them.
_KINDS = {"anchor": "anchor", "vendor": "agent"}


def candidates(
    top: Certificate, platform: str, environ: Mapping[str, str], windows: Callable[[], bytes]
) -> Iterator[Candidate]:
    """Yield where the issuer of `top` (or `top` itself) lies; only its name says so far.

    `windows` returns the roots of Windows, in PEM, where this is a Linux inside of it.
    """
    for place in _places(platform, environ):
        for der in _fitting(top, place.path):
            yield Candidate(place.kind, place.path, place.tool, place.setting, der)
    if platform == "wsl":
        from spip.stores.pem import certificates as in_pem

        for certificate in issuers(top, in_pem(windows())):
            yield Candidate("windows", "Windows", der=certificate.der)


def update_command(platform: str) -> str:
    """Return the command that rebuilds this system's store from its anchors."""
    folders = where.ANCHORS[_system(platform)]
    commands = [command for folder, command in folders if os.path.isdir(folder)]
    return commands[0] if commands else "update-ca-certificates"


def _system(platform: str) -> str:
    return "linux" if platform == "wsl" else platform


def _places(platform: str, environ: Mapping[str, str]) -> Iterator[Candidate]:
    # Those that count are sources already; here are the ones that someone else may have written.
    for kind, label, path in extra.present(environ, _system(platform)):
        if kind in _KINDS:
            for file in _files(path):
                yield Candidate(_KINDS[kind], file, label)
    for entry in data.table("places")["place"]:
        for path in _files(filled(entry["path"], environ)):
            yield Candidate(entry["kind"], path, entry["tool"])
    yield from _of_tools(environ)


def _of_tools(environ: Mapping[str, str]) -> Iterator[Candidate]:
    tables = data.table("places")
    for entry in tables["variable"]:
        for path in environ.get(entry["name"], "").split(os.pathsep):
            if os.path.isabs(path):
                yield Candidate("tool", path, entry["tool"], entry["name"])
    for entry in tables["file"]:
        for path in named_in(filled(entry["path"], environ), entry["pattern"], environ):
            yield Candidate("tool", path, entry["tool"], entry["setting"])


def _files(path: str) -> list[str]:
    """An anchors folder counts file by file, so that the one file can be named."""
    if os.path.isdir(path):
        path = os.path.join(glob.escape(path), "*")
    return sorted(glob.glob(path))[:_MOST_FILES]


def filled(path: str, environ: Mapping[str, str]) -> str:
    """Put the user's home in place of a leading `~`; `{npmrc}` is npm's file for all users."""
    if path == "{npmrc}":
        return _npmrc_for_all(environ)
    home = environ.get("HOME") or environ.get("USERPROFILE") or ""
    return path.replace("~", home, 1) if path.startswith("~") else path


def _npmrc_for_all(environ: Mapping[str, str]) -> str:
    """Return npm's file for all users, "" for none, as npm-config says it is found.

    npm itself isn't asked: it would run for half a second.
    """
    said = {name.lower(): value for name, value in environ.items() if os.path.isabs(value)}
    if file := said.get("npm_config_globalconfig"):
        return file
    node = shutil.which("node", path=environ.get("PATH", ""))
    beside = os.path.dirname(os.path.dirname(os.path.realpath(node))) if node else ""
    if os.name == "nt":
        beside = os.path.join(environ.get("APPDATA", ""), "npm")
    prefix = said.get("npm_config_prefix", beside)
    return os.path.join(prefix, "etc", "npmrc") if prefix else ""


def named_in(file: str, pattern: str, environ: Mapping[str, str]) -> Iterator[str]:
    """Yield each absolute path that a tool's configuration names by `pattern`."""
    try:
        text = opening.content(file, None, _LONGEST_FILE).decode("utf-8", "replace")
    except PassedOver:
        return
    for found in re.finditer(pattern, text, re.MULTILINE | re.IGNORECASE):
        path = filled(found[1].strip("\"'"), environ)
        if os.path.isabs(path):
            yield path


def _fitting(top: Certificate, path: str) -> list[bytes]:
    try:
        found = certificates(path)
    except PassedOver:
        return []
    if top.is_self_issued:
        return [der for der in found if der == top.der]
    return [certificate.der for certificate in issuers(top, found)]
