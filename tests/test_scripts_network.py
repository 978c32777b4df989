"""`scripts/spip` where the network is intercepted: verified by the roots of this machine."""

from __future__ import annotations

import os
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.artifacts import Artifact
from support.authority import Authority, bundle
from support.checkout import Checkout, assert_one_sentence, copied, wheels_for_set_up
from support.environments import environment
from support.index import Index
from support.interpreters import interpreter
from support.os_store import OsStore
from support.proxy import Proxy
from support.run import Result, run
from support.servers import TlsServer

if os.name == "nt":
    pytest.skip("its counterpart is an old pip, on POSIX", allow_module_level=True)


@pytest.fixture
def bare(tmp_path: Path) -> Checkout:
    """A checkout in which nothing was ever run."""
    return copied(tmp_path / "my checkout")


class TlsWheels:
    """The wheels of the set-up on an index whose certificate the test chooses."""

    def __init__(self, authority: Authority) -> None:
        self.server = TlsServer(authority.issue(), Index(map(offered, wheels_for_set_up())))

    @property
    def environ(self) -> dict[str, str | None]:
        """The user's own settings: this index, and no patience with it."""
        url = self.server.url("/simple/")
        return {"PIP_INDEX_URL": url, "PIP_RETRIES": "0", "PIP_NO_INDEX": None, "PIP_COMPILE": "0"}


def offered(file: Path) -> Artifact:
    """Offer a real wheel on a test's index."""
    project, version = file.name.split("-")[:2]
    with zipfile.ZipFile(file) as archive:
        names = [name for name in archive.namelist() if name.endswith(".dist-info/METADATA")]
        metadata = archive.read(names[0]).decode()
    normal = re.sub(r"[-_.]+", "-", project).lower()
    return Artifact(normal, version, file.name, file.read_bytes(), metadata)


@pytest.fixture
def tls(authority: Authority) -> Iterator[TlsWheels]:
    made = TlsWheels(authority)
    with made.server:
        yield made


@pytest.fixture
def stranger_tls(stranger: Authority) -> Iterator[TlsWheels]:
    made = TlsWheels(stranger)
    with made.server:
        yield made


def old_pip() -> tuple[Path, list[str]]:
    """Return a Python whose seeded pip asks no OS store, and argv of that pip downloading."""
    plain = environment("3.10", "23.0.1")
    return interpreter("3.10").path, plain.pip("download", "--no-deps", "rich")


def inside(store: OsStore, checkout: Checkout, python: Path, env: dict[str, str | None]) -> Result:
    """Run the script with that OS store, without the checkout's own settings."""
    return run(store.wrap(checkout.argv("--version", python=python)), env=env)


@pytest.mark.os_store
def test_a_root_in_the_os_store_alone_is_enough(
    bare: Checkout, tls: TlsWheels, company_store: OsStore
) -> None:
    python, plain = old_pip()
    refused = run(company_store.wrap(plain), env=tls.environ).failed()
    assert "certificate verify failed" in refused.output
    assert tls.server.record.handed_over == 0
    inside(company_store, bare, python, tls.environ).passed()
    bare.assert_nothing_is_left()


@pytest.mark.os_store
def test_an_intercepting_proxy_of_the_users_settings_is_enough(
    bare: Checkout, tls: TlsWheels, company_store: OsStore, authority: Authority
) -> None:
    python, plain = old_pip()
    with Proxy(authority, routes={"index.corp.example:443": tls.server.port}) as proxy:
        environ = {**tls.environ, "PIP_INDEX_URL": "https://index.corp.example/simple/"}
        environ["PIP_PROXY"] = proxy.url
        assert "certificate verify failed" in run(company_store.wrap(plain), env=environ).output
        inside(company_store, bare, python, environ).passed()
    assert {connect.host for connect in proxy.connects} == {"index.corp.example"}


def test_an_unknown_ca_is_refused(bare: Checkout, stranger_tls: TlsWheels) -> None:
    python, _ = old_pip()
    environ = {**stranger_tls.environ, "PIP_RETRIES": None}
    result = run(bare.argv("--version", python=python), env=environ)
    assert_one_sentence(result, "certificate verify failed")
    # pip asks a page six times, for a minute.
    assert stranger_tls.server.record.connections <= 2
    assert "SPIP_CA_BUNDLE" in result.stderr
    assert stranger_tls.server.record.handed_over == 0
    assert not bare.venv.exists()
    bare.assert_nothing_is_left()


@pytest.mark.parametrize("way", ["PIP_CERT", "pip.conf"])
def test_no_root_that_the_user_named_is_lost(
    bare: Checkout, tls: TlsWheels, authority: Authority, stranger: Authority, way: str
) -> None:
    folder = bare.folder.parent
    good = os.fspath(bundle(folder, authority, name="good.pem"))
    # Beats PIP_CERT, and lacks the root: with pip alone this refuses the index.
    stale = os.fspath(bundle(folder, stranger, name="stale.pem"))
    config = folder / "pip.conf"
    config.write_text(f"[global]\ncert = {good}\n" if way == "pip.conf" else "", "utf-8")
    environ = {**tls.environ, "REQUESTS_CA_BUNDLE": stale, "PIP_CONFIG_FILE": os.fspath(config)}
    if way != "pip.conf":
        environ[way] = good
    python, plain = old_pip()
    assert "certificate verify failed" in run(plain, env=environ).failed().output
    result = run(bare.argv("--version", python=python), env=environ).passed()
    assert "passed over" not in result.stderr


def test_a_bundle_that_is_gone_is_named_and_passed_over(bare: Checkout, tmp_path: Path) -> None:
    gone = os.fspath(tmp_path / "gone")
    stale = {name: f"{gone}-{name}" for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")}
    result = bare.spip("--version", env=stale).passed()
    said = [line for line in result.stderr.splitlines() if "passed over" in line]
    for name in stale:
        assert any(f"{name} names {gone}-{name}" in line for line in said), str(result)
