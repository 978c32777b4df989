"""`spip trust`: what it shows, what it takes, and what it refuses, each with its reason."""

from __future__ import annotations

import hashlib
import io
import json
import os
import shlex
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from spip.certificates.pem import certificates
from spip.trust import user_roots
from support.authority import Authority, Sent, bundle, self_signed
from support.certificates import EXPIRED, Flaw
from support.environments import Environment, current_environment, with_spip
from support.json_schema import violations
from support.proxy import Proxy
from support.run import Result, clean_environment, run
from support.servers import TlsServer
from support.terminal import at_terminal
from support.wheelhouse import CHECKOUT

SCHEMA = CHECKOUT / "docs" / "trust.schema.json"


@dataclass(frozen=True)
class Person:
    """Somebody with a home and a spip."""

    home: Path
    env: Environment

    def spip(self, *words: str | Path, stdin: str = "", **more: str) -> Result:
        """Run spip for them, with nobody at a terminal."""
        return run(self.env.spip(*words), env={**self.environ(), **more}, stdin=stdin)

    def environ(self) -> dict[str, str]:
        """What says whose home it is, on every system."""
        return {"HOME": str(self.home), "LOCALAPPDATA": str(self.home)}

    def folder(self) -> Path:
        """Where what they added lies."""
        return Path(user_roots.folder(self.environ()) or "")

    def at_terminal(self, *words: str | Path, types: str, **more: str) -> tuple[int, str]:
        """Run spip at a terminal, where `types` is typed; exit code and what it printed."""
        environ = clean_environment(self.home, TERM="dumb", **more)
        return at_terminal(self.env.spip(*words), environ, types)

    def roots(self) -> list[str]:
        """Fingerprints of what was added."""
        return sorted(path.stem for path in self.folder().glob("*.pem"))

    def listed(self, **more: str) -> dict[str, list[dict[str, Any]]]:
        """What `spip trust --json` says."""
        said = json.loads(self.spip("trust", "--json", **more).passed().stdout)
        schema = json.loads(SCHEMA.read_text("utf-8"))
        assert list(violations(said, schema, schema)) == []
        assert isinstance(said, dict)
        return said


def fingerprint(der: bytes) -> str:
    return hashlib.sha256(der).hexdigest()


@pytest.fixture
def person(tmp_path: Path) -> Person:
    (tmp_path / "home").mkdir()
    return Person(tmp_path / "home", with_spip(current_environment()))


@pytest.fixture
def root(authority: Authority, tmp_path: Path) -> Path:
    return authority.write(tmp_path)


# --- list


def test_an_extra_root_is_shown_with_all_that_is_known_of_it(
    person: Person, tmp_path: Path
) -> None:
    inspector = Authority(
        "Zscaler Intermediate Root CA", flaws=[Flaw.BASIC_CONSTRAINTS_NOT_CRITICAL]
    )
    named = {"SPIP_CA_BUNDLE": str(inspector.write(tmp_path))}
    of_this_machine = person.listed()["extra_roots"]
    roots = person.listed(**named)["extra_roots"]
    (shown,) = [each for each in roots if each not in of_this_machine]
    assert shown["fingerprint"] == inspector.fingerprint
    assert shown["sources"] == ["SPIP_CA_BUNDLE"]
    assert (shown["product"], shown["strict"]) == ("Zscaler", ["basicConstraints"])
    assert shown["days_left"] in {3649, 3650}
    table = person.spip("trust", **named).passed().stdout
    assert inspector.fingerprint in table
    assert "Zscaler" in table
    assert "basicConstraints" in table


def test_what_was_passed_over_is_listed_with_its_reason(person: Person, tmp_path: Path) -> None:
    old = Authority("Expired Root CA", validity=EXPIRED)
    named = {"SPIP_CA_BUNDLE": str(bundle(tmp_path, old)), "PIP_CERT": "/nowhere/missing.pem"}
    sources = {str(each["label"]): each for each in person.listed(**named)["sources"]}
    assert "expired on" in str(sources["SPIP_CA_BUNDLE"]["passed_over"])
    assert "does not exist" in str(sources["PIP_CERT"]["passed_over"])
    table = person.spip("trust", **named).passed().stdout
    assert "passed over: it does not exist" in table


