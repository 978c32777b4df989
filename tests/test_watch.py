"""What pip waits for: a refused certificate is not asked for again, a flaky network is."""

from __future__ import annotations

from pathlib import Path

import pytest

from support.authority import Authority
from support.environments import Environment, environment, with_spip
from support.index import Index, standard_artifacts
from support.matrix import MATRIX, Cell, parameters
from support.run import Result, run
from support.servers import Fault, TlsServer

CELLS = [cell for cell in MATRIX if cell.maker == "venv" and cell.pip]


@pytest.fixture(scope="module")
def spip(tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """A spip without the finding after a failure, which has a look of its own at the server."""
    copy = with_spip(environment("3.13", "26.3")).copy(tmp_path_factory.mktemp("spip") / "env")
    finding = copy.site_packages / "spip" / "doctor" / "finding.py"
    finding.unlink()  # it may be a link to a file that other tests use
    finding.write_text("def main() -> None:\n    pass\n", "utf-8")
    return copy


def download(
    spip: Environment, *indexes: TlsServer, retries: int = 5, cell: Cell, folder: Path
) -> Result:
    """Fetch a wheel by spip from the first index, the others being extra ones."""
    urls = [server.url("/simple/") for server in indexes]
    extra = [word for url in urls[1:] for word in ("--extra-index-url", url)]
    words = ["--index-url", urls[0], *extra, "--no-cache-dir", f"--retries={retries}"]
    target = {"SPIP_PYTHON": str(cell.environment().python)}
    return run(spip.spip("download", *words, "--no-deps", "-d", folder, "demo"), env=target)


@pytest.mark.matrix
@pytest.mark.parametrize("cell", parameters(*CELLS))
def test_a_refused_certificate_is_not_asked_for_again(
    cell: Cell, spip: Environment, strange_index: TlsServer, tmp_path: Path
) -> None:
    result = download(spip, strange_index, cell=cell, folder=tmp_path)
    assert result.code == 1, str(result)
    assert strange_index.record.handshakes == 1
    assert "No matching distribution found for demo" in result.stderr
    assert "Retrying" not in result.output


@pytest.mark.matrix
@pytest.mark.parametrize("cell", parameters(*CELLS))
def test_pip_prints_the_same_last_lines_as_alone(
    cell: Cell, spip: Environment, strange_index: TlsServer, tmp_path: Path
) -> None:
    ours = download(spip, strange_index, cell=cell, folder=tmp_path)
    words = ["--index-url", strange_index.url("/simple/"), "--no-cache-dir", "--retries=0"]
    plain = run(cell.environment().pip("download", *words, "--no-deps", "-d", tmp_path, "demo"))
    kept = [line for line in ours.stderr.splitlines() if not line.startswith("spip:")]
    assert (ours.code, kept) == (plain.code, plain.stderr.splitlines())
    assert _without_addresses(ours.stdout) == _without_addresses(plain.stdout)


def _without_addresses(text: str) -> list[str]:
    """pip's words, less what differs from run to run and from store to store."""
    return [line.split("(Caused by")[0].split(": [SSL")[0] for line in text.splitlines()]


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
    result = download(spip, index, retries=2, cell=cell, folder=tmp_path)
    assert result.code == 1, str(result)
    assert index.record.connections == 3
    waits = [line for line in result.stderr.splitlines() if "more times" in line]
    assert len(waits) == 1
    assert "localhost" in waits[0]
