"""An index by its IP address: where plain pip works with a trusted certificate, spip does."""

from __future__ import annotations

from pathlib import Path

import pytest

from relaxed_world import User, words
from support.authority import Authority
from support.index import Index, standard_artifacts
from support.matrix import MATRIX, Cell, parameters
from support.servers import TlsServer

# Where spip gives pip a context: old ones (urllib3 1.25, 1.26), and one that has its own.
CELLS = [
    cell
    for cell in MATRIX
    if (cell.python, cell.pip)
    in {
        ("3.10", "20.3.4"),
        ("3.11", "23.2.1"),
        ("3.11", "24.0"),
        ("3.12", "24.2"),
        ("3.13", "26.3"),
    }
]


@pytest.mark.parametrize("cell", parameters(*CELLS))
def test_it_is_verified_by_its_address(
    cell: Cell, user: User, authority: Authority, to: Path
) -> None:
    """Pips before 24.2 ended in "check_hostname requires server_hostname"."""
    trusted = {"SPIP_CA_BUNDLE": str(authority.write(user.home)), "PIP_RETRIES": "0"}
    with TlsServer(authority.issue("127.0.0.1"), Index(standard_artifacts())) as server:
        url = server.url("/simple/").replace("localhost", "127.0.0.1")
        user.spip(cell, *words(url, to), **trusted).passed()
    assert list(to.glob("demo-1.0*"))


@pytest.mark.parametrize("cell", parameters(*CELLS[:2]))
def test_the_address_of_another_is_refused(
    cell: Cell, user: User, authority: Authority, to: Path
) -> None:
    trusted = {"SPIP_CA_BUNDLE": str(authority.write(user.home)), "PIP_RETRIES": "0"}
    with TlsServer(
        authority.issue("127.0.0.2", "localhost"), Index(standard_artifacts())
    ) as server:
        url = server.url("/simple/").replace("localhost", "127.0.0.1")
        user.spip(cell, *words(url, to), **trusted).failed()
    assert not list(to.glob("demo-1.0*"))
