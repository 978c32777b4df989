"""Every source of roots that the design's table names, and what keeps a file from being one."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from support.authority import Authority, bundle
from support.certificates import EXPIRED
from support.environments import Environment, current_environment, environment, with_spip
from support.index import Index, standard_artifacts
from support.lacking import lacking
from support.os_store import OsStores
from support.run import Result, run
from support.servers import TlsServer
from trust_machine import Machine, missing

ADMIN = "/etc/spip/ca.d/corporate.pem"
AGENT = "/opt/netskope/stagent/data/nscacert.pem"
ANCHOR = "/etc/pki/ca-trust/source/anchors/corporate.pem"


@pytest.fixture(params=["asks the store", "old", "handed over to an old Python"])
def spip(request: pytest.FixtureRequest) -> tuple[Environment, dict[str, str]]:
    """A pip that asks the system's store by itself, one that doesn't, and one that can't."""
    if request.param == "asks the store":
        return with_spip(current_environment()), {}
    if request.param == "old":
        return with_spip(environment("3.10", "23.0.1")), {}
    target = environment("3.8", "23.0.1")
    return with_spip(current_environment()), {"SPIP_PYTHON": str(target.python)}


@pytest.fixture
def machine(os_stores: OsStores, tmp_path: Path) -> Machine:
    """This system with its own roots alone, and nothing laid over it yet."""
    if missing():
        lacking(missing(), installable=False)
    for name in ("over", "home"):
        (tmp_path / name).mkdir()
    return Machine(tmp_path / "over", os_stores.trusting(), tmp_path / "home")


def fetched(
    machine: Machine, spip: tuple[Environment, dict[str, str]], index: TlsServer, **env: str
) -> Result:
    """Fetch a wheel from the index whose root the machine's store doesn't have."""
    where = ["--index-url", index.url("/simple/"), "--no-cache-dir", "--retries=0"]
    to = machine.home / "to"
    words = spip[0].spip("download", *where, "--no-deps", "-d", to, "demo")
    return machine.run(words, **spip[1], **env)


def test_without_any_source_the_root_is_unknown(
    machine: Machine, spip: tuple[Environment, dict[str, str]], index: TlsServer
) -> None:
    result = fetched(machine, spip, index).failed()
    assert index.record.handed_over == 0
    assert "CERTIFICATE_VERIFY_FAILED" in result.output


def test_without_truststore_the_systems_roots_come_as_a_file(
    os_stores: OsStores, index: TlsServer, authority: Authority, tmp_path: Path
) -> None:
    """Where it can't be imported, pip had been given certifi alone."""
    private = with_spip(environment("3.11", "23.2.1")).copy(tmp_path / "env")
    shutil.rmtree(private.site_packages / "truststore")
    where = ["--index-url", index.url("/simple/"), "--no-cache-dir", "--retries=0"]
    words = private.spip("download", *where, "--no-deps", "-d", tmp_path / "to", "demo")
    run(os_stores.trusting(authority).wrap(words)).passed()


@pytest.mark.parametrize("path", [ADMIN, AGENT, ANCHOR])
def test_a_root_of_an_administrators_is_enough(
    machine: Machine,
    spip: tuple[Environment, dict[str, str]],
    index: TlsServer,
    authority: Authority,
    path: str,
) -> None:
    machine.put(path, authority.pem)
    fetched(machine, spip, index).passed()


def test_an_anchor_that_nobody_ran_the_update_for(
    machine: Machine,
    os_stores: OsStores,
    spip: tuple[Environment, dict[str, str]],
    index: TlsServer,
    authority: Authority,
) -> None:
    machine.store = os_stores.not_updated(authority)
    fetched(machine, spip, index).passed()


def test_an_added_root(
    machine: Machine,
    spip: tuple[Environment, dict[str, str]],
    index: TlsServer,
    authority: Authority,
) -> None:
    root = authority.write(machine.home)
    machine.run(spip[0].spip("trust", "add", "--yes", root)).passed()
    result = fetched(machine, spip, index).passed()
    assert "spip:" not in result.stderr


# --- what must not happen


@pytest.mark.parametrize("path", [ADMIN, AGENT, ANCHOR])
@pytest.mark.parametrize(
    "how",
    [
        {"owner": 1234},
        {"mode": 0o666},
        {"mode": 0o664, "owner": 0, "group": 1234},
        {"parent": 0o777},
        {"parent": 0o1777},
    ],
    ids=["another owner", "writable by all", "by a group", "in an open folder", "in a sticky one"],
)
def test_what_someone_else_could_have_written_is_no_source(
    machine: Machine, index: TlsServer, authority: Authority, path: str, how: dict[str, int]
) -> None:
    wanted = dict(how)
    group = wanted.pop("group", None)
    machine.put(path, authority.pem, **wanted)
    if group:
        os.chown(f"{machine.folder}{path}", 0, group)
    spip = (with_spip(current_environment()), dict[str, str]())
    assert "certificate verify failed" in fetched(machine, spip, index).failed().output
    assert index.record.connections
    assert index.record.handed_over == 0


