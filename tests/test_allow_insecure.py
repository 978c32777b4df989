"""`spip allow-insecure`: what is shown, what is given, and what is refused with its reason."""

from __future__ import annotations

import json
import os
import re
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from spip.bridge import verify_codes
from spip.commands.log import Reading
from spip.policy import audit_log, locations
from support.authority import Authority, Sent, bundle, self_signed
from support.certificates import EXPIRED
from support.environments import current_environment, environment, with_spip
from support.index import Index, standard_artifacts
from support.lacking import lacking
from support.os_store import OsStores
from support.proxy import Proxy
from support.run import Result, clean_environment, run
from support.servers import Fault, TlsServer
from support.terminal import at_terminal
from trust_machine import Machine, missing

REASON = ("--reason", "root CA roll-out")


@dataclass(frozen=True)
class Person:
    """Somebody with a home and a spip."""

    home: Path

    def spip(self, *words: str, **env: str) -> Result:
        """Run spip, with nobody at a terminal."""
        return run(with_spip(current_environment()).spip(*words), env={**self.env(), **env})

    def allow(self, *words: str, **env: str) -> Result:
        """Ask for a grant, confirmed in advance."""
        return self.spip("allow-insecure", *words, *REASON, "--yes", **env)

    def env(self) -> dict[str, str]:
        """What says whose home it is, on every system."""
        return {"HOME": str(self.home), "LOCALAPPDATA": str(self.home)}

    def grants(self) -> list[dict[str, Any]]:
        """What is kept."""
        path = Path(locations.grants_file(self.env()) or "")
        if not path.exists():
            return []
        found: list[dict[str, Any]] = json.loads(path.read_text())["grants"]
        return found

    def log(self) -> list[dict[str, Any]]:
        """What was logged."""
        return [json.loads(line) for line in Reading(audit_log.files(self.env())).since("")]


@pytest.fixture
def person(tmp_path: Path) -> Person:
    (tmp_path / "home").mkdir(mode=0o700)
    return Person(tmp_path / "home")


def at(server: TlsServer) -> str:
    return f"localhost:{server.port}"


# --- what is given


def test_a_grant_is_for_the_certificate_that_was_shown(
    person: Person, strange_index: TlsServer
) -> None:
    identity = strange_index.identity
    assert identity
    said = person.allow(at(strange_index)).passed()
    assert identity.fingerprint in said.stderr
    assert f"ended: {at(strange_index)}" not in said.output
    (grant,) = person.grants()
    assert (grant["host"], grant["port"]) == ("localhost", strange_index.port)
    assert grant["sha256"] == identity.fingerprint
    assert grant["reason"] == REASON[1]
    assert 3590 < grant["ends"] - grant["given"] <= 3600.001  # two numbers of a clock, subtracted
    assert grant["process"] is None
    assert f"allow-insecure --revoke {at(strange_index)}" in said.stdout
    (entry,) = person.log()
    assert (entry["event"], entry["reason"]) == ("grant", REASON[1])
    assert entry["certificate"]["sha256"] == identity.fingerprint


def test_the_list_shows_it_and_revoking_ends_it(person: Person, strange_index: TlsServer) -> None:
    person.allow(at(strange_index), "--for", "30m").passed()
    listed = person.spip("allow-insecure", "--list").passed().stdout
    assert listed.startswith(f"{at(strange_index)} until ")
    assert "(30 min)" in listed
    assert REASON[1] in listed
    person.spip("allow-insecure", "--revoke", "localhost:1").refused("no grant for localhost:1")
    person.spip("allow-insecure", "--revoke", "localhost").passed()
    assert person.grants() == []
    listed = person.spip("allow-insecure", "--list").passed().stdout
    assert listed == "no grant is alive: everything is verified\n"
    assert [each["event"] for each in person.log()] == ["grant", "revoke"]


def test_another_grant_for_the_same_host_takes_the_place_of_the_first(
    person: Person, strange_index: TlsServer, stranger: Authority
) -> None:
    person.allow(at(strange_index)).passed()
    strange_index.identity = stranger.issue()
    person.allow(at(strange_index), "--for", "5m").passed()
    (grant,) = person.grants()
    assert grant["sha256"] == strange_index.identity.fingerprint


@pytest.mark.parametrize("sent", Sent)
def test_whatever_of_the_chain_is_sent(person: Person, stranger: Authority, sent: Sent) -> None:
    identity = stranger.intermediate().issue(sent=sent)
    with TlsServer(identity, Index(standard_artifacts())) as server:
        person.allow(at(server)).passed()
    assert person.grants()[0]["sha256"] == identity.fingerprint


