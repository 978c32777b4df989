"""Lists of roots that are older than the world, or that say no; pips of another age."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any

import pytest

from doctor_world import causes, no_store, report, the
from support.authority import Authority
from support.environments import Environment, current_environment, environment, with_spip
from support.lacking import lacking
from support.os_store import OsStores
from support.run import run
from support.servers import TlsServer
from trust_machine import Machine, missing

IN_PLACE = "/etc/spip/ca.d/root.pem"
BLOCKED = "/etc/pki/ca-trust/source/blocklist/root.pem"


def test_a_root_that_only_the_newest_certifi_has(tmp_path: Path) -> None:
    """As on a system, and with a pip, that nobody has upgraded since the root came."""
    root = Authority()
    spip = with_spip(current_environment()).copy(tmp_path / "env")
    newest = spip.site_packages / "certifi"
    (newest / "cacert.pem").write_bytes((newest / "cacert.pem").read_bytes() + root.pem)
    said = (newest / "__init__.py").read_text("utf-8")
    dated = re.sub(r'__version__ = ".*"', '__version__ = "2099.01.01"', said)
    (newest / "__init__.py").write_text(dated, "utf-8")
    with TlsServer(root.issue()) as server:
        found = _asked(spip, server.url())
    assert found["verdict"] == "healthy"
    if no_store():
        the(found, "os-store-empty")
    else:
        outdated = the(found, "os-store-outdated")["sentence"]
        assert outdated.endswith("not yet in this system's store")
    of_pip = the(found, "certifi-outdated")
    assert of_pip["sentence"].startswith("the certifi of pip 26.3 is of ")
    assert of_pip["next"].endswith("install --upgrade pip")


def test_a_root_that_an_administrator_blocked(os_stores: OsStores, tmp_path: Path) -> None:
    if missing():
        lacking(missing(), installable=False)
    root = Authority()
    machine = Machine(tmp_path / "over", os_stores.trusting(), tmp_path / "home")
    machine.folder.mkdir()
    machine.home.mkdir()
    machine.put(IN_PLACE, root.pem)
    spip = with_spip(current_environment())
    with TlsServer(root.issue()) as server:
        asked = spip.spip("doctor", "--json", server.url())
        assert causes(json.loads(machine.run(asked).stdout)) == []
        machine.put(BLOCKED, root.pem)
        said = json.loads(machine.run(asked).stdout)
    assert causes(said) == ["distrusted"]
    assert 'ask IT why "Example Root CA" is distrusted here' in the(said, "distrusted")["next"]


@pytest.mark.skipif(os.name == "nt", reason="made of links, which a user of Windows may not make")
def test_a_pip_that_is_older_than_any_that_spip_can_help(tmp_path: Path) -> None:
    """Only what pip says of itself is made: its version."""
    target = environment("3.8", "20.3.4").copy(tmp_path / "env")
    own = target.site_packages / "pip" / "__init__.py"
    said = own.read_text("utf-8")
    own.write_text(said.replace('"20.3.4"', '"19.0.3"'), "utf-8")
    for compiled in own.parent.glob("__pycache__/__init__.*"):  # as long, and as old to a second
        compiled.unlink()
    found = the(report("localhost:1", env={"SPIP_PYTHON": str(target.python)}), "pip-too-old")
    assert f"pip 19.0.3 of {target.python}" in found["sentence"]
    spip = with_spip(current_environment())
    words = ["env", "--", str(target.python), "-m", "pip", "config", "list"]
    shown = run(spip.spip(*words), env={"SPIP_PYTHON": str(target.python)}).passed().stdout
    assert found["next"].endswith(f'env -- "{target.python}" -m pip install --upgrade pip')
    assert "spip-bundle-" in shown  # it is given what it would verify by


def _asked(spip: Environment, *words: str) -> dict[str, Any]:
    """Ask the doctor of another environment than the one that runs the tests."""
    said: dict[str, Any] = json.loads(run(spip.spip("doctor", "--json", *words)).stdout)
    return said
