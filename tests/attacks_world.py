"""What the attacks share: one victim with plain pip, one with spip, and who answers instead."""

from __future__ import annotations

import socket
from dataclasses import dataclass
from pathlib import Path

from relaxed_world import FORBIDS, TAMPERED, User, empty, got, new_user
from support.artifacts import Artifact
from support.authority import Authority, Identity
from support.lacking import lacking
from support.matrix import Cell
from support.os_store import OsStores
from support.run import Result
from support.servers import TlsServer
from trust_machine import Machine, missing

REFUSED = "refused"
CLEAN = "nothing is left in a cache"
NAMED = "as with pip, but named, logged and not cached; refused by policy"


@dataclass(frozen=True)
class Outcome:
    """Whether plain pip was taken in (None: it has no such thing), and what spip did."""

    plain: bool | None
    spip: str = REFUSED


class Scene:
    """One attack on one cell. `interceptor` is who the grant is for, `attacker` somebody else."""

    def __init__(
        self, cell: Cell, folder: Path, authority: Authority, stranger: Authority, stores: OsStores
    ) -> None:
        self.cell = cell
        self.folder = folder
        self.authority = authority
        self.stores = stores
        self.interceptor: Identity = stranger.issue()
        self.attacker: Identity = Authority("Another Root CA").issue()
        self.ann = new_user(folder, "ann")  # has spip
        self.bob = new_user(folder, "bob")  # has pip
        self.to = folder / "to"
        self.bundle = str(authority.write(folder))

    def grant(self, server: TlsServer, host: str = "localhost") -> None:
        """Allow what this server shows now."""
        assert server.identity
        self.ann.grant(server.port, server.identity.fingerprint, host=host)

    def plain(self, *words: str, **env: str) -> Result:
        """The cell's own pip, into an empty folder; it knows the company's root too."""
        empty(self.to)
        return self.bob.pip(self.cell, *self._fetch(words), **{"PIP_CERT": self.bundle, **env})

    def spip(self, *words: str, **env: str) -> Result:
        """The same with spip."""
        empty(self.to)
        known = {"SPIP_CA_BUNDLE": self.bundle}
        return self.ann.spip(self.cell, *self._fetch(words), **{**known, **env})

    def tampered(self, artifact: Artifact = TAMPERED) -> bool:
        """Whether the last command was given the attacker's file."""
        return got(self.to, artifact)

    def machine(self) -> Machine:
        """Another machine, whose files can be laid over this one's; both users live there too."""
        if missing():
            lacking(missing(), installable=False)
        over = self.folder / "over"
        over.mkdir(exist_ok=True)
        return Machine(over, self.stores.trusting(), self.ann.home)

    def under_policy(self, *words: str) -> None:
        """See that a policy against pip's own ways ends this with 2, and nothing arrives."""
        machine = self.machine()
        machine.put("/etc/spip/policy.toml", FORBIDS)
        empty(self.to)
        result = self.on(machine, self.ann, *words)
        assert result.code == 2, str(result)
        assert not list(self.to.iterdir())

    def on(self, machine: Machine, user: User, *words: str) -> Result:
        """Run what that user has on another machine."""
        from relaxed_world import spip

        python = str(self.cell.environment().python)
        env = {**user.environ, "PIP_CERT": self.bundle, "SPIP_PYTHON": python}
        argv = self._fetch(words)
        command = spip().spip(*argv) if user == self.ann else self.cell.environment().pip(*argv)
        return machine.run(command, **env)

    def named(self, what: str) -> str:
        """See that spip named, logged and didn't cache one of pip's own ways; say so."""
        assert [entry["what"] for entry in self.ann.events("own_way")] == [what]
        assert not any(TAMPERED.data in file.read_bytes() for file in self.ann.cached)
        return NAMED

    def _fetch(self, words: tuple[str, ...]) -> list[str]:
        if words[0] == "wheel":
            return [*words, "-w", str(self.to), "--no-deps", "--retries=0"]
        return ["download", "--no-deps", "--retries=0", "-d", str(self.to), *words]


class Elsewhere(TlsServer):
    """Listens on the same port of another address."""

    def at(self, address: str, port: int) -> Elsewhere:
        """Move there."""
        self._socket.close()
        self._socket = socket.create_server((address, port))
        self.port = port
        return self


class Vanishing(TlsServer):
    """Takes one connection, and then nobody listens any more."""

    def serve(self, connection: socket.socket) -> None:
        """Serve it after the port was closed."""
        socket.socket.shutdown(self._socket, socket.SHUT_RDWR)
        self._socket.close()
        super().serve(connection)


def secrets_in(user: User, result: Result, secret: str) -> list[str]:
    """Every place where spip let a secret out: its own lines, its log and its other files."""
    shown = [line for line in result.stderr.splitlines() if line.startswith("spip:")]
    found = [line for line in shown if secret.lower() in line.lower()]
    files = [file for file in user.state.rglob("*") if file.is_file()]
    return found + [str(f) for f in files if secret.lower().encode() in f.read_bytes().lower()]