def test_a_certificate_that_nobody_but_itself_signed(person: Person) -> None:
    identity = self_signed()
    with TlsServer(identity, Index(standard_artifacts())) as server:
        person.allow(at(server)).passed()
    assert person.grants()[0]["sha256"] == identity.fingerprint


def test_what_a_grant_would_pass_over_besides_is_said_before(
    person: Person, stranger: Authority
) -> None:
    identity = stranger.issue("other.corp.example", validity=EXPIRED)
    with TlsServer(identity, Index(standard_artifacts())) as server:
        said = person.allow(at(server)).passed().stderr
    beside = [line for line in said.splitlines() if line.startswith("spip: and beside that: ")]
    assert len(beside) == 2
    assert "expired on" in said
    assert "other.corp.example" in said


def test_the_chain_behind_a_proxy_is_the_proxys(
    person: Person, stranger: Authority, index: TlsServer
) -> None:
    routes = {"index.corp.example:443": index.port}
    with Proxy(stranger, routes=routes, login="ann:hunter2") as proxy:
        said = person.allow("index.corp.example", HTTPS_PROXY=proxy.url_with_login).passed()
    assert f"presents through localhost:{proxy.port}:" in said.stderr
    assert person.grants()[0]["issuer"].endswith("Unknown Root CA")
    assert "hunter2" not in said.output


# --- the hosts of the files


@pytest.fixture
def elsewhere(stranger: Authority) -> Iterator[TlsServer]:
    """A host of files, under the root that nobody trusts."""
    with TlsServer(stranger.issue(), Index(standard_artifacts())) as server:
        yield server


@pytest.mark.parametrize("form", ["JSON", "HTML"])
def test_a_file_host_that_needs_a_grant_too_is_named(
    person: Person, stranger: Authority, elsewhere: TlsServer, form: str
) -> None:
    site = Index(standard_artifacts(), files=elsewhere.url("/files/"), offers_json=form == "JSON")
    with TlsServer(stranger.issue(), site) as server:
        said = person.allow(at(server)).passed().stderr
    assert f"lie on {at(elsewhere)}, which needs a grant of its own" in said
    assert f"allow-insecure {at(elsewhere)} --reason TEXT" in said
    assert len(person.grants()) == 1


def test_a_file_host_that_is_verified_needs_none(
    person: Person, stranger: Authority, index: TlsServer, authority: Authority, tmp_path: Path
) -> None:
    site = Index(standard_artifacts(), files=index.url("/files/"))
    with TlsServer(stranger.issue(), site) as server:
        root = str(authority.write(tmp_path))
        said = person.allow(at(server), SPIP_CA_BUNDLE=root).passed().stderr
    assert "needs a grant" not in said


def test_files_over_plain_http_are_said(person: Person, stranger: Authority) -> None:
    site = Index(standard_artifacts(), files="http://localhost:1/files/")
    with TlsServer(stranger.issue(), site) as server:
        said = person.allow(at(server)).passed().stderr
    assert "lie on localhost:1, over plain HTTP, which no grant is about" in said


def test_the_index_of_the_command_is_asked(person: Person, stranger: Authority) -> None:
    with TlsServer(stranger.issue(), Index(standard_artifacts())) as server:
        words = ["--", "config", "list", "--index-url", server.url("/team/simple/")]
        person.spip("allow-insecure", at(server), *REASON, "--yes", *words)
        assert "/team/simple/pip/" in server.record.paths


def test_no_login_is_sent_to_whoever_answers(person: Person, strange_index: TlsServer) -> None:
    url = strange_index.url("/simple/").replace("//", "//ann:hunter2@")
    said = person.allow(at(strange_index), PIP_INDEX_URL=url).passed()
    assert strange_index.record.requests
    assert not any("authorization" in each.headers for each in strange_index.record.requests)
    assert "hunter2" not in said.output


# --- what a grant isn't for


def test_where_verification_succeeds_it_says_so_and_gives_nothing(
    person: Person, index: TlsServer, authority: Authority, tmp_path: Path
) -> None:
    said = person.allow(at(index), SPIP_CA_BUNDLE=str(authority.write(tmp_path))).passed()
    assert f"{at(index)} is verified here: no grant is needed, and none was given" in said.stderr
    assert person.grants() == []
    assert person.log() == []


