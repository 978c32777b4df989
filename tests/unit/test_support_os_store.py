"""The changed store is seen by the command inside, and by nothing else."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from support.os_store import OsStores, working_ways
from support.run import run

if TYPE_CHECKING:
    from pathlib import Path

    from support.authority import Authority
    from support.os_store import OsStore
    from support.servers import TlsServer

pytestmark = pytest.mark.os_store

_FETCH = "import sys, urllib.request; print(urllib.request.urlopen(sys.argv[1]).read().decode())"
_COUNT = "import ssl; print(len(ssl.create_default_context().get_ca_certs()))"
_PYTHON = "/usr/bin/python3"


def fetch(server: TlsServer) -> list[str]:
    return [_PYTHON, "-c", _FETCH, server.url("/simple/")]


def test_a_server_is_accepted_inside_and_refused_outside(
    company_store: OsStore, index: TlsServer
) -> None:
    assert "demo" in run(company_store.wrap(fetch(index))).passed().stdout
    assert "CERTIFICATE_VERIFY_FAILED" in run(fetch(index)).failed().stderr


def test_the_distributions_own_roots_are_there_too(
    company_store: OsStore, os_stores: OsStores
) -> None:
    count = [_PYTHON, "-c", _COUNT]
    with_root = int(run(company_store.wrap(count)).passed().stdout)
    without = int(run(os_stores.trusting().wrap(count)).passed().stdout)
    assert with_root == without + 1
    assert without > 50  # every distribution ships more roots than that


def test_an_anchor_counts_only_after_the_update(
    os_stores: OsStores, authority: Authority, index: TlsServer
) -> None:
    store = os_stores.not_updated(authority)
    assert "CERTIFICATE_VERIFY_FAILED" in run(store.wrap(fetch(index))).failed().stderr
    listed = run(store.wrap(["ls", os_stores.layout.anchors])).passed().stdout
    assert authority.fingerprint[:16] in listed


def test_an_empty_store_trusts_nobody(os_stores: OsStores, index: TlsServer) -> None:
    store = os_stores.empty()
    assert run(store.wrap([_PYTHON, "-c", _COUNT])).passed().stdout == "0\n"
    assert "CERTIFICATE_VERIFY_FAILED" in run(store.wrap(fetch(index))).failed().stderr


def test_each_way_into_a_namespace_gives_the_same(
    os_stores: OsStores, tmp_path: Path, authority: Authority, index: TlsServer
) -> None:
    del os_stores  # which says why, where there is no way
    for way in working_ways():
        store = OsStores(tmp_path / "-".join(way), way).trusting(authority)
        run(store.wrap(fetch(index))).passed()


def test_the_command_keeps_its_arguments_its_environment_and_its_exit_code(
    company_store: OsStore,
) -> None:
    code = "import os, sys; print(sys.argv[1:], os.environ['PATH']); sys.exit(7)"
    words = ["", "a b", "$HOME", "'"]
    result = run(company_store.wrap([sys.executable, "-c", code, *words]))
    assert (result.code, result.stdout) == (7, f"{words} /usr/bin:/bin\n")
