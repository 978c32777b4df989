"""Read pip's settings about connections, which file or variable made each, and spoilt URLs."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from spip.errors import SpipError
from spip.probe.endpoint import Endpoint, parse_endpoint
from spip.probe.setting_spelling import named, stripped

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from spip.environment.target_facts import Pip

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


def parse_index_url(value: str) -> Endpoint | SpipError | None:
    """Return where an index is: None for a folder, the error for what pip can't use."""
    found = _SCHEME.match(value)
    if found is None or found[1].lower() not in {"http", "https"}:
        return _parse_folder(value)
    if "://" not in value:
        return NoIndexError("its scheme isn't followed by //", corrected_url(value))
    if _SEVERAL.search(value):
        return NoIndexError("these are several addresses, which pip parts at blanks alone")
    try:
        where = parse_endpoint(value)
    except SpipError as error:
        return NoIndexError(error.message, corrected_url(value) if stray_characters(value) else "")
    return replace(where, spelt=value) if stray_characters(value) else where


def stray_characters(value: str) -> str:
    """Return the names of letters around an address that don't belong to it, "" for none."""
    return named(value)


def corrected_url(value: str) -> str:
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


def _parse_folder(value: str) -> SpipError | None:
    if _OTHERS.match(value) or os.path.exists(os.path.expanduser(value)):
        return None
    letters, right = stray_characters(value), corrected_url(value)
    if letters:
        return NoIndexError(f"it has {letters}, which pip takes as a part of it", right)
    scheme, separator, _ = value.partition("://")
    if separator:
        return NoIndexError(f"its scheme is {scheme!a}, not https or http")
    if value.startswith((".", "/", "~", "\\")):
        return NoIndexError("that folder does not exist")
    return NoIndexError("it has no https:// in front", right)


# The section of the command that people run against an index; [global] holds for all.
_SECTIONS = ("global", "install")
_LISTS = ("extra-index-url", "trusted-host", "find-links", "use-deprecated", "use-feature")
_SINGLE = ("index-url", "proxy", "cert", "client-cert", "no-index", "no-proxy-env")
_ALIASES = {"pypi-url": "index-url"}  # an older name of the option, which pip still takes
_WRITABLE = {"global", "user", "site"}
BUILTIN = "pip's built-in index"
_NO = {"", "0", "false", "no", "off", "n", "f"}


@dataclass(frozen=True)
class Setting:
    """One value, and who named it: a variable, or a key of a file. The value may hold a secret.

    `unset` holds the words for `pip config` that take it away; () for a variable, and for a file
    that `pip config` doesn't write (PIP_CONFIG_FILE).
    """

    value: str = field(repr=False)
    named_by: str
    key: str = ""
    file: str = ""  # "" for a variable
    unset: tuple[str, ...] = ()

    @property
    def place(self) -> Endpoint | SpipError | None:
        """Where an index is: None for a folder, the error for what is no URL."""
        return parse_index_url(self.value)


@dataclass(frozen=True)
class Settings:
    """The settings that count: for a list all values, else the one that wins."""

    single: Mapping[str, Setting]
    lists: Mapping[str, tuple[Setting, ...]]
    every: Mapping[str, Setting] = field(default_factory=dict, repr=False)

    def get(self, key: str) -> Setting | None:
        """Return the setting that wins, None if there is none or it is empty."""
        found = self.single.get(key)
        return found if found and found.value else None

    def all(self, key: str) -> tuple[Setting, ...]:
        """Return each value of a list setting."""
        return self.lists.get(key, ())

    def named_in(self, problem: str) -> str:
        """Return who named the setting that pip's words about a value name; else those words."""
        words = set(re.findall(r"[a-z][a-z-]+", problem))
        return next((s.named_by for key, s in self.every.items() if key in words), "that setting")

    def is_on(self, key: str) -> bool:
        """Whether a switch is on."""
        found = self.single.get(key)
        return bool(found) and found is not None and found.value.lower() not in _NO


def effective_settings(pip: Pip | None, environ: Mapping[str, str]) -> Settings:
    """Return what holds for `pip install`: files in pip's order, then the variables."""
    single: dict[str, Setting] = {}
    lists: dict[str, tuple[Setting, ...]] = {}
    every: dict[str, Setting] = {}
    for setting in _settings_in_order(pip, environ):
        every[setting.key] = setting
        setting = replace(setting, key=_ALIASES.get(setting.key, setting.key))  # noqa: PLW2901
        if setting.key in _SINGLE:
            single[setting.key] = setting
        elif setting.key in _LISTS:
            values = setting.value.split()
            lists[setting.key] = tuple(replace(setting, value=value) for value in values)
    return Settings(single, lists, every)


def index_urls(found: Settings, pip: Pip | None) -> tuple[Setting, ...]:
    """Return the indexes that pip asks, the built-in one where no setting names another."""
    if found.is_on("no-index"):
        return ()
    builtin = Setting(pip.default_index if pip else "", BUILTIN, "index-url")
    first = found.get("index-url") or builtin
    return tuple(each for each in (first, *found.all("extra-index-url")) if each.value)


def link_pages(found: Settings) -> tuple[Setting, ...]:
    """Return the addresses of `find-links` that pip asks for over HTTP, beside every index."""
    return tuple(each for each in found.all("find-links") if isinstance(each.place, Endpoint))


def unset_words(section: str, key: str, kind: str) -> tuple[str, ...]:
    """Return the words for `pip config` that take a key out of a file; () where it writes none."""
    return (f"--{kind}", "unset", f"{section}.{key}") if kind in _WRITABLE else ()


def _settings_in_order(pip: Pip | None, environ: Mapping[str, str]) -> Iterator[Setting]:
    """Yield every setting, a later one above an earlier one, as pip's option parser does it."""
    for wanted in _SECTIONS:
        for section, key, value, file, kind in pip.settings if pip else ():
            if section == wanted:
                name = key.lower().replace("_", "-").removeprefix("--")
                words = unset_words(section, name, kind)
                yield Setting(value, f"{name} in {file}", name, file, words)
    for name in sorted(environ):
        if name.startswith("PIP_") and environ[name]:
            key = name[4:].lower().replace("_", "-")
            yield Setting(environ[name], name, key)