@pytest.mark.parametrize("what", ["expired", "wrong name"])
def test_a_certificate_whose_issuer_is_trusted_gets_no_grant(
    person: Person, authority: Authority, tmp_path: Path, what: str
) -> None:
    identity = (
        authority.issue(validity=EXPIRED) if what == "expired" else authority.issue("a.example")
    )
    with TlsServer(identity) as server:
        said = person.allow(at(server), SPIP_CA_BUNDLE=str(authority.write(tmp_path)))
    why = "expired on " if what == "expired" else "a.example"
    helps = "a grant helps only where nothing here trusts who signed"
    said.refused(helps, f"doctor {at(server)}", why)
    assert person.grants() == []


@pytest.mark.parametrize("fault", [Fault.EOF, Fault.RESET])
def test_a_connection_that_breaks_gets_no_grant(
    person: Person, stranger: Authority, fault: Fault
) -> None:
    with TlsServer(stranger.issue(), fault=fault) as server:
        person.allow(at(server)).refused(
            "is cut off as soon as TLS begins", "a grant helps only where"
        )
    assert server.record.requests == []
    assert person.grants() == []


def test_a_port_where_nobody_listens_gets_no_grant(person: Person) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        person.allow(f"localhost:{closed.getsockname()[1]}").refused("refuses connections")
    assert person.grants() == []


def test_a_proxy_that_refuses_gets_no_grant(person: Person) -> None:
    with Proxy(refusal=403) as proxy:
        person.allow("index.corp.example", HTTPS_PROXY=proxy.url).refused(
            "403 Forbidden", "a grant helps"
        )
    assert person.grants() == []


@pytest.mark.os_store
@pytest.mark.parametrize("sent", Sent)
def test_a_chain_with_a_certificate_that_the_system_distrusts_gets_no_grant(
    person: Person, os_stores: OsStores, stranger: Authority, tmp_path: Path, sent: Sent
) -> None:
    if missing():
        lacking(missing(), installable=False)
    (tmp_path / "over").mkdir()
    machine = Machine(tmp_path / "over", os_stores.trusting(), person.home)
    machine.put("/etc/pki/ca-trust/source/blocklist/root.pem", stranger.pem)
    with TlsServer(stranger.issue(sent=sent), Index(standard_artifacts())) as server:
        words = ["allow-insecure", at(server), *REASON, "--yes"]
        machine.run(with_spip(current_environment()).spip(*words)).refused("this system distrusts")
    assert person.grants() == []


# --- who may not


@pytest.mark.parametrize("value", ["true", "1", "yes", "TRUE", "woodpecker"])
def test_a_pipeline_gets_none(person: Person, strange_index: TlsServer, value: str) -> None:
    person.allow(at(strange_index), CI=value).refused("this is a pipeline (CI is set)")
    assert person.grants() == []
    assert strange_index.record.connections == 0


@pytest.mark.parametrize("value", ["", "0", "false", "False"])
def test_what_says_that_it_is_no_pipeline(
    person: Person, strange_index: TlsServer, value: str
) -> None:
    person.allow(at(strange_index), CI=value).passed()
    assert len(person.grants()) == 1


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["localhost", "--yes"], "--reason is missing"),
        (["localhost", "--yes", "--reason", " "], "--reason is missing"),
        (["*", "--yes", *REASON], "wildcards"),
        (["*.corp.example", "--yes", *REASON], "wildcards"),
        (["https://index.corp.example/simple/", "--yes", *REASON], "path"),
        (["https://index.corp.example/?a=b", "--yes", *REASON], "wildcards"),
        (["https://ann:hunter2@index.corp.example", "--yes", *REASON], "login"),
        (["ann:hunter2@index.corp.example", "--yes", *REASON], "login"),
        (["http://index.corp.example", "--yes", *REASON], "no certificate"),
        (["index.corp.example:99999", "--yes", *REASON], "is no host"),
        (["localhost", "--yes", "--for", "25h", *REASON], "at most a day"),
        (["localhost", "--yes", "--for", "0m", *REASON], "at most a day"),
        (["localhost", "--yes", "--for", "forever", *REASON], "write it as in 30m"),
        (["--yes", *REASON], "name a host"),
        (["localhost", "other", "--yes", *REASON], "unrecognized"),
        (["localhost", *REASON, "--yes", "--"], "no command"),
        (["localhost", *REASON, "--ye"], "unrecognized"),
    ],
    ids=lambda each: " ".join(each) if isinstance(each, list) else "",
)
def test_what_is_too_wide_or_without_a_reason_is_wrong_usage(
    person: Person, words: list[str], why: str
) -> None:
    said = person.spip("allow-insecure", *words).refused(why, code=2)
    assert "hunter2" not in said.output
    assert person.grants() == []