def test_a_leaf_that_a_variable_names_is_no_root_and_that_is_said(
    person: Person, tmp_path: Path
) -> None:
    """pip alone would take it, so whoever set the variable has to hear of it."""
    file = tmp_path / "leaf.pem"
    file.write_bytes(self_signed().key_pem + self_signed().pem)
    named = {"REQUESTS_CA_BUNDLE": str(file)}
    said = person.spip("env", "--json", **named).passed().stderr
    reason = "which holds a certificate that signed itself and is no CA's: passed over"
    left = "REQUESTS_CA_BUNDLE is left as it is, since the bundle lacks something of what it names"
    assert said == f"spip: REQUESTS_CA_BUNDLE names {file}, {reason}\nspip: {left}\n"
    sources = {str(each["label"]): each for each in person.listed(**named)["sources"]}
    assert any(each["whole"] for each in sources["REQUESTS_CA_BUNDLE"]["passed_over"])


@pytest.mark.parametrize("encoding", ["ascii", "cp936", "cp949", "cp1251"])
def test_the_table_survives_every_code_page(person: Person, tmp_path: Path, encoding: str) -> None:
    odd = bundle(tmp_path, Authority("Bl\xe5b\xe6r \u7f51\u7edc \x1b[31mCA"))
    said = person.spip("trust", SPIP_CA_BUNDLE=str(odd), PYTHONIOENCODING=encoding).passed()
    assert "\x1b" not in said.stdout


def test_what_other_tools_trust_is_proposed_with_the_command(person: Person, root: Path) -> None:
    of_this_machine = person.listed()["extra_roots"]
    (person.home / ".npmrc").write_text(f"cafile={root}\n")
    (shown,) = person.listed()["elsewhere"]
    assert (shown["tool"], shown["path"]) == ("npm", str(root))
    assert f"trust add {root}\n" in person.spip("trust").passed().stdout
    assert person.listed()["extra_roots"] == of_this_machine


def test_a_certifi_that_was_edited_by_hand_is_shown_and_can_be_taken_over(
    person: Person, root: Path, authority: Authority, tmp_path: Path
) -> None:
    edited = person.env.copy(tmp_path / "env")
    for copy in ("certifi", "pip/_vendor/certifi"):
        with open(edited.site_packages / copy / "cacert.pem", "ab") as file:
            file.write(b"\n# the company's\n" + root.read_bytes())
    them = Person(person.home, edited)
    shown = them.listed()["edited_certifi"]
    assert {str(each["package"]) for each in shown} == {"certifi", "pip"}
    for each in shown:
        (certificate,) = each["certificates"]
        assert certificate["fingerprint"] == authority.fingerprint
    path = str(shown[0]["path"])
    assert f"trust add {path}\n" in them.spip("trust").passed().stdout
    them.spip("trust", "add", "--yes", path).passed()
    # Without a store of the system, also what the older of both still has.
    assert authority.fingerprint in them.roots()
    assert set(them.roots()) <= set(map(fingerprint, certificates(Path(path).read_bytes())))
    assert person.listed()["edited_certifi"] == []


# --- add


def test_add_keeps_a_root_for_this_user_alone(
    person: Person, root: Path, authority: Authority
) -> None:
    done = person.spip("trust", "add", "--yes", root).passed()
    assert person.roots() == [authority.fingerprint]
    if os.name != "nt":  # there, a profile's folders are closed to others by what they inherit
        assert person.folder().stat().st_mode & 0o777 == 0o700
        modes = {file.stat().st_mode & 0o777 for file in person.folder().iterdir()}
        assert modes == {0o600}
    assert f"spip trust remove {authority.fingerprint[:16]}" in done.stdout
    person.spip("trust", "add", "--yes", root).passed()
    assert person.roots() == [authority.fingerprint]


@pytest.mark.parametrize("answer", ["", "no", "n", "maybe", "yess"])
def test_without_a_yes_nothing_is_added(person: Person, root: Path, answer: str) -> None:
    code, said = person.at_terminal("trust", "add", root, types=answer)
    assert (code, person.roots()) == (1, [])
    assert "the one that IT gave you" in said
    assert "padlock" in said


