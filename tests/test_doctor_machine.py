"""Causes on this machine: the store, Python's ssl, pip's age and settings, certifi, variables."""

from __future__ import annotations

import json
import os
import shutil
import sys
from pathlib import Path

import pytest

from doctor_situations import trusting
from doctor_world import DOCTOR, causes, doctor, report, the
from support.authority import Authority
from support.environments import environment
from support.interpreters import ask, interpreter
from support.lacking import lacking
from support.os_store import OsStore, OsStores
from support.run import run
from support.servers import TlsServer
from support.single_file import built


def inside(store: OsStore, *words: str, env: dict[str, str]) -> dict[str, object]:
    """Run the doctor where the operating system has another store."""
    import json

    result = run(store.wrap([*DOCTOR, *words, "--json"]), env=env)
    assert result.stdout, str(result)
    said: dict[str, object] = json.loads(result.stdout)
    return said


def test_a_root_that_was_copied_but_never_taken_into_the_store(os_stores: OsStores) -> None:
    root = Authority()
    with TlsServer(root.issue()) as server:
        said = inside(os_stores.not_updated(root), server.url(), env={})
        if os.geteuid() == 0:
            found = the(said, "root-in-unused-place")
            assert found["weight"] == "note"
            assert found["next"] == f"sudo {' '.join(os_stores.layout.update)}"
        else:  # in a user namespace / is nobody's, so that root's files are no source for spip
            found = the(said, "bundle-refused")
            assert found["weight"] == "problem"
            assert "spip trust add " in found["next"]
        assert str(os_stores.layout.anchors) in found["sentence"]
        assert causes(inside(os_stores.trusting(root), server.url(), env={})) == []


def test_an_empty_store_is_said_and_is_no_problem_by_itself(
    os_stores: OsStores, tmp_path: Path
) -> None:
    root = Authority()
    with TlsServer(root.issue()) as server:
        said = inside(os_stores.empty(), server.url(), env=trusting(tmp_path, root))
    assert "ca-certificates" in the(said, "os-store-empty")["next"]
    assert causes(said) == []


def test_when_upgrading_pip_alone_is_enough(company_store: OsStore, authority: Authority) -> None:
    old = environment("3.12", "24.1.2")
    new = environment("3.12", "24.2")
    with TlsServer(authority.issue()) as server:
        for target, expected in ((old, True), (new, False)):
            env = {"SPIP_PYTHON": str(target.python)}
            said = inside(company_store, server.url(), env=env)
            assert ("pip-upgrade-enough" in causes(said, "note")) is expected


def test_a_python_that_was_built_without_ssl(tmp_path: Path) -> None:
    target = environment("3.12", "24.2").without_ssl(tmp_path / "no-ssl")
    said = report("localhost:1", env={"SPIP_PYTHON": str(target.python)})
    found = the(said, "no-ssl-build")
    assert str(target.python) in found["sentence"]
    assert "libssl-dev" in found["next"]
    assert causes(said)[0] == "no-ssl-build"


def test_a_python_whose_openssl_library_is_gone(os_stores: OsStores) -> None:
    """Also where it is spip's own Python: the doctor needs no ssl to say that ssl is missing."""
    library = next(iter(sorted(Path("/").glob("usr/lib/*/libssl.so.*"))), None)
    if library is None:
        lacking("no libssl.so below /usr/lib: this Python brings its own")
    linked = run(["ldd", _ssl_module()])
    if library.name not in linked.stdout:
        lacking(f"this Python isn't linked to {library.name}", installable=False)
    empty = os_stores.folder / "no-library"
    empty.touch()
    hidden = OsStore(((empty, library),), os_stores.way)
    said = inside(hidden, "localhost:1", env={})
    assert causes(said) == ["no-ssl-library"]
    assert library.name in str(the(said, "no-ssl-library")["sentence"])


def _ssl_module() -> str:
    import _ssl

    return str(_ssl.__file__)


def test_a_python_that_is_too_old() -> None:
    old = ask(Path("/usr/bin/python2.7")) or interpreter("2.7")
    said = report("localhost:1", env={"SPIP_PYTHON": str(old.path)})
    assert "spip works for Python 3.6 and newer" in the(said, "python-too-old")["sentence"]


def test_a_target_without_pip_that_the_own_pip_is_too_new_for() -> None:
    target = environment("3.8", None)
    said = report("localhost:1", env={"SPIP_PYTHON": str(target.python)})
    assert the(said, "pip-missing")["next"] == f'"{target.python}" -m ensurepip'


