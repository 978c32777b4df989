"""What pip's configuration says about connections, and which file or variable said it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from spip.environment import index_url
from spip.probe.endpoint import Endpoint

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from spip.environment.target_facts import Pip
    from spip.errors import SpipError

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
        return index_url.read(self.value)


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


def settings(pip: Pip | None, environ: Mapping[str, str]) -> Settings:
    """Return what holds for `pip install`: files in pip's order, then the variables."""
    single: dict[str, Setting] = {}
    lists: dict[str, tuple[Setting, ...]] = {}
    every: dict[str, Setting] = {}
    for setting in _each(pip, environ):
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


def pages_of_links(found: Settings) -> tuple[Setting, ...]:
    """Return the addresses of `find-links` that pip asks for over HTTP, beside every index."""
    return tuple(each for each in found.all("find-links") if isinstance(each.place, Endpoint))


def unset_words(section: str, key: str, kind: str) -> tuple[str, ...]:
    """Return the words for `pip config` that take a key out of a file; () where it writes none."""
    return (f"--{kind}", "unset", f"{section}.{key}") if kind in _WRITABLE else ()


def _each(pip: Pip | None, environ: Mapping[str, str]) -> Iterator[Setting]:
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