def test_nobody_at_a_terminal_has_to_say_yes_before(
    person: Person, strange_index: TlsServer
) -> None:
    said = person.spip("allow-insecure", at(strange_index), *REASON, "--for", "30m")
    said.refused("nobody is there to confirm it")
    again = f"allow-insecure {at(strange_index)} --reason 'root CA roll-out' --yes --for 30m"
    assert again in said.stderr
    assert strange_index.record.connections == 0


@pytest.mark.parametrize(("types", "given"), [("yes", 1), ("no", 0), ("", 0), ("maybe", 0)])
def test_at_a_terminal_the_chain_comes_before_the_question(
    person: Person, strange_index: TlsServer, types: str, given: int
) -> None:
    identity = strange_index.identity
    assert identity
    argv = with_spip(current_environment()).spip("allow-insecure", at(strange_index), *REASON)
    environ = clean_environment(person.home, TERM="dumb")
    code, said = at_terminal(argv, environ, types)
    assert said.index(identity.fingerprint) < said.index("Anyone on the way can change")
    assert code == 1 - given
    assert len(person.grants()) == given


# --- where it can't be kept


def test_what_can_not_be_logged_is_not_given(person: Person, strange_index: TlsServer) -> None:
    (Path(locations.state(person.env()) or "") / "log.jsonl").mkdir(parents=True)
    person.allow(at(strange_index)).refused(f"the log {person.env()['HOME']}", "can't be written")
    assert person.grants() == []


@pytest.mark.skipif(os.name == "nt" or os.geteuid() != 0, reason="only root gives a home away")
def test_as_root_nothing_is_given_or_read_in_a_home_of_another_users(
    person: Person, strange_index: TlsServer
) -> None:
    person.allow(at(strange_index)).passed()
    state = Path(locations.state(person.env()) or "")
    for each in (person.home, *person.home.rglob("*")):
        os.chown(each, 1234, 1234)
    before = sorted(path.name for path in state.iterdir())
    strange_index.forget()
    person.allow(at(strange_index)).refused("belongs to somebody else")
    person.spip("allow-insecure", "--list").refused("belongs to somebody else")
    assert sorted(path.name for path in state.iterdir()) == before
    assert strange_index.record.connections == 0


def test_a_damaged_file_is_refused_with_what_to_do(
    person: Person, strange_index: TlsServer
) -> None:
    person.allow(at(strange_index)).passed()
    path = Path(locations.grants_file(person.env()) or "")
    path.write_bytes(path.read_bytes()[:100])
    for words in (["--list"], ["--revoke", "localhost"], [at(strange_index), *REASON, "--yes"]):
        said = person.spip("allow-insecure", *words).refused(f"{path} is damaged").stderr
        assert str(path) in said.partition("next: ")[2]
    assert len(person.log()) == 1


def test_an_old_target_is_told_that_nothing_is_relaxed_there(
    person: Person, strange_index: TlsServer
) -> None:
    old = str(environment("3.8", "23.0.1").python)
    said = person.allow(at(strange_index), SPIP_PYTHON=old).passed().stderr
    assert re.search(r"the target is Python 3\.8\.\d+, .* there nothing is relaxed", said)


# --- one command


def test_for_one_command_pip_runs_and_nothing_is_left(
    person: Person, strange_index: TlsServer
) -> None:
    said = person.allow(at(strange_index), "--for", "5m")
    assert said.code == 0
    person.spip("allow-insecure", "--revoke", "localhost").passed()
    words = ["allow-insecure", at(strange_index), *REASON, "--yes", "--", "--version"]
    said = person.spip(*words).passed()
    assert said.stdout.startswith("pip 26.3 from ")
    assert "granted for this command: " in said.stderr
    assert person.log()[-1]["process"]
    listed = person.spip("allow-insecure", "--list").passed().stdout
    assert listed == "no grant is alive: everything is verified\n"


def test_where_it_is_verified_the_command_just_runs(
    person: Person, index: TlsServer, authority: Authority, tmp_path: Path
) -> None:
    download = ["download", "--no-deps", "-d", str(tmp_path / "to"), "demo"]
    words = ["allow-insecure", at(index), *REASON, "--yes", "--", *download]
    root = str(bundle(tmp_path, authority))
    person.spip(*words, SPIP_CA_BUNDLE=root, PIP_INDEX_URL=index.url("/simple/")).passed()
    assert person.grants() == []
    assert len(list((tmp_path / "to").iterdir())) == 1


