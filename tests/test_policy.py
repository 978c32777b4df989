"""The policy of a machine: an administrator's file, laid over this system for one command."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from spip.policy import locations
from support.authority import Authority
from support.environments import Environment, current_environment, environment, with_spip
from support.index import Index, standard_artifacts
from support.json_schema import violations
from support.lacking import lacking
from support.os_store import OsStores
from support.run import Result
from support.servers import TlsServer
from support.wheelhouse import CHECKOUT
from trust_machine import Machine, missing

POLICY = "/etc/spip/policy.toml"
OWN_ROOT = "/etc/spip/corporate-root.pem"
REASON = ("--reason", "root CA roll-out")
pytestmark = pytest.mark.os_store


def spip() -> Environment:
    return with_spip(current_environment())


@pytest.fixture
def machine(os_stores: OsStores, tmp_path: Path) -> Machine:
    """This system with its own roots alone, and nothing laid over it yet."""
    if missing():
        lacking(missing(), installable=False)
    for name in ("over", "home"):
        (tmp_path / name).mkdir()
    return Machine(tmp_path / "over", os_stores.trusting(), tmp_path / "home")


def allow(machine: Machine, server: TlsServer, *words: str, **env: str) -> Result:
    host = f"localhost:{server.port}"
    return machine.run(spip().spip("allow-insecure", host, *REASON, "--yes", *words), **env)


def fetched(
    machine: Machine, index: TlsServer, env: Environment | None = None, *options: str, **more: str
) -> Result:
    """Download a wheel from an index."""
    where = ["--index-url", index.url("/simple/"), "--no-cache-dir", "--retries=0"]
    words = ["download", *where, "--no-deps", "-d", str(machine.home / "to"), "demo", *options]
    return machine.run((env or spip()).spip(*words), **more)


def grants(machine: Machine) -> bool:
    return Path(locations.grants_file({"HOME": str(machine.home)}) or "").exists()


# --- grants


@pytest.mark.parametrize(
    "text",
    [
        "[grants]\nallowed = false\n",
        '[grants]\nhosts = ["index.corp.example"]\n',
        '[grants]\nhosts = ["localhost:1"]\n',
        "[grants]\nhosts = []\n",
    ],
    ids=repr,
)
def test_a_grant_that_the_policy_forbids_is_refused_with_its_path(
    machine: Machine, strange_index: TlsServer, text: str
) -> None:
    machine.put(POLICY, text.encode())
    said = allow(machine, strange_index)
    assert said.code == 1
    assert f"forbidden by the policy of this machine: {POLICY}" in said.stderr
    assert strange_index.record.connections == 0
    assert not grants(machine)


def test_a_grant_for_a_host_that_the_policy_names(
    machine: Machine, strange_index: TlsServer
) -> None:
    machine.put(POLICY, f'[grants]\nhosts = ["localhost:{strange_index.port}"]\n'.encode())
    allow(machine, strange_index).passed()


def test_no_grant_is_longer_than_the_policy_says(
    machine: Machine, strange_index: TlsServer
) -> None:
    machine.put(POLICY, b'[grants]\nlongest = "10m"\n')
    said = allow(machine, strange_index, "--for", "11m")
    assert said.code == 1
    assert "longer than 10 min" in said.stderr
    assert "(10 min)" in allow(machine, strange_index).passed().stdout


def test_a_policy_that_comes_later_ends_what_was_given(
    machine: Machine, strange_index: TlsServer
) -> None:
    allow(machine, strange_index).passed()
    machine.put(POLICY, b'[grants]\nlongest = "10m"\n')
    assert "(10 min)" in machine.run(spip().spip("allow-insecure", "--list")).passed().stdout
    machine.put(POLICY, b"[grants]\nallowed = false\n")
    said = machine.run(spip().spip("allow-insecure", "--list")).passed().stdout
    assert f"it doesn't count: {POLICY} forbids it" in said


def test_a_pipeline_can_be_allowed(machine: Machine, strange_index: TlsServer) -> None:
    allow(machine, strange_index, CI="true").refused("this is a pipeline (CI is set)")
    machine.put(POLICY, b"[grants]\nin-ci = true\n")
    allow(machine, strange_index, CI="true").passed()


# --- trust


@pytest.mark.parametrize(
    "words", [["add", "--yes", "FILE"], ["fetch", "localhost:1", "--fingerprint", "ab" * 32]]
)
def test_what_adds_trust_is_refused_with_the_policys_path(
    machine: Machine, authority: Authority, words: list[str]
) -> None:
    machine.put(POLICY, f"[trust]\n{words[0]} = false\n".encode())
    root = str(authority.write(machine.home))
    said = machine.run(spip().spip("trust", *(root if w == "FILE" else w for w in words)))
    assert said.code == 1
    assert POLICY in said.stderr
    assert f"trust {words[0]}" in said.stderr
    assert not (machine.home / ".config").exists()


@pytest.fixture(params=["asks the store", "old", "handed over to an old Python"])
def pips(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Environment, Environment]:
    """An environment with spip, and the target whose pip runs; both may be changed."""
    if request.param == "handed over to an old Python":
        target = environment("3.8", "23.0.1").copy(tmp_path / "target")
        return spip().copy(tmp_path / "spip"), target
    versions = ("3.13", "26.3") if request.param == "asks the store" else ("3.10", "23.0.1")
    both = with_spip(environment(*versions)).copy(tmp_path / "spip")
    return both, both


def test_certifi_is_no_source_where_the_policy_says_so(
    machine: Machine,
    pips: tuple[Environment, Environment],
    index: TlsServer,
    authority: Authority,
    stranger: Authority,
) -> None:
    """A root that only certifi has, spip's and pip's own, is none any more.

    A current pip adds its certifi to the system's store beside `--cert` too.
    """
    for env, package in ((pips[0], "certifi"), (pips[1], "pip/_vendor/certifi")):
        with (env.site_packages / package / "cacert.pem").open("ab") as file:
            file.write(authority.pem)
    at = {"SPIP_PYTHON": str(pips[1].python)}
    fetched(machine, index, pips[0], **at).passed()
    machine.put(POLICY, b"[trust]\ncertifi = false\n")
    index.forget()
    said = fetched(machine, index, pips[0], **at).failed()
    assert "CERTIFICATE_VERIFY_FAILED" in said.output
    assert index.record.handed_over == 0
    cert = ("--cert", str(stranger.write(machine.home)))
    said = fetched(machine, index, pips[0], *cert, **at).failed()
    assert "CERTIFICATE_VERIFY_FAILED" in said.output
    assert index.record.handed_over == 0
    said = fetched(machine, index, pips[0], SPIP_DISABLE="1", **at).failed()
    assert f"SPIP_DISABLE=1 is passed over: plain pip trusts certifi, which {POLICY}" in said.stderr
    assert index.record.handed_over == 0
    bundle = machine.run(pips[0].spip("trust", "export"), **at).passed().stdout
    assert authority.pem.decode().strip() not in bundle
    listed = machine.run(pips[0].spip("trust", "--json"), **at).passed().stdout
    assert "certifi" not in {each["kind"] for each in json.loads(listed)["sources"]}


def test_no_failure_brings_certifi_back(machine: Machine, tmp_path: Path, index: TlsServer) -> None:
    """Where spip's own Python failed after a handover, pip went on with the certifi it brings."""
    home, target = spip().copy(tmp_path / "spip"), environment("3.8", "23.0.1")
    (home.site_packages / "spip" / "stores" / "bundle.py").unlink()
    machine.put(POLICY, b"[trust]\ncertifi = false\n")
    # pip's look at its own version builds a session after all else failed.
    at = {"SPIP_PYTHON": str(target.python), "PIP_DISABLE_PIP_VERSION_CHECK": "0"}
    said = fetched(machine, index, home, **at)
    assert said.code == 1
    last = said.stderr.splitlines()[-1]
    assert last.startswith("ERROR: spip's own Python failed (")
    assert last.endswith(f"), and {POLICY} forbids certifi")
    assert index.record.connections == 0


