"""The guides, followed word for word."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from docs_guides import GUIDES, Reader, changeable, steps, sums, tried
from support import single_file
from support.artifacts import wheel
from support.authority import Authority
from support.environments import current_environment, with_spip
from support.index import Index, standard_artifacts
from support.lacking import is_guides_job, lacking
from support.os_store import OsStore, OsStores
from support.proxy import Proxy
from support.run import run
from support.servers import TlsServer
from trust_machine import missing
from trust_tools import program

pytestmark = pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="the guides' commands for Linux"
)


@pytest.fixture(scope="module")
def release() -> Path:
    """What a release offers, of this checkout."""
    return single_file.built()


@pytest.fixture
def downloads(release: Path, tmp_path: Path, authority: Authority) -> Path:
    """The folder that the reader is in."""
    folder = tmp_path / "down loads"
    folder.mkdir()
    for name in ("spip.pyz", "spip-wheels.zip"):
        shutil.copy(release / name, folder)
    sums(folder, "spip.pyz", "spip-wheels.zip")
    (folder / "requirements.txt").write_text("demo\n")
    for name in ("company-root.crt", "company-root.pem"):
        (folder / name).write_bytes(authority.pem)
    return folder


@pytest.fixture
def company(authority: Authority) -> Iterator[dict[str, str]]:
    """The company's index, as pip's configuration names it."""
    site = Index([*standard_artifacts(), wheel("requests")])
    with TlsServer(authority.issue(), site) as server:
        yield {"PIP_INDEX_URL": server.url("/simple/")}


@pytest.fixture
def reader(downloads: Path, lasting_path: Path, company_store: OsStore) -> Reader:
    """A reader whose system trusts the company's root, and whose environment is their own."""
    (lasting_path / "home").mkdir()
    env = current_environment().copy(lasting_path / "env")
    return Reader(downloads, lasting_path / "home", env, company_store.wrap)


def test_company_laptop(reader: Reader, company: dict[str, str]) -> None:
    result = reader.types(
        [*tried("company-laptop"), 'test -f "$SSL_CERT_FILE"'], **company
    ).passed()
    assert "spip.pyz: OK" in result.stdout
    assert "OK: pip works here" in result.stdout
    assert "Successfully installed requests" in result.stdout
    assert "spip" in (reader.home / ".bashrc").read_text("utf-8")
    asked = reader.types(["bash -ic 'type pip'"], **company).passed()
    assert "function" in asked.stdout


def test_github_actions(
    reader: Reader, company: dict[str, str], os_stores: OsStores, authority: Authority
) -> None:
    reader.wrap = os_stores.trusting().wrap
    _into_tools(reader.folder)
    workflow, _ = tried("ci", "yaml")
    given = reader.home / "github_env"
    env = {
        **company,
        "CI": "true",
        "COMPANY_ROOT": authority.pem.decode(),
        "GITHUB_ENV": str(given),
    }
    result = reader.types(list(steps(workflow)), **env).passed()
    assert "Successfully installed demo" in result.stdout
    assert "GIT_SSL_CAINFO=" in given.read_text("utf-8")


def test_gitlab_ci(reader: Reader, company: dict[str, str], os_stores: OsStores) -> None:
    reader.wrap = os_stores.trusting().wrap
    _into_tools(reader.folder)
    _, pipeline = tried("ci", "yaml")
    root = reader.folder / "company-root.pem"
    root.chmod(0o666)  # as GitLab's runner for Docker leaves it, with its umask of 0000
    env = {**company, "CI": "true", "COMPANY_ROOT": str(root)}
    result = reader.types(["umask 0000", *steps(pipeline)], **env).passed()
    assert "Successfully installed demo" in result.stdout