def test_a_target_without_pip_that_gets_the_own_one() -> None:
    target = environment("3.12", None)
    said = report("localhost:1", env={"SPIP_PYTHON": str(target.python)})
    assert causes(said) == ["refused"]


def test_a_certifi_that_was_edited_by_hand(tmp_path: Path) -> None:
    target = environment("3.12", "24.2").copy(tmp_path / "env")
    bundle = target.site_packages / "pip" / "_vendor" / "certifi" / "cacert.pem"
    genuine = bundle.read_bytes()
    bundle.write_bytes(genuine + Authority().pem + Authority("Another Root CA").pem)
    env = {"SPIP_PYTHON": str(target.python)}
    found = the(report("localhost:1", env=env), "certifi-edited")
    assert found["sentence"].startswith("somebody added 2 certificates to the certifi of pip 24.2")
    assert f'trust add "{bundle}"' in found["next"]
    bundle.write_bytes(genuine)
    assert "certifi-edited" not in causes(report("localhost:1", env=env), "note")


def test_a_certifi_that_lost_its_file(tmp_path: Path) -> None:
    target = environment("3.12", "24.2").copy(tmp_path / "env")
    (target.site_packages / "pip" / "_vendor" / "certifi" / "cacert.pem").write_bytes(b"")
    said = report("localhost:1", env={"SPIP_PYTHON": str(target.python)})
    assert "has lost its roots" in the(said, "certifi-missing")["sentence"]


@pytest.mark.parametrize("variable", ["REQUESTS_CA_BUNDLE", "PIP_CERT", "SSL_CERT_FILE"])
def test_a_variable_that_names_no_usable_bundle(variable: str, tmp_path: Path) -> None:
    root = Authority()
    broken, gone = tmp_path / "broken.pem", tmp_path / "gone.pem"
    broken.write_text("no certificate", "utf-8")
    with TlsServer(root.issue()) as server:
        env = trusting(tmp_path, root)
        missing = report(server.url(), env=env | {variable: str(gone)})
        unusable = report(server.url(), env=env | {variable: str(broken)})
    assert missing["verdict"] == unusable["verdict"] == "healthy"
    assert the(missing, "bundle-missing")["next"] == f"unset {variable}"
    assert str(broken) in the(unusable, "bundle-broken")["sentence"]


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="/proc is Linux's")
def test_a_bundle_that_cannot_be_read() -> None:
    """A file that root can't read either: the memory of a process, from its start."""
    found = the(
        report("localhost:1", env={"REQUESTS_CA_BUNDLE": "/proc/self/mem"}), "bundle-unreadable"
    )
    assert "REQUESTS_CA_BUNDLE names /proc/self/mem, which can't be read" in found["sentence"]


def test_a_stale_bundle_is_completed_and_named_with_the_one_that_wins(tmp_path: Path) -> None:
    root, stranger = Authority(), Authority("Another Root CA")
    stale = stranger.write(tmp_path)
    with TlsServer(root.issue()) as server:
        env = trusting(tmp_path, root)
        env |= {"REQUESTS_CA_BUNDLE": str(stale), "PIP_CERT": str(root.write(tmp_path))}
        said = report(server.url(), env=env)
    found = the(said, "bundle-stale")
    assert said["verdict"] == "healthy"
    assert found["sentence"].startswith(f"REQUESTS_CA_BUNDLE names {stale}")
    assert found["evidence"] == ["plain pip takes REQUESTS_CA_BUNDLE, not PIP_CERT"]


def test_a_key_log_file_that_an_antivirus_left_behind(tmp_path: Path) -> None:
    said = report("localhost:1", env={"SSLKEYLOGFILE": str(tmp_path / "gone" / "keys")})
    assert the(said, "sslkeylogfile")["next"] == "unset SSLKEYLOGFILE"
    fine = report("localhost:1", env={"SSLKEYLOGFILE": str(tmp_path / "keys")})
    assert "sslkeylogfile" not in causes(fine, "note")
    assert not (tmp_path / "keys").exists()


TAKEN_AWAY = {
    "sh": ("export {}={}", "unset"),
    "fish": ("set -gx {} {}", "set -e"),
    "tcsh": ("setenv {} {}", "unsetenv"),
}