def test_the_system_is_trusted_without_certifi(
    machine: Machine,
    pips: tuple[Environment, Environment],
    os_stores: OsStores,
    index: TlsServer,
    authority: Authority,
) -> None:
    machine.store = os_stores.trusting(authority)
    machine.put(POLICY, b"[trust]\ncertifi = false\n")
    fetched(machine, index, pips[0], SPIP_PYTHON=str(pips[1].python)).passed()


def test_the_policy_adds_roots(
    machine: Machine,
    pips: tuple[Environment, Environment],
    index: TlsServer,
    authority: Authority,
) -> None:
    at = {"SPIP_PYTHON": str(pips[1].python)}
    machine.put(OWN_ROOT, authority.pem)
    refused = fetched(machine, index, pips[0], **at).failed()
    assert "certificate verify failed" in refused.output
    machine.put(POLICY, f'[trust]\nroots = ["{OWN_ROOT}"]\n'.encode())
    fetched(machine, index, pips[0], **at).passed()


@pytest.mark.parametrize("how", [{"owner": 1234}, {"mode": 0o666}], ids=str)
def test_roots_of_the_policy_that_others_could_have_written_are_none(
    machine: Machine, index: TlsServer, authority: Authority, how: dict[str, int]
) -> None:
    machine.put(OWN_ROOT, authority.pem, **how)
    machine.put(POLICY, f'[trust]\nroots = ["{OWN_ROOT}"]\n'.encode())
    said = fetched(machine, index).failed()
    assert OWN_ROOT in said.stderr
    assert index.record.handed_over == 0


