"""The index of the test world serves real pips, and its wheels and builds are real."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from support.artifacts import sdist
from support.authority import Authority, bundle
from support.index import Index, standard_artifacts
from support.matrix import Cell, parameters
from support.run import run

if TYPE_CHECKING:
    from pathlib import Path

    from support.servers import TlsServer

OLD_AND_NEW = parameters(Cell("3.10", "23.0.1"), Cell("3.13", "26.3"))


@pytest.mark.parametrize("cell", OLD_AND_NEW)
def test_a_wheel_and_a_build_in_isolation_come_from_the_index(
    cell: Cell, index: TlsServer, authority: Authority, tmp_path: Path
) -> None:
    link = index.url("/simple/demo/")
    index.site = Index([*standard_artifacts(), sdist("fetches", files={"fetch-url": link})])
    private = cell.environment().copy(tmp_path / "venv")
    # An older pip hands --cert to its build only from 25.0 on, but the variable always.
    certificate = str(bundle(tmp_path, authority))
    env = {"PIP_CERT": certificate, "SSL_CERT_FILE": certificate}
    options = ["--index-url", index.url("/simple/"), "--no-cache-dir"]
    run(private.pip("install", *options, "demo", "needsbuild", "fetches"), env=env).passed()
    shown = run([private.scripts / "demo"]).passed().stdout
    assert shown == "genuine\n"
    assert "/simple/minibackend/" in index.record.paths
    assert "demo-1.0" in (private.site_packages / "fetched.txt").read_text()
    assert "needsbuild" in run(private.pip("list")).passed().stdout