@pytest.mark.skipif(sys.platform == "win32", reason="shells of POSIX")
@pytest.mark.parametrize("shell", TAKEN_AWAY)
def test_a_variable_is_taken_away_in_the_words_of_the_shell(shell: str, tmp_path: Path) -> None:
    """fish has no `unset`, and tcsh's leaves the environment alone."""
    program = shutil.which(shell, path=os.defpath) or lacking(f"no {shell}")
    gone, words = tmp_path / "gone" / "keys", TAKEN_AWAY[shell]
    lines = [
        words[0].format("SSLKEYLOGFILE", gone),
        f"{' '.join(DOCTOR)} --json localhost:1",
        f"{words[1]} SSLKEYLOGFILE",
        "env",
    ]
    said = run([program, "-c", "; ".join(lines)]).passed().stdout
    assert f'"next": "{words[1]} SSLKEYLOGFILE"' in said
    assert "SSLKEYLOGFILE=" not in said


def test_legacy_certs_switched_on() -> None:
    said = report("localhost:1", env={"PIP_USE_DEPRECATED": "legacy-certs"})
    assert the(said, "legacy-certs")["next"] == "unset PIP_USE_DEPRECATED"


def test_a_configuration_file_that_pip_cannot_read(tmp_path: Path) -> None:
    """`spip config debug` names its files and dies of this one too; its line may hold a secret."""
    (tmp_path / "pip.conf").write_text("index-url = https://ann:secret@localhost/\n", "utf-8")
    said = report("localhost:1", env={"PIP_CONFIG_FILE": str(tmp_path / "pip.conf")})
    found = the(said, "pip-settings")
    assert str(tmp_path / "pip.conf") in found["sentence"]
    assert found["sentence"].endswith("line: 1")
    assert found["next"] == "correct that file, or move it away"
    assert "secret" not in str(said)


def test_settings_are_read_from_pip_itself_and_named_by_their_file(tmp_path: Path) -> None:
    config = tmp_path / ".config" / "pip" / "pip.conf"
    config.parent.mkdir(parents=True)
    config.write_text(
        "[global]\nindex-url = https://ann:secret@localhost:1/token-of-ann/simple\n"
        "trusted-host = localhost\n    other.corp.example\n[install]\nproxy = http://localhost:1\n",
        "utf-8",
    )
    env = {"HOME": str(tmp_path), "PIP_CONFIG_FILE": None}
    said = report(env=env)
    assert said["hosts"][0]["proxy"] == "localhost:1"
    assert the(said, "proxy-unreachable")["sentence"].count(str(config)) == 1
    relaxed = the(said, "verification-off")
    assert "at localhost, other.corp.example" in relaxed["sentence"]
    assert relaxed["next"].endswith("config --user unset global.trusted-host")
    shown = doctor("--html", str(tmp_path / "page.html"), env=env)
    everything = str(said) + shown.output + (tmp_path / "page.html").read_text("utf-8")
    assert "secret" not in everything
    assert "token-of-ann" not in everything


@pytest.mark.parametrize(
    "url",
    [
        "https://",
        "https://index corp/",
        "https://ann:secret@[x/",
        "https://ann:secret/word@localhost:1/token-of-ann/simple/",
    ],
)
def test_an_index_that_is_no_url(url: str, tmp_path: Path) -> None:
    """A password whose / nobody escaped is what stands where a port is expected."""
    said = report("--html", str(tmp_path / "page.html"), env={"PIP_INDEX_URL": url})
    found = the(said, "pip-settings")
    assert found["sentence"].startswith("PIP_INDEX_URL names no index that can be read: ")
    assert "is no host and no URL" in found["sentence"]
    assert found["next"] == "correct PIP_INDEX_URL, or take it away:  unset PIP_INDEX_URL"
    everything = str(said) + (tmp_path / "page.html").read_text("utf-8")
    assert "secret" not in everything
    assert "token-of-ann" not in everything


@pytest.mark.parametrize(
    "env",
    [{"PIP_NO_INDEX": "1"}, {"PIP_INDEX_URL": "file:///simple"}, {"PIP_INDEX_URL": "/"}],
)
def test_where_no_index_is_asked_there_is_nothing_to_connect_to(env: dict[str, str]) -> None:
    said = report(env=env)
    assert said["hosts"] == []
    assert said["sentence"].startswith("pip asks no index here")


@pytest.mark.parametrize("started", ["by the target", "by another Python"])
def test_a_target_without_pip_gets_the_single_files_own(started: str) -> None:
    """It was a problem, though `spip.pyz install` worked there."""
    target = environment("3.12", None).python
    base = target if started == "by the target" else environment("3.11", None).python
    env = {"SPIP_PYTHON": str(target)} if started != "by the target" else {}
    spip: list[str | Path] = [base, built() / "spip.pyz", "doctor", "--json", "localhost:1"]
    assert causes(json.loads(run(spip, env=env).stdout)) == ["refused"]