# --- a policy that isn't obeyed


@pytest.mark.parametrize(
    ("text", "how", "why"),
    [
        ("[grants]\n", {"owner": 1234}, "belongs to user 1234"),
        ("[grants]\n", {"mode": 0o666}, "is writable by others"),
        ("[grants]\n", {"parent": 0o777}, "is writable by others"),
        ("[grants]\n", {"parent": 0o1777}, "is writable by others"),
        ("[grants\n", {}, "is garbled"),
        ("[grants]\nalowed = true\n", {}, "unknown key"),
        ("", {}, "is empty"),
    ],
    ids=lambda each: repr(each) if isinstance(each, str) else str(each),
)
def test_a_broken_policy_stops_what_one_could_forbid_and_verified_runs_go_on(
    machine: Machine,
    os_stores: OsStores,
    index: TlsServer,
    strange_index: TlsServer,
    authority: Authority,
    text: str,
    how: dict[str, int],
    why: str,
) -> None:
    machine.store = os_stores.trusting(authority)
    machine.put(POLICY, text.encode(), **how)
    for said in (
        allow(machine, strange_index),
        machine.run(spip().spip("trust", "add", "--yes", str(authority.write(machine.home)))),
    ):
        assert said.code == 1
        assert POLICY in said.stderr
        assert why in said.stderr
    assert strange_index.record.connections == 0
    said = fetched(machine, index).passed()
    (notice,) = [line for line in said.stderr.splitlines() if line.startswith("spip: ")]
    assert POLICY in notice
    assert why in notice
    if text in {"", "[grants\n"}:
        said = doctor(machine, index)
        headline = " ".join(said.stdout.partition("  next")[0].split())
        assert headline.startswith(f"PROBLEM: the policy of this machine, {POLICY}, {why}")
        assert (said.code, said.stdout.splitlines()[-1]) == (1, "policy-broken")


def test_a_link_to_nowhere_is_a_broken_policy(machine: Machine, strange_index: TlsServer) -> None:
    machine.put("/etc/spip/other", b"x")
    (machine.folder / "etc/spip/policy.toml").symlink_to("/nowhere/policy.toml")
    assert POLICY in allow(machine, strange_index).failed().stderr