def test_a_yes_at_the_terminal_adds_it(person: Person, root: Path, authority: Authority) -> None:
    code, said = person.at_terminal("trust", "add", root, types="yes")
    assert (code, person.roots()) == (0, [authority.fingerprint])
    assert authority.fingerprint[:2].upper() + ":" in said


def test_a_script_needs_yes(person: Person, root: Path) -> None:
    refused = person.spip("trust", "add", root, stdin="yes\n")
    assert (refused.code, person.roots()) == (1, [])
    assert f"spip trust add --yes {root}" in refused.stderr


def _refusals() -> Iterator[tuple[str, bytes, str]]:
    authority = Authority()
    yield "a leaf", authority.issue().pem, "a leaf"
    yield "a self-signed leaf", self_signed().pem, "(a leaf) that signed itself"
    yield "expired", Authority("Old CA", validity=EXPIRED).pem, "expired on"
    yield "a key alone", authority.issue().key_pem, "private key"
    yield "text", b"hello\n", "no certificate"
    yield "nothing", b"", "is empty"
    yield "broken", authority.pem.replace(b"MI", b"!!", 1), "broken certificate"
    yield "an intermediate", authority.intermediate().pem, "Example Root CA"


@pytest.mark.parametrize("number", range(8))
def test_what_is_no_root_is_refused_with_its_reason(
    person: Person, tmp_path: Path, number: int
) -> None:
    name, content, reason = list(_refusals())[number]
    file = tmp_path / "file"
    file.write_bytes(content)
    refused = person.spip("trust", "add", "--yes", file)
    assert (refused.code, person.roots()) == (1, []), name
    assert reason in refused.stderr


def test_a_missing_file_a_folder_and_wrong_words(person: Person, tmp_path: Path) -> None:
    assert "does not exist" in person.spip("trust", "add", "--yes", "missing").failed().stderr
    assert person.spip("trust", "add", "--yes", tmp_path).code == 1
    assert person.spip("trust", "add").code == 2
    assert person.spip("trust", "nonsense").code == 2


def test_a_key_beside_a_root_is_never_copied_and_is_warned_about(
    person: Person, authority: Authority, tmp_path: Path
) -> None:
    file = tmp_path / "both.pem"
    file.write_bytes(authority.issue().key_pem + authority.pem)
    done = person.spip("trust", "add", "--yes", file).passed()
    assert "private key" in done.stderr
    (kept,) = person.folder().iterdir()
    assert b"PRIVATE" not in kept.read_bytes()


@pytest.mark.skipif(os.name == "nt", reason="mode bits say nothing on Windows")
def test_a_file_that_others_may_write_is_not_trusted_unseen(person: Person, root: Path) -> None:
    root.chmod(0o666)
    refused = person.spip("trust", "add", "--yes", root).failed()
    assert "writable by others" in refused.stderr
    assert person.roots() == []


def test_what_python_3_13_will_miss_is_said(person: Person, tmp_path: Path) -> None:
    flawed = Authority("Flawed Root CA", flaws=[Flaw.NO_KEY_USAGE]).write(tmp_path)
    assert "keyUsage" in person.spip("trust", "add", "--yes", flawed).passed().stderr


def test_what_is_trusted_already_is_not_added(person: Person) -> None:
    known = person.env.site_packages / "certifi" / "cacert.pem"
    done = person.spip("trust", "add", "--yes", known).passed()
    assert "trusted already" in done.stderr
    assert person.roots() == []


# --- remove, export


def test_remove_takes_an_unambiguous_part(
    person: Person, authority: Authority, stranger: Authority, tmp_path: Path
) -> None:
    person.spip("trust", "add", "--yes", bundle(tmp_path, authority, stranger)).passed()
    assert len(person.roots()) == 2
    person.spip("trust", "remove", "ab").refused("at least 4 of them are needed", code=2)
    person.spip("trust", "remove", "0" * 64).refused("0" * 12)
    assert len(person.roots()) == 2
    part = ":".join(authority.fingerprint[at : at + 2].upper() for at in range(0, 20, 2))
    person.spip("trust", "remove", part).passed()
    assert person.roots() == [stranger.fingerprint]