def test_the_exit_code_is_pips(person: Person, strange_index: TlsServer) -> None:
    words = ["allow-insecure", at(strange_index), *REASON, "--yes", "--", "nonsense"]
    person.spip(*words).refused('unknown command "nonsense"')


# --- what is said


def test_no_secret_is_said_or_kept(person: Person, strange_index: TlsServer) -> None:
    url = strange_index.url("/hunter2/simple/?token=hunter2").replace("//", "//ann:hunter2@")
    words = ["allow-insecure", at(strange_index), "--reason", f"see {url}", "--yes"]
    said = [
        person.spip(*words, PIP_INDEX_URL=url),
        person.spip(*words, "--", "config", "list", "--index-url", url),
        person.spip("allow-insecure", "--list"),
        person.spip("log"),
        person.spip("allow-insecure", "--revoke", "localhost"),
        person.spip("allow-insecure", url, *REASON, "--yes"),
    ]
    assert "hunter2" not in "".join(each.output for each in said)
    for path in Path(locations.state(person.env()) or "").iterdir():
        assert b"hunter2" not in path.read_bytes()


@pytest.mark.parametrize("encoding", ["ascii", "cp936", "cp1251"])
def test_a_reason_in_any_language_survives_every_code_page(
    person: Person, strange_index: TlsServer, encoding: str
) -> None:
    reason = "\u6839\u8bc1\u4e66 \xe5 \x1b[31m\u202e"
    words = ["allow-insecure", at(strange_index), "--reason", reason, "--yes"]
    said = person.spip(*words, PYTHONIOENCODING=encoding).passed().output
    said += person.spip("allow-insecure", "--list", PYTHONIOENCODING=encoding).passed().output
    assert "\x1b" not in said
    assert person.grants()[0]["reason"].startswith("\u6839\u8bc1\u4e66 \xe5 \\x1b[31m")


def test_an_end_that_can_not_be_logged_is_an_end_all_the_same(
    person: Person, strange_index: TlsServer
) -> None:
    person.allow(at(strange_index)).passed()
    path = Path(locations.state(person.env()) or "") / "log.jsonl"
    path.unlink()
    path.mkdir()
    said = person.spip("allow-insecure", "--revoke", "localhost").passed()
    assert "the log " in said.stderr
    assert person.grants() == []


def test_the_doctor_names_each_grant_and_strict_fails_on_it(
    person: Person, strange_index: TlsServer, index: TlsServer, authority: Authority, tmp_path: Path
) -> None:
    person.allow(at(strange_index)).passed()
    root = {"SPIP_CA_BUNDLE": str(authority.write(tmp_path))}
    words = ["doctor", index.url("/simple/"), "--strict", "--accept", "extra-root"]
    said = person.spip(*words, **root).failed().stdout
    assert f"allow-insecure --revoke {at(strange_index)}" in said
    assert REASON[1] in " ".join(said.split())
    person.spip("allow-insecure", "--revoke", "localhost").passed()
    person.spip(*words, **root).passed()


def test_help_is_there_and_completion_knows_the_words(person: Person) -> None:
    assert "spip allow-insecure HOST[:PORT]" in person.spip("help", "allow-insecure").stdout
    assert "--since" in person.spip("log", "--help").passed().stdout
    asked = {"PIP_AUTO_COMPLETE": "1", "COMP_WORDS": "pip allow-insecure --re", "COMP_CWORD": "2"}
    assert set(person.spip(**asked).stdout.split()) == {"--reason", "--revoke"}


def test_the_two_tables_of_codes_agree_on_what_is_untrusted() -> None:
    """One is read by old Pythons and decides about grants, the other one words findings."""
    every = [*range(-70000, 100), *range(0x80090000, 0x80093000), *range(0x800B0000, 0x800B0200)]
    for code in every:
        assert verify_codes.is_untrusted(code) is (
            verify_codes.meaning(code) == verify_codes.UNTRUSTED
        ), code
    wanted = verify_codes.OPENSSL | verify_codes.MACOS | verify_codes.WINDOWS
    assert {code for code in every if verify_codes.is_untrusted(code)} == wanted
    assert verify_codes.is_untrusted(0x800B0109 - (1 << 32))
