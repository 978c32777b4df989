"""What pip's configuration says about connections, and which file or variable said it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from spip.errors import SpipError
from spip.tls.place import Place, place

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from spip.here.facts import Pip

# The section of the command that people run against an index; [global] holds for all.
_SECTIONS = ("global", "install")
_LISTS = ("extra-index-url", "trusted-host", "find-links", "use-deprecated", "use-feature")
_SINGLE = ("index-url", "proxy", "cert", "client-cert", "no-index", "no-proxy-env")
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
    def place(self) -> Place | SpipError | None:
        """Where an index is: None for a folder, the error for what is no URL."""
        if "://" in self.value and not self.value.lower().startswith(("http://", "https://")):
            return None  # file://, or a scheme that pip refuses by itself
        try:
            return place(self.value) if "://" in self.value else None
        except SpipError as error:
            return error


@dataclass(frozen=True)
class Settings:
    """The settings that count: for a list all values, else the one that wins."""

    single: Mapping[str, Setting]
    lists: Mapping[str, tuple[Setting, ...]]

    def get(self, key: str) -> Setting | None:
        """Return the setting that wins, None if there is none or it is empty."""
        found = self.single.get(key)
        return found if found and found.value else None

    def all(self, key: str) -> tuple[Setting, ...]:
        """Return each value of a list setting."""
        return self.lists.get(key, ())

    def is_on(self, key: str) -> bool:
        """Whether a switch is on."""
        found = self.single.get(key)
        return bool(found) and found is not None and found.value.lower() not in _NO


def settings(pip: Pip | None, environ: Mapping[str, str]) -> Settings:
    """Return what holds for `pip install`: files in pip's order, then the variables."""
    single: dict[str, Setting] = {}
    lists: dict[str, tuple[Setting, ...]] = {}
    for setting in _each(pip, environ):
        if setting.key in _SINGLE:
            single[setting.key] = setting
        elif setting.key in _LISTS:
            values = setting.value.split()
            lists[setting.key] = tuple(replace(setting, value=value) for value in values)
    return Settings(single, lists)


def index_urls(found: Settings, pip: Pip | None) -> tuple[Setting, ...]:
    """Return the indexes that pip asks, the built-in one where no setting names another."""
    if found.is_on("no-index"):
        return ()
    builtin = Setting(pip.default_index if pip else "", BUILTIN, "index-url")
    first = found.get("index-url") or builtin
    return tuple(each for each in (first, *found.all("extra-index-url")) if each.value)


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