def test_no_variable_moves_it(machine: Machine, strange_index: TlsServer, tmp_path: Path) -> None:
    machine.put(POLICY, b"[grants]\nallowed = false\n")
    elsewhere = str(tmp_path / "elsewhere")
    moved = dict.fromkeys(
        ("XDG_CONFIG_DIRS", "XDG_CONFIG_HOME", "ProgramData", "PROGRAMDATA", "SPIP_POLICY"),
        elsewhere,
    )
    assert "forbidden" in allow(machine, strange_index, **moved).failed().stderr


# --- the log


@pytest.fixture
def syslog(tmp_path: Path) -> Iterator[socket.socket]:
    """A syslog on a socket of its own."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind(str(tmp_path / "syslog"))
        listening.settimeout(60)
        yield listening


def test_each_entry_goes_to_the_syslog_that_the_policy_names(
    machine: Machine, strange_index: TlsServer, syslog: socket.socket
) -> None:
    machine.put(POLICY, f'[log]\nsyslog = "{syslog.getsockname()}"\n'.encode())
    allow(machine, strange_index).passed()
    heard = syslog.recv(1 << 16)
    entry = json.loads(heard.partition(b"spip: ")[2].rstrip(b"\0"))
    assert (entry["event"], entry["reason"]) == ("grant", REASON[1])


def test_where_nobody_hears_it_there_is_no_grant(
    machine: Machine, strange_index: TlsServer, tmp_path: Path
) -> None:
    machine.put(POLICY, f'[log]\nsyslog = "{tmp_path}/nobody"\n'.encode())
    said = allow(machine, strange_index).failed()
    assert "syslog, which the policy demands, can't be reached" in said.stderr
    assert not grants(machine)


# --- the doctor


def doctor(machine: Machine, index: TlsServer, *words: str) -> Result:
    return machine.run(spip().spip("doctor", index.url("/simple/"), *words))


def test_the_doctor_shows_what_is_in_force(machine: Machine, strange_index: TlsServer) -> None:
    said = doctor(machine, strange_index).failed().stdout
    assert "policy" in said
    assert POLICY not in said
    machine.put(POLICY, b'[grants]\nhosts = ["a.example:8443"]\n[trust]\nfetch = false\n')
    said = doctor(machine, strange_index).failed().stdout
    for text in (POLICY, "grants for a.example:8443 alone", "no `spip trust fetch`"):
        assert text in said
    report = json.loads(doctor(machine, strange_index, "--json").stdout)
    schema = json.loads((CHECKOUT / "docs" / "doctor.schema.json").read_text("utf-8"))
    assert list(violations(report, schema, schema)) == []
    assert report["policy"] == POLICY
    assert report["rules"]["broken"] is None
    assert report["rules"]["grants"]["hosts"] == ["a.example:8443"]
    assert report["rules"]["trust"]["fetch"] is False
    machine.put(POLICY, b"[garbled")
    report = json.loads(doctor(machine, strange_index, "--json").stdout)
    assert list(violations(report, schema, schema)) == []
    assert "is garbled" in report["rules"]["broken"]
    assert any(POLICY in notice for notice in report["notices"])


@pytest.mark.parametrize("how", ["expected", "brought in"])
def test_strict_accepts_extra_roots_that_the_policy_lists(
    machine: Machine, authority: Authority, how: str
) -> None:
    root = machine.put(OWN_ROOT if how == "brought in" else "/etc/spip/ca.d/r.pem", authority.pem)
    with TlsServer(authority.issue(), Index(standard_artifacts())) as index:
        if how == "expected":
            said = doctor(machine, index, "--strict").failed()
            assert said.stdout.splitlines()[-1] == "extra-root"
            machine.put(POLICY, f'[trust]\nexpected-roots = ["{authority.fingerprint}"]\n'.encode())
        else:
            machine.put(POLICY, f'[trust]\nroots = ["{root}"]\n'.encode())
        doctor(machine, index, "--strict").passed()
