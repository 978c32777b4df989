"""A user with grants, a log and pip's caches; servers that lie; and an attacker's files."""

from __future__ import annotations

import json
import os
import shutil
import socket
import ssl
from dataclasses import dataclass
from email.utils import formatdate
from pathlib import Path

from spip.policy import clock, grants, locations
from spip.policy.grants import Grant
from support.artifacts import Artifact, sdist, wheel
from support.environments import Environment, current_environment, with_spip
from support.index import Index
from support.lacking import lacking
from support.matrix import MATRIX, Cell
from support.os_store import OsStores
from support.run import Result, run
from support.sites import Answer, Request, Site
from trust_machine import Machine, missing

# Those that a grant can be used in: their pip runs where spip can watch its connections.
IN_PROCESS = tuple(
    cell
    for cell in MATRIX
    if cell.maker == "venv" and cell.pip and tuple(map(int, cell.python.split("."))) >= (3, 10)
)
# urllib3 1.25 to 2, pip's own truststore and none, injected, current.
REPRESENTATIVE = (
    Cell("3.10", "20.3.4"),
    Cell("3.11", "23.2.1"),
    Cell("3.12", "24.2"),
    Cell("3.13", "26.3"),
)
TAMPERED = wheel("demo", modules={"demo.py": "GENUINE = False\n"})
GENUINE = wheel("demo", scripts={"demo": "demo:main"})
TAMPERED_SOURCE = sdist("source", files={"source.py": "GENUINE = False\n"})
GENUINE_SOURCE = sdist("source")
SECONDS = 600.0
FORBIDS = b"[pip]\nown-ways = false\n"


@dataclass(frozen=True)
class User:
    """Somebody whose home stays from command to command."""

    home: Path

    def grant(
        self, port: int, fingerprint: str, *, host: str = "localhost", seconds: float = SECONDS
    ) -> None:
        """Do what `spip allow-insecure` does once it was confirmed."""
        now = clock.now()
        given = Grant(
            host=host,
            port=port,
            sha256=fingerprint,
            subject="CN=localhost",
            issuer="CN=Unknown Root CA",
            by="ann",
            reason="root CA roll-out",
            boot=now.boot,
            given=float(now.elapsed),
            ends=float(now.elapsed + seconds),
            given_on=float(now.date),
            ends_on=float(now.date + seconds),
        )
        grants.change(self.environ, now, lambda kept: [*kept, given])

    def revoke(self) -> None:
        """End every grant."""
        (self.state / "grants.json").unlink(missing_ok=True)

    @property
    def environ(self) -> dict[str, str]:
        """The variables that say where this user's home is."""
        return {"HOME": str(self.home), "LOCALAPPDATA": str(self.home)}

    @property
    def state(self) -> Path:
        """Where grants and the log are."""
        return Path(locations.state(self.environ) or "")

    @property
    def log(self) -> list[dict[str, object]]:
        """The log's entries."""
        file = self.state / "log.jsonl"
        lines = file.read_text("utf-8").splitlines() if file.exists() else []
        return [json.loads(line) for line in lines]

    def events(self, event: str) -> list[dict[str, object]]:
        """The log's entries of one kind."""
        return [entry for entry in self.log if entry["event"] == event]

    @property
    def cached(self) -> list[Path]:
        """Files in pip's caches of what was fetched or built."""
        folders = [self.home / name for name in (".cache/pip", "Library/Caches/pip", "pip/Cache")]
        files = [file for folder in folders for file in folder.rglob("*") if file.is_file()]
        return [file for file in files if "selfcheck" not in str(file)]

    def spip(self, cell: Cell, *words: str | os.PathLike[str], **env: str) -> Result:
        """Run spip on a cell."""
        target = {"SPIP_PYTHON": str(cell.environment().python)}
        return run(spip().spip(*words), env=target | self.environ | env)

    def pip(self, cell: Cell, *words: str | os.PathLike[str], **env: str) -> Result:
        """Run the cell's own pip."""
        return run(cell.environment().pip(*words), env=self.environ | env)


def spip() -> Environment:
    """Return where spip is installed, away from the targets."""
    return with_spip(current_environment())


def new_user(folder: Path, name: str) -> User:
    """Make a home."""
    home = folder / name
    home.mkdir()
    return User(home)


def words(url: str, folder: Path, *what: str) -> list[str]:
    """Return words that fetch `what` (a wheel) from an index into a folder."""
    return ["download", "--no-deps", "--index-url", url, "-d", str(folder), *(what or ["demo"])]


def got(folder: Path, artifact: Artifact = TAMPERED) -> bool:
    """Whether this very file arrived in the folder."""
    file = folder / artifact.filename
    return file.exists() and file.read_bytes() == artifact.data


def empty(folder: Path) -> Path:
    """Return the folder, with nothing in it."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


def said(result: Result) -> list[str]:
    """What spip said, without its prefix."""
    return [line[6:] for line in result.stderr.splitlines() if line.startswith("spip: ")]


@dataclass(frozen=True)
class Lasting:
    """A site whose answers a cache keeps for a year; an index's links carry no hash."""

    site: Site

    def __call__(self, request: Request) -> Answer:
        """Answer."""
        answer = self.site(request)
        kept = {
            "Cache-Control": "public, max-age=31536000, immutable",
            "Date": formatdate(usegmt=True),  # without one nothing is kept
        }
        return Answer(answer.status, answer.body, {**answer.headers, **kept})


def lasting(*artifacts: Artifact, files: str = "/files/") -> Lasting:
    """Return an index that a cache keeps."""
    return Lasting(Index(artifacts, files=files, hashes=False))


def texts(pages: dict[str, str], otherwise: Site) -> Site:
    """Return a site with a few texts, and another site for all other paths."""

    def site(request: Request) -> Answer:
        if request.path in pages:
            return Answer(body=pages[request.path].encode(), headers={"Content-Type": "text/plain"})
        return otherwise(request)

    return site


def presented(port: int, host: str, proxy: int) -> str:
    """Return the SHA-256 of the leaf that a host shows through a proxy; verifies nothing."""
    import hashlib

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with socket.create_connection(("127.0.0.1", proxy), 10) as connection:
        connection.sendall(f"CONNECT {host}:{port} HTTP/1.1\r\n\r\n".encode())
        while not connection.recv(1024).endswith(b"\r\n\r\n"):
            pass
        with context.wrap_socket(connection, server_hostname=host) as secure:
            return hashlib.sha256(secure.getpeercert(binary_form=True) or b"").hexdigest()


def forbidding(stores: OsStores, folder: Path, home: Path) -> Machine:
    """Another machine, whose policy forbids pip's own ways; there, `home` is the user's."""
    if missing():
        lacking(missing(), installable=False)
    (folder / "over").mkdir()
    machine = Machine(folder / "over", stores.trusting(), home)
    machine.put("/etc/spip/policy.toml", FORBIDS)
    return machine


def spip_on(machine: Machine, cell: Cell, *argv: str, **env: str) -> Result:
    """Run spip on a cell of that machine."""
    target = {"SPIP_PYTHON": str(cell.environment().python)}
    return machine.run(spip().spip(*argv), **target, **env)
