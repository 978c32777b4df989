"""Read which files of roots other tools are configured with: variables and settings files.

The table data/places.toml; nothing in it is trusted by being found.
"""

from __future__ import annotations

import os
import re
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING

from spip import data
from spip.ownership import checked_file
from spip.sources import SourceRejected
from spip.stores import bundle_upkeep

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

# Of a configuration file; a longer one is none.
_LONGEST_FILE = 1 << 20


@dataclass(frozen=True)
class ToolSetting:
    """A tool, the setting by which it was told, and the absolute path of a file or a folder."""

    tool: str
    setting: str
    path: str


def tool_settings(environ: Mapping[str, str]) -> Iterator[ToolSetting]:
    """Yield what each tool was told, by variables first; never a bundle of spip's own."""
    tables = data.table("places")
    for entry in tables["variable"]:
        for path in environ.get(entry["name"], "").split(os.pathsep):
            for meant in _original_paths(entry["name"], path):
                yield ToolSetting(entry["tool"], entry["name"], meant)
    for entry in tables["file"]:
        for path in paths_in_file(expand_home(entry["path"], environ), entry["pattern"], environ):
            if not bundle_upkeep.is_bundle(path):
                yield ToolSetting(entry["tool"], entry["setting"], path)


def _original_paths(name: str, path: str) -> Iterator[str]:
    """Yield the file of the user's: in a shell that evaluated `spip env`, what it was before."""
    if bundle_upkeep.is_bundle(path):
        yield from (own.path for own in bundle_upkeep.named(path) if own.path and own.label == name)
    elif os.path.isabs(path):
        yield path


def expand_home(path: str, environ: Mapping[str, str]) -> str:
    """Put the user's home in place of a leading `~`; `{npmrc}` is npm's file for all users."""
    if path == "{npmrc}":
        return _npmrc_for_all(environ)
    home = environ.get("HOME") or environ.get("USERPROFILE") or ""
    # With the system's own separators: it is shown, and pasted.
    return home + path[1:].replace("/", os.sep) if path.startswith("~") else path


def paths_in_file(file: str, pattern: str, environ: Mapping[str, str]) -> Iterator[str]:
    """Yield each absolute path that a tool's configuration names by `pattern`."""
    try:
        text = checked_file.content(file, None, _LONGEST_FILE).decode("utf-8", "replace")
    except SourceRejected:
        return
    for found in re.finditer(pattern, text, re.MULTILINE | re.IGNORECASE):
        path = expand_home(found[1].strip("\"'"), environ)
        if os.path.isabs(path):
            yield path


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