@pytest.mark.parametrize("path", [ADMIN, AGENT, ANCHOR])
def test_only_an_unexpired_ca_becomes_a_root(
    machine: Machine, path: str, authority: Authority
) -> None:
    old = Authority("Expired Root CA", validity=EXPIRED)
    spip = (with_spip(current_environment()), dict[str, str]())
    identity = authority.issue()
    machine.put(path, identity.pem + old.pem)
    for shown in (identity, old.issue()):
        with TlsServer(shown, Index(standard_artifacts())) as server:
            assert "certificate verify failed" in fetched(machine, spip, server).failed().output
            assert server.record.connections
            assert server.record.handed_over == 0


def test_a_distrusted_root_is_taken_out_of_every_source(
    machine: Machine, index: TlsServer, authority: Authority
) -> None:
    machine.put(ADMIN, authority.pem)
    machine.put(ANCHOR, authority.pem)
    machine.put("/etc/pki/ca-trust/source/blocklist/corporate.pem", authority.pem)
    spip = (with_spip(current_environment()), dict[str, str]())
    assert "certificate verify failed" in fetched(machine, spip, index).failed().output
    assert index.record.connections
    assert index.record.handed_over == 0


def test_what_belongs_to_other_tools_is_not_trusted_for_pip(
    machine: Machine, index: TlsServer, authority: Authority
) -> None:
    root = str(authority.write(machine.home))
    (machine.home / ".npmrc").write_text(f"cafile={root}\n")
    (machine.home / ".mitmproxy").mkdir()
    (machine.home / ".mitmproxy" / "mitmproxy-ca-cert.pem").write_bytes(authority.pem)
    spip = (with_spip(current_environment()), dict[str, str]())
    theirs = dict.fromkeys(("NODE_EXTRA_CA_CERTS", "AWS_CA_BUNDLE", "GIT_SSL_CAINFO"), root)
    assert "certificate verify failed" in fetched(machine, spip, index, **theirs).failed().output
    assert index.record.connections
    assert index.record.handed_over == 0


def test_as_root_another_users_roots_do_not_count_and_that_is_said(
    machine: Machine, spip: tuple[Environment, dict[str, str]], index: TlsServer,
    authority: Authority,
) -> None:  # fmt: skip
    folder = machine.home / ".config" / "spip" / "roots"
    folder.mkdir(parents=True)
    (folder / f"{authority.fingerprint}.pem").write_bytes(authority.pem)
    for path in (machine.home, folder.parent.parent, folder.parent, folder, *folder.iterdir()):
        os.chown(path, 1234, 1234)
    result = fetched(machine, spip, index).failed()
    assert index.record.handed_over == 0
    said = [line for line in result.stderr.splitlines() if "don't count" in line]
    assert len(said) == 1
    assert "belongs to user 1234" in said[0]
    before = sorted(folder.iterdir())
    other = bundle(machine.folder.parent, Authority("Another Root CA"))
    refused = machine.run(spip[0].spip("trust", "add", "--yes", other)).failed()
    assert "is not used" in refused.stderr
    assert sorted(folder.iterdir()) == before


# --- WSL


@pytest.mark.parametrize("answers", [True, False])
def test_windows_roots_come_into_wsl_one_by_one(
    machine: Machine, authority: Authority, index: TlsServer, tmp_path: Path, *, answers: bool
) -> None:
    """The kernel says that it is Microsoft's, and a recorded answer stands for PowerShell."""
    interop = tmp_path / "interop"
    interop.mkdir()
    said = interop / "answer.txt"
    said.write_bytes((authority.pem + authority.issue().pem).replace(b"\n", b"\r\n"))
    powershell = interop / "powershell.exe"
    powershell.write_text(f"#!/bin/sh\n{f'cat {said}' if answers else 'exit 1'}\n")
    powershell.chmod(0o755)
    kernel = tmp_path / "osrelease"
    kernel.write_text("5.15.153.1-microsoft-standard-WSL2\n")
    machine.also = [f"mount --bind {kernel} /proc/sys/kernel/osrelease"]
    spip = (with_spip(current_environment()), dict[str, str]())
    path = {"PATH": f"{interop}:/usr/bin:/bin"}
    done = machine.run(spip[0].spip("trust", "add", "--from-windows", "--yes"), **path)
    if answers:
        done.passed()
        assert authority.fingerprint in done.stdout
        fetched(machine, spip, index).passed()
        again = machine.run(spip[0].spip("trust", "add", "--from-windows"), **path)
        assert again.code == 1  # a script has to say yes
    else:
        assert "Windows did not answer" in done.failed().stderr
        assert "certificate verify failed" in fetched(machine, spip, index).failed().output
