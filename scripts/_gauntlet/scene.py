"""What a row of the table is made of: a situation, what ought to happen in it, and where."""

from __future__ import annotations

import contextlib
import enum
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from support.index import Index, standard_artifacts
from support.servers import TlsServer

if TYPE_CHECKING:
    from pathlib import Path

    from support.authority import Authority, Identity
    from support.os_store import OsStore, OsStores


class Wanted(enum.Enum):
    """What a tool ought to do."""

    INSTALLS = "installs"
    REFUSES = "refuses"


class Group(enum.Enum):
    """The groups of rows, in the order of the table, each with its title."""

    STORE = "The root is in the system's store"
    VARIABLES = "The root is in the store, and a variable is in the way"
    PROXIES = "The root is in the store, and a proxy is on the way"
    DEFECTS = "The root is in the store and has a flaw"
    ELSEWHERE = "The root is elsewhere on the machine"
    NOTHING = "Nothing may be installed"


@dataclass(frozen=True)
class World:
    """What all situations share. `company` signs an index; nobody knows `stranger`."""

    folder: Path
    stores: OsStores
    company: Authority
    stranger: Authority

    def index(self, identity: Identity | None = None, **how: object) -> TlsServer:
        """Return the standard index, not yet open."""
        site = Index(standard_artifacts())
        return TlsServer(identity or self.company.issue(), site, **how)  # type: ignore[arg-type]

    @property
    def knowing(self) -> OsStore:
        """The system's store with the company's root."""
        return self.stores.trusting(self.company)

    @property
    def pristine(self) -> OsStore:
        """The system's store as the distribution ships it."""
        return self.stores.trusting()


Wrap = Callable[[Sequence[str]], list[str]]


@dataclass(frozen=True)
class Scene:
    """A situation that stands. `own`: variables by which one tool is told what others get in `env`.

    `pip_options` are for whatever takes pip's; `root` is the file that `--cert` names.
    """

    index: str
    wrap: Wrap
    root: Path
    env: Mapping[str, str] = field(default_factory=dict)
    own: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    pip_options: tuple[str, ...] = ()
    what: str = "demo"
    module: str = "demo.py"


@dataclass(frozen=True)
class Situation:
    """A row: its title, the target (Python, pip, and how it was made), and how it is set up."""

    group: Group
    title: str
    target: tuple[str, str]
    wanted: Wanted
    make: Callable[[World], AbstractContextManager[Scene]]


ALL: list[Situation] = []
_ORDER = list(Group)
CURRENT = ("3.13", "26.3")
OLD = ("3.10", "23.0.1")


def situation(
    group: Group, title: str, *targets: tuple[str, str], wanted: Wanted = Wanted.INSTALLS
) -> Callable[[Callable[[World], Iterator[Scene]]], Callable[[World], Iterator[Scene]]]:
    """Enter a situation into the table, once for each target (by default a current pip)."""

    def enter(make: Callable[[World], Iterator[Scene]]) -> Callable[[World], Iterator[Scene]]:
        managed = contextlib.contextmanager(make)
        ALL.extend(Situation(group, title, each, wanted, managed) for each in targets or (CURRENT,))
        ALL.sort(key=lambda each: _ORDER.index(each.group))
        return make

    return enter