def test_private_index(reader: Reader, os_stores: OsStores, authority: Authority) -> None:
    reader.python = with_spip(current_environment()).copy(reader.home.parent / "spip")
    reader.wrap = os_stores.trusting().wrap
    shutil.copy(authority.issue_client("ann").write(reader.folder), reader.home / "ann.pem")
    root, index, certificate, both = tried("private-index")
    site = Index(standard_artifacts())
    with (
        TlsServer(authority.issue(), site, clients=authority) as server,
        Proxy(routes={"index.corp.example:443": server.port}) as way,
    ):
        # A user's own file is what the guide changes.
        env = {"HTTPS_PROXY": way.url, "PIP_CONFIG_FILE": ""}
        before = reader.types([index, "spip install demo"], **env).failed()
        assert "spip trust add FILE" in before.stderr, before.stderr
        half = reader.types([root, "spip install demo"], **env).failed()
        assert "client certificate" in half.stderr
        done = reader.types([certificate, both], **env).passed()
    assert "Successfully installed demo" in done.stdout


def test_offline(reader: Reader, company: dict[str, str]) -> None:
    itself, installed, download, used = tried("offline")
    reader.types([itself, installed], PIP_INDEX_URL="https://index.invalid/simple/").passed()
    reader.types([download], **company).passed()
    done = reader.types([used], PIP_INDEX_URL="https://index.invalid/simple/").passed()
    assert "Successfully installed demo" in done.stdout


def test_leaving(reader: Reader, company: dict[str, str]) -> None:
    reader.python = with_spip(current_environment()).copy(reader.home.parent / "spip")
    rc = reader.home / ".bashrc"
    rc.write_text("alias ll='ls -l'\nalias pip='pip --trusted-host localhost'\n", "utf-8")
    before = {*reader.home.rglob("*")}
    used = [
        "spip doctor --fix --yes",  # which installs the hook, and keeps a copy of the file
        "spip trust add --yes company-root.crt",
        "spip install demo",
    ]
    reader.types(used, **company).passed()
    assert "spip" in rc.read_text("utf-8")
    reader.types(tried("leaving"), **company).passed()
    assert rc.read_text("utf-8") == "alias ll='ls -l'\n"
    left = {path for path in reader.home.rglob("*") if path.is_file()} - before
    assert not [path for path in left if "spip" in str(path)], left
    assert not (reader.python.scripts / "spip").exists()


@pytest.fixture
def system(reader: Reader, tmp_path: Path, os_stores: OsStores) -> Path:
    """A system of one's own to change; the folder with what was changed."""
    if missing() or os.geteuid() != 0:
        lacking(missing() or "not root", installable=is_guides_job())
    changed = tmp_path / "system"
    within = changeable(changed, "/etc", "/usr/local")
    tried = run(within(["true"]))
    if tried.code:  # as on an overlay itself, which an upper folder can't lie on
        lacking(f"no overlay can be mounted: {tried.stderr.strip()}", installable=False)
    store = os_stores.trusting()
    reader.wrap = lambda argv: within(store.wrap(argv))
    sudo = reader.python.scripts / "sudo"
    sudo.write_text('#!/bin/sh\nexec "$@"\n')  # it is root already
    sudo.chmod(0o755)
    shutil.copy(GUIDES / "ansible" / "policy.toml", reader.folder)
    return changed / "upper"


def test_rollout_by_hand(reader: Reader, system: Path, company: dict[str, str]) -> None:
    (by_hand,) = tried("rollout")
    proof = "spip doctor --strict"  # the root that was put there is the administrator's own
    result = reader.types([by_hand, proof, "spip install demo"], **company).passed()
    assert "spip.pyz: OK" in result.stdout
    assert "/etc/spip/ca.d" in result.stdout
    assert "OK: pip works here" in result.stdout
    assert "Successfully installed demo" in result.stdout
    assert (system / "etc" / "spip" / "policy.toml").exists()
    refused = reader.types(["spip install --trusted-host localhost demo"], **company)
    assert refused.code == 2
    assert "the policy" in refused.stderr
    reader.types(tried("rollout", "undo")).passed()
    assert not [path for path in system.rglob("*spip*") if path.is_file()]