def test_an_ambiguous_part_removes_nothing(person: Person, root: Path) -> None:
    person.spip("trust", "add", "--yes", root).passed()
    folder = person.folder()
    (kept,) = folder.iterdir()
    (folder / f"{kept.stem[:32]}{'0' * 32}.pem").write_bytes(kept.read_bytes())
    refused = person.spip("trust", "remove", kept.stem[:16]).failed()
    assert "in 2 of them" in refused.stderr
    assert len(person.roots()) == 2


def test_export_writes_all_roots_or_leaves_the_file_as_it_was(
    person: Person, root: Path, authority: Authority, tmp_path: Path
) -> None:
    person.spip("trust", "add", "--yes", root).passed()
    body = authority.pem.decode().splitlines()[1]
    assert body in person.spip("trust", "export").passed().stdout
    file = tmp_path / "out.pem"
    file.write_text("before")
    file.chmod(0o640)
    person.spip("trust", "export", "-o", file).passed()
    assert body in file.read_text()
    assert os.name == "nt" or file.stat().st_mode & 0o777 == 0o640
    assert person.spip("trust", "export", "-o", tmp_path / "no" / "out.pem").code == 1
    assert not list(tmp_path.glob(".new-*"))


@pytest.mark.skipif(os.name == "nt", reason="a pipe that is closed, as POSIX has it")
def test_whoever_reads_may_stop(person: Person) -> None:
    """Both ended in a BrokenPipeError, `list` when Python flushed at its end.

    A full disk is an error like others.
    """
    for word in ("list", "export"):
        printed = len(os.fsencode(person.spip("trust", word).passed().stdout))
        code = "1" if printed > io.DEFAULT_BUFFER_SIZE else "0"  # all was done before Python's end
        words = shlex.join(map(str, person.env.spip("trust", word)))
        script = f"({words} 2>err; echo $? >code) | true; cat code err"
        done = run(["sh", "-c", script], env=person.environ()).passed()
        assert done.stdout.split() == [code]
        full = run(["sh", "-c", f"{words} >/dev/full"], env=person.environ())
        said = "spip: what was printed can't be written: No space left on device\n"
        assert (full.code, full.stderr) == (1, said)


# --- fetch


@pytest.fixture
def server(authority: Authority) -> Iterator[TlsServer]:
    with TlsServer(authority.issue(sent=Sent.CHAIN_AND_ROOT)) as running:
        yield running


def where(server: TlsServer) -> str:
    return f"localhost:{server.port}"


def test_fetch_takes_the_root_whose_fingerprint_is_given(
    person: Person, server: TlsServer, authority: Authority
) -> None:
    pairs = ":".join(authority.fingerprint[at : at + 2] for at in range(0, 64, 2)).upper()
    person.spip("trust", "fetch", where(server), "--fingerprint", f"SHA256:{pairs}").passed()
    assert person.roots() == [authority.fingerprint]


def test_fetch_through_a_proxy_takes_what_the_proxy_presents(
    person: Person, stranger: Authority, server: TlsServer
) -> None:
    with Proxy(stranger) as proxy:
        words = ["trust", "fetch", where(server), "--fingerprint", "0" * 64]
        refused = person.spip(*words, HTTPS_PROXY=proxy.url).failed()
    assert stranger.name in refused.stderr
    assert person.roots() == []


@pytest.mark.parametrize("of", ["nobody", "the leaf", "another root"])
def test_fetch_takes_nothing_for_another_fingerprint(
    person: Person, server: TlsServer, stranger: Authority, of: str
) -> None:
    assert server.identity
    fingerprints = {
        "nobody": "0" * 64,
        "the leaf": server.identity.fingerprint,
        "another root": stranger.fingerprint,
    }
    words = ["trust", "fetch", where(server), "--fingerprint", fingerprints[of]]
    whose = "which is no root" if of == "the leaf" else "not the fingerprint of what is presented"
    person.spip(*words).refused(whose)
    assert person.roots() == []


