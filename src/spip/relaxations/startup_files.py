"""List the files that shells and the system read when they start."""

from __future__ import annotations

import glob
import os
import re
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from spip import data

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

# Of a file that a shell reads at each start; a longer one is none.
LONGEST = 4 << 20
_MOST = 200
# What an rc file reads in its turn, where its name is written out.
_SOURCED = re.compile(
    r"(?:^|[;&|{\s])(?:source|\.)[ \t]+[\"']?((?:~|\$HOME|\$\{HOME\}|/)[^\s\"';&|]+)"
)


@dataclass(frozen=True)
class ShellFile:
    """A file, the syntax that it is in, and the shell that reads it ("": none)."""

    path: str
    syntax: str
    shell: str


def shell_files(environ: Mapping[str, str]) -> list[ShellFile]:
    """The files that are there, each once, and what they read in their turn."""
    found: dict[str, ShellFile] = {}
    for table in data.table("relaxations")["shell"]:
        for pattern in (*table["paths"], *(_autorun() if table["name"] == "cmd" else ())):
            for path in _existing_files(pattern, environ):
                each = ShellFile(path, table["syntax"], table["name"])
                found.setdefault(os.path.realpath(path), each)
    for each in list(found.values()):
        for path in _sourced(each, environ):
            found.setdefault(os.path.realpath(path), ShellFile(path, each.syntax, each.shell))
    return list(found.values())[:_MOST]


def expand_path(path: str, environ: Mapping[str, str]) -> str:
    """Put in the home folder and variables; "" where one of them is not set."""
    home = environ.get("HOME") or environ.get("USERPROFILE") or ""
    if path == "~" or path.startswith(("~/", "~\\")):
        path = home + path[1:] if home else ""
    known = {**environ, "HOME": home}
    names = re.findall(r"\$\{?(\w+)\}?", path)
    if not all(known.get(name) for name in names):
        return ""
    return re.sub(r"\$\{?(\w+)\}?", lambda each: known[each[1]], path)


def _existing_files(pattern: str, environ: Mapping[str, str]) -> list[str]:
    base, star, rest = pattern.partition("*")
    folder = expand_path(base, environ)
    if not folder or not os.path.isabs(folder):
        return []
    found = glob.glob(glob.escape(folder) + star + rest) if star else [folder]
    return [os.path.normpath(path) for path in sorted(found) if os.path.isfile(path)]


def _sourced(file: ShellFile, environ: Mapping[str, str]) -> Iterator[str]:
    """Files of the user's own home alone: others belong to whoever made them."""
    if file.syntax not in {"posix", "fish", "csh"}:
        return
    try:
        with open(file.path, encoding="utf-8", errors="replace") as opened:
            text = opened.read(LONGEST)
    except OSError:
        return
    home = environ.get("HOME") or ""
    for name in _SOURCED.findall(text)[:_MOST]:
        path = os.path.normpath(expand_path(name, environ))
        if (
            home
            and path.startswith(os.path.join(os.path.normpath(home), ""))
            and os.path.isfile(path)
        ):
            yield path


def _autorun() -> list[str]:
    """The scripts that cmd runs at its start, as the registry names them."""
    if sys.platform == "win32":
        import winreg

        key = r"Software\Microsoft\Command Processor"
        try:
            with winreg.OpenKey(winreg.HKEY_CURRENT_USER, key) as opened:
                said = str(winreg.QueryValueEx(opened, "AutoRun")[0])
        except OSError:
            return []
        words = re.findall(r'"([^"]+)"|(\S+)', os.path.expandvars(said))
        return [path for pair in words for path in pair if path and os.path.isabs(path)]
    return []
