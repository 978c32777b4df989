"""Read pip's settings as pip reads them, where there is no pip yet: files, then variables."""

from __future__ import annotations

import configparser
import os
import sys
from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from urllib.request import url2pathname

from spip.errors import SpipError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

# The index that pip has built in; whoever asks pip itself gets the same.
_PYPI = f"https://{'PyPI'.lower()}.org/simple/"
_NO = {"", "0", "false", "no", "off", "n", "f"}
_BASENAME = "pip.ini" if os.name == "nt" else "pip.conf"


def read(environ: Mapping[str, str]) -> dict[str, str]:
    """Return each setting that holds for `pip install`, by option; a variable beats a file.

    SpipError for a file that pip couldn't read either.
    """
    sections: dict[str, dict[str, str]] = {"global": {}, "install": {}}
    for path in files(environ):
        for section, options in _parsed(path).items():
            if section in sections:
                sections[section].update(options)
    said = {
        name[4:].lower().replace("_", "-"): value
        for name, value in environ.items()
        if name.startswith("PIP_") and value
    }
    return {**sections["global"], **sections["install"], **said}


def files(environ: Mapping[str, str], platform: str = sys.platform) -> list[str]:
    """Return where pip's configuration files may lie; a later one wins (pip's user guide)."""
    own = environ.get("PIP_CONFIG_FILE")
    if own == os.devnull:
        return []
    found = list(_of_all(environ, platform))
    if not (own and os.path.exists(own)):
        found += _of_user(environ, platform)
    return found + ([own] if own else [])


def places(settings: Mapping[str, str]) -> list[str]:
    """Return where packages are looked for: indexes, and pages and folders of links."""
    indexes = [settings.get("index-url", _PYPI), *settings.get("extra-index-url", "").split()]
    if settings.get("no-index", "").lower() not in _NO:
        indexes = []
    project = [index.rstrip("/") + "/pip/" for index in indexes]
    return project + settings.get("find-links", "").split()


def local(place: str) -> str:
    """Return the path that a place on this machine has; "" for one elsewhere."""
    if place.lower().startswith("file:"):
        return url2pathname(urlsplit(place).path)
    return "" if "://" in place else os.path.expanduser(place)


def _of_all(environ: Mapping[str, str], platform: str) -> Iterator[str]:
    if platform == "win32":
        folders = [environ.get("PROGRAMDATA", "C:\\ProgramData")]
    elif platform == "darwin":
        folders = ["/Library/Application Support"]
    else:
        folders = (environ.get("XDG_CONFIG_DIRS") or "/etc/xdg").split(os.pathsep)
    yield from (os.path.join(folder, "pip", _BASENAME) for folder in folders)
    if platform not in {"win32", "darwin"}:
        yield os.path.join("/etc", _BASENAME)


def _of_user(environ: Mapping[str, str], platform: str) -> Iterator[str]:
    home = environ.get("HOME") or os.path.expanduser("~")
    legacy = os.path.join(home, "pip" if platform == "win32" else ".pip", _BASENAME)
    config = environ.get("XDG_CONFIG_HOME") or os.path.join(home, ".config")
    if platform == "win32":
        config = environ.get("APPDATA") or os.path.join(home, "AppData", "Roaming")
    elif platform == "darwin":
        support = os.path.join(home, "Library", "Application Support")
        if os.path.isdir(os.path.join(support, "pip")):
            config = support
    yield from (legacy, os.path.join(config, "pip", _BASENAME))


def _parsed(path: str) -> dict[str, dict[str, str]]:
    parser = configparser.RawConfigParser()
    try:
        with open(path, encoding="utf-8") as file:
            parser.read_file(file)
    except OSError:
        return {}  # as for pip
    except (ValueError, configparser.Error) as error:
        raise SpipError(f"pip's configuration {path} can't be read: {error}") from error
    return {
        section: {
            key.lower().replace("_", "-").lstrip("-"): value for key, value in parser.items(section)
        }
        for section in parser.sections()
    }