def test_fetch_without_a_fingerprint_wants_it_typed(
    person: Person, server: TlsServer, authority: Authority
) -> None:
    person.spip("trust", "fetch", where(server), stdin="yes\n").refused("--fingerprint")
    for typed in ("yes", "", authority.fingerprint[:32]):
        assert person.at_terminal("trust", "fetch", where(server), types=typed)[0] == 1
    assert person.roots() == []
    code, said = person.at_terminal("trust", "fetch", where(server), types=authority.fingerprint)
    assert (code, person.roots()) == (0, [authority.fingerprint]), said


def test_fetch_says_which_root_is_missing(person: Person, authority: Authority) -> None:
    chain = authority.intermediate().issue(sent=Sent.CHAIN)
    with TlsServer(chain) as server:
        refused = person.spip("trust", "fetch", where(server), "--fingerprint", "0" * 64).failed()
    assert "the root is not sent" in refused.stderr
    assert "Example Root CA" in refused.stderr
    assert "spip trust add FILE" in refused.stderr


def test_a_root_that_did_not_sign_the_rest_is_not_taken(
    person: Person, authority: Authority
) -> None:
    """Anybody can send a genuine root below a chain of their own, and for another host's name."""
    double = Authority(authority.name)
    flaws = [Flaw.NO_AUTHORITY_KEY_IDENTIFIER]
    identity = double.issue("other.corp.example", sent=Sent.LEAF, flaws=flaws)
    mixed = type(identity)(identity.certificate, identity.key, (authority.certificate,))
    with TlsServer(mixed) as server:
        words = ["trust", "fetch", where(server), "--fingerprint", authority.fingerprint]
        refused = person.spip(*words).failed()
    assert "did not sign what" in refused.stderr
    assert person.roots() == []


@pytest.mark.skipif(os.name == "nt", reason="Ctrl-C as POSIX has it")
def test_ctrl_c_ends_it_without_a_traceback(person: Person) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        words = person.env.spip("trust", "fetch", f"localhost:{silent.getsockname()[1]}")
        env = clean_environment(person.home)
        with subprocess.Popen(words, env=env, stderr=subprocess.PIPE, text=True) as process:
            silent.settimeout(60)
            with silent.accept()[0]:
                process.send_signal(signal.SIGINT)
                said = process.communicate(timeout=60)[1]
    assert (process.returncode, said) == (1, "spip: cancelled by user\n")


def test_fetch_of_a_host_that_is_not_there(person: Person) -> None:
    refused = person.spip("trust", "fetch", "localhost:1").failed()
    assert "presents no certificate" in refused.stderr
    assert person.spip("trust", "fetch", "not a host").code == 2


# --- WSL


def test_from_windows_is_for_wsl_alone(person: Person) -> None:
    refused = person.spip("trust", "add", "--from-windows", "--yes").failed()
    assert "WSL" in refused.stderr


@pytest.mark.parametrize("answer", ["yes", "no", "mute"])
def test_from_windows_asks_for_each_root_that_is_missing_here(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    authority: Authority,
    stranger: Authority,
    tmp_path: Path,
    answer: str,
) -> None:
    """Windows' answer as PowerShell prints it: line ends of its own, and leaves among the roots."""
    from spip import terminal
    from spip.commands.trust import add
    from spip.environment import system
    from spip.errors import SpipError

    said = (authority.pem + authority.issue().pem + stranger.pem).replace(b"\n", b"\r\n")
    monkeypatch.setattr(system, "platform", lambda: "wsl")
    monkeypatch.setattr(system, "windows_roots", lambda: b"" if answer == "mute" else said)
    monkeypatch.setattr(terminal, "can_answer", lambda: True)
    monkeypatch.setattr(sys, "stdin", io.StringIO(f"{answer}\n" * 2))
    environ = {"HOME": str(tmp_path), "LOCALAPPDATA": str(tmp_path)}
    known = frozenset({stranger.der})
    if answer == "mute":
        with pytest.raises(SpipError, match="did not answer"):
            add.add_from_windows(environ, known, yes=False)
    else:
        assert add.add_from_windows(environ, known, yes=False) == 0
    kept = [path.stem for path in Path(user_roots.folder(environ) or "").glob("*.pem")]
    assert kept == ([authority.fingerprint] if answer == "yes" else [])
    assert stranger.fingerprint not in capsys.readouterr().out
