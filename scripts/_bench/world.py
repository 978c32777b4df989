"""Make the world to measure in: environments, an index over TLS on loopback, a system's store."""

from __future__ import annotations

import contextlib
import socket
from dataclasses import dataclass
from typing import TYPE_CHECKING

from _bench import peer
from support.authority import Authority
from support.environments import Environment, environment, with_spip
from support.index import Index, standard_artifacts
from support.os_store import OsStore, OsStores
from support.run import clean_environment
from support.servers import TlsServer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from _bench.pairs import Pair


@dataclass(frozen=True)
class World:
    """What the rows are made of.

    `one_host` serves index and files; `two_hosts` serves an index whose files are on another host,
    as PyPI's are. `store` is the system's, with the root of both. The root of `strange`, one more
    index, is nowhere.
    """

    folder: Path
    one_host: TlsServer
    two_hosts: TlsServer
    strange: TlsServer
    store: OsStore

    def environ(self, **more: str) -> dict[str, str]:
        """Return variables from nothing, with a home that stays, so that caches do."""
        home = self.folder / "home"
        home.mkdir(exist_ok=True)
        return clean_environment(home, **more)

    @property
    def target(self) -> Path:
        """Where packages are installed, emptied before each run."""
        return self.folder / "target"


class _Server(TlsServer):
    """Sends each answer at once: waiting for an acknowledgement would cost 40 ms and hide much."""

    def serve(self, connection: socket.socket) -> None:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        super().serve(connection)


@contextlib.contextmanager
def world(folder: Path) -> Iterator[World]:
    """Open it for the time of a `with`. LookupError says what this machine lacks."""
    authority = Authority()
    store = OsStores(folder / "stores").trusting(authority)
    with (
        _Server(authority.issue(), Index(standard_artifacts())) as one,
        _Server(authority.issue(), Index(standard_artifacts(), files=one.url("/files/"))) as two,
        _Server(Authority("Unknown Root CA").issue(), Index(standard_artifacts())) as strange,
    ):
        yield World(folder, one, two, strange, store)


def holding_spip(pair: Pair) -> Environment:
    """Return an environment with that pip, and spip beside it."""
    return with_spip(environment(pair.python, pair.pip))


def holding_peer(pair: Pair, folder: Path) -> Environment | None:
    """Return a copy of the same environment with the peer in it; None where it can't run."""
    try:
        return peer.with_peer(holding_spip(pair), folder / f"peer-{pair.pip}")
    except LookupError:
        return None