def test_rollout_with_ansible(reader: Reader, system: Path, company: dict[str, str]) -> None:
    tools = _ansible()
    shutil.copytree(GUIDES / "ansible", reader.folder / "play")
    for name in ("spip.pyz", "SHA256SUMS", "company-root.pem"):
        shutil.copy(reader.folder / name, reader.folder / "play")
    python = reader.python.python
    with (reader.folder / "play" / "vars.yml").open("a") as more:
        more.write('spip_doctor: ["--strict"]\n')
    (reader.folder / "play" / "hosts").write_text(
        f"here ansible_connection=local ansible_python_interpreter={str(python)!r}\n"
    )
    reader.folder = reader.folder / "play"
    # Python's own message about a fork in a program with threads would count as an error.
    env = {**company, "ANSIBLE_HOME": str(reader.home), "LC_ALL": "C.UTF-8"}
    (play,) = tried("rollout", "ansible")
    again = f'export PATH="$PATH:{tools}"\n{play}'
    first = reader.types([again], **env).passed()
    assert "failed=0" in first.stdout
    assert (system / "usr" / "local" / "bin" / "spip").stat().st_mode & 0o777 == 0o755
    used = reader.types(["spip doctor", "spip install demo", "bash -ic 'type pip'"], **company)
    assert "Successfully installed demo" in used.passed().stdout
    assert "function" in used.stdout
    assert "changed=0" in reader.types([again], **env).passed().stdout
    (reader.folder / "SHA256SUMS").write_text(f"{'0' * 64}  spip.pyz\n")
    assert "is not the file whose SHA-256" in reader.types([again], **env).failed().stdout
    reader.types(tried("rollout", "undo")).passed()
    assert not [path for path in system.rglob("*spip*") if path.is_file()]


def test_the_log_is_collected_by_rsyslog(
    reader: Reader, system: Path, company: dict[str, str], tmp_path: Path
) -> None:
    daemon = shutil.which("rsyslogd", path=f"{os.defpath}:/usr/sbin:/sbin")
    if not daemon:
        lacking("no rsyslogd", installable=is_guides_job())
    kept, socket, conf = (tmp_path / name for name in ("spip.log", "socket", "rsyslog.conf"))
    role = GUIDES / "ansible" / "roles" / "spip" / "templates" / "rsyslog.conf.j2"
    rule = role.read_text("utf-8").partition("\n")[2].replace("/var/log/spip.log", str(kept))
    conf.write_text(
        f'global(workDirectory="{tmp_path}")\nmodule(load="imuxsock" SysSock.Use="off")\n'
        f'input(type="imuxsock" Socket="{socket}")\n{rule}'
    )
    (reader.folder / "policy.toml").write_text(f'[log]\nsyslog = "{socket}"\n')
    (by_hand,) = tried("rollout")
    words = "spip install --trusted-host localhost demo"
    with subprocess.Popen([daemon, "-n", "-f", conf, "-i", tmp_path / "pid"]) as running:
        try:
            _until(socket.exists)
            reader.types([by_hand, words], **company).passed()
            _until(kept.exists)
        finally:
            running.terminate()
    entries = [json.loads(line.partition("spip: ")[2]) for line in kept.read_text().splitlines()]
    assert "own_way" in {entry["event"] for entry in entries}
    # Nobody hears: then nothing runs without verification.
    assert "syslog" in reader.types([words], **company).failed().stderr
    assert (system / "etc" / "spip" / "policy.toml").exists()


def _until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < deadline, "it took too long"
        time.sleep(0.1)


def test_the_ansible_role_is_linted(tmp_path: Path) -> None:
    tools = _ansible()
    folder = tmp_path / "play"
    shutil.copytree(GUIDES / "ansible", folder)
    path = f"{tools}:{os.defpath}"
    lint = ["ansible-lint", "--offline", "--strict", "--profile", "production", "site.yml"]
    run(lint, env={"PATH": path, "LC_ALL": "C.UTF-8"}, cwd=folder, timeout=300).passed()


def _ansible() -> str:
    """The folder with Ansible's programs, from PATH or SPIP_TEST_TOOLS."""
    for program_name in ("ansible-playbook", "ansible-lint"):
        found = program(program_name)
        if not os.path.isabs(found):
            lacking(f"no {program_name} on PATH", installable=is_guides_job())
    return os.path.dirname(found)


def _into_tools(folder: Path) -> None:
    (folder / "tools").mkdir()
    shutil.copy(folder / "spip.pyz", folder / "tools")
    sums(folder / "tools", "spip.pyz")
