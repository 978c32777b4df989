"""What pip waits for: a refused certificate is not asked for again, a flaky network is."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from support.authority import Authority
from support.environments import Environment, current_environment, with_spip
from support.index import Index, standard_artifacts
from support.listener import Listener
from support.matrix import MATRIX, Cell, parameters
from support.run import Result, run
from support.servers import Fault, TlsServer

KEEPS = """import os, pathlib, sys
def main() -> None:
    pathlib.Path(os.environ["HOME"], "told.json").write_text(sys.stdin.read())
"""
PROTOCOL_VERSION, HANDSHAKE_FAILURE = 70, 40  # RFC 8446, 6

CELLS = [cell for cell in MATRIX if cell.maker == "venv" and cell.pip]
FEW = (Cell("3.6", "21.3.1"), Cell("3.10", "20.3.4"), Cell("3.13", "26.3"))


@pytest.fixture(scope="module")
def spip(tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """A spip whose finding only keeps what it is told: a real one has a look at the server."""
    copy = with_spip(current_environment()).copy(tmp_path_factory.mktemp("spip") / "env")
    finding = copy.site_packages / "spip" / "doctor" / "after_failure.py"
    finding.write_text(KEEPS, "utf-8")
    return copy


@pytest.mark.matrix
@pytest.mark.parametrize("cell", parameters(*CELLS))
def test_what_cannot_change_is_asked_for_once_and_pip_ends_as_alone(
    cell: Cell, spip: Environment, strange_index: TlsServer, tmp_path: Path
) -> None:
    """An unknown certificate, no TLS version in common, and plain HTTP, each on an index."""
    plain_http = TlsServer(None, Index(standard_artifacts()))
    with Alert(PROTOCOL_VERSION) as alert, plain_http:
        urls = [f"https://localhost:{each.port}/simple/" for each in (alert, plain_http)]
        urls.insert(0, strange_index.url("/simple/"))
        ours = fetch(spip.spip, urls, 5, tmp_path, SPIP_PYTHON=str(cell.environment().python))
        asked = (strange_index.record.handshakes, alert.connections, plain_http.record.connections)
        assert asked == (1, 1, 1)
        plain = fetch(cell.environment().pip, urls, 0, tmp_path)
    ends_alike(ours, plain)
    assert "No matching distribution found for demo" in ours.stderr
    assert "Retrying" not in ours.output


@pytest.mark.matrix
@pytest.mark.parametrize("cell", parameters(*CELLS))
def test_a_second_index_that_works_still_serves(
    cell: Cell, spip: Environment, strange_index: TlsServer, authority: Authority, tmp_path: Path
) -> None:
    authority.write(tmp_path)
    site = Index(standard_artifacts())
    with TlsServer(authority.issue(), site) as good:
        env = {
            "SPIP_PYTHON": str(cell.environment().python),
            "SPIP_CA_BUNDLE": str(authority.write(tmp_path)),
        }
        words = ["--index-url", strange_index.url("/simple/"), "--no-cache-dir"]
        words += ["--extra-index-url", good.url("/simple/"), "--no-deps", "-d", str(tmp_path)]
        result = run(spip.spip("download", *words, "demo"), env=env).passed()
    assert list(tmp_path.glob("demo-1.0*"))
    assert "spip:" not in result.stderr


@pytest.mark.parametrize("fault", [Fault.EOF, Fault.RESET])
@pytest.mark.parametrize("cell", parameters(Cell("3.13", "26.3"), Cell("3.8", "23.0.1")))
def test_a_flaky_network_is_retried_as_pip_does_and_said_once(
    cell: Cell, spip: Environment, fault: Fault, index: TlsServer, tmp_path: Path
) -> None:
    index.fault = fault
    target = {"SPIP_PYTHON": str(cell.environment().python)}
    result = fetch(spip.spip, [index.url("/simple/")], 2, tmp_path, **target)
    assert result.code == 1, str(result)
    assert index.record.connections == 3
    waits = [line for line in result.stderr.splitlines() if "more times" in line]
    assert len(waits) == 1
    assert "localhost" in waits[0]


@pytest.mark.parametrize("cell", parameters(Cell("3.13", "26.3"), Cell("3.8", "23.0.1")))
@pytest.mark.parametrize("given", ["option", "variable", "not at all"])
def test_the_finding_is_told_of_the_client_certificate(
    cell: Cell, given: str, spip: Environment, strange_index: TlsServer, tmp_path: Path
) -> None:
    """Without it, a look at an index that demands one would find another fault."""
    own = str(Authority("Clients").issue_client().write(tmp_path))
    words = ["--client-cert", own] if given == "option" else []
    env = {"PIP_CLIENT_CERT": own} if given == "variable" else {}
    env |= {"SPIP_PYTHON": str(cell.environment().python), "HOME": str(tmp_path)}
    where = ["--index-url", strange_index.url("/simple/"), "-d", str(tmp_path)]
    run(spip.spip("download", *where, *words, "demo"), env=env).failed()
    told = json.loads((tmp_path / "told.json").read_text())
    assert told["client_cert"] == (None if given == "not at all" else own)


# --- nothing in common: another attempt can't end otherwise


class Alert(Listener):
    """Answers a hello with a fatal alert (RFC 8446, 6), as one that has no TLS in common does."""

    def __init__(self, description: int) -> None:
        super().__init__()
        self.description = description
        self.connections = 0

    def serve(self, connection: socket.socket) -> None:
        """Read the hello, send the alert."""
        self.connections += 1
        connection.recv(65536)
        connection.sendall(bytes((21, 3, 3, 0, 2, 2, self.description)))
        connection.recv(65536)


@pytest.mark.parametrize("alert", [PROTOCOL_VERSION, HANDSHAKE_FAILURE], ids=["version", "cipher"])
@pytest.mark.parametrize("cell", parameters(*FEW))
def test_tls_without_anything_in_common_is_not_asked_for_again(
    cell: Cell, alert: int, spip: Environment, tmp_path: Path
) -> None:
    with Alert(alert) as server:
        url = f"https://localhost:{server.port}/simple/"
        ours = fetch(spip.spip, [url], 5, tmp_path, SPIP_PYTHON=str(cell.environment().python))
        assert server.connections == 1
        plain = fetch(cell.environment().pip, [url], 0, tmp_path)
    ends_alike(ours, plain)


def fetch(
    command: Callable[..., list[str]], urls: list[str], retries: int, folder: Path, **env: str
) -> Result:
    """Fetch a wheel from the first index, the others being extra ones."""
    extra = [word for url in urls[1:] for word in ("--extra-index-url", url)]
    words = ["--index-url", urls[0], *extra, "--no-cache-dir", f"--retries={retries}", "--no-deps"]
    return run(command("download", *words, "-d", str(folder), "demo"), env=env)


def ends_alike(ours: Result, plain: Result) -> None:
    """The exit code and all that pip prints are as without spip, and without its retries."""
    kept = [line for line in ours.stderr.splitlines() if not line.startswith("spip:")]
    assert (ours.code, kept) == (plain.code, plain.stderr.splitlines())
    assert ours.code == 1
    assert _without_addresses(ours.stdout) == _without_addresses(plain.stdout)


def _without_addresses(text: str) -> list[str]:
    """pip's words, less what differs from run to run and from store to store."""
    return [line.split("(Caused by")[0].split(": [SSL")[0] for line in text.splitlines()]
