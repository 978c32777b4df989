"""The doctor is well exactly where the target's pip works: asked by that pip's own means."""

from __future__ import annotations

import base64
import json
import os
import shlex
import ssl
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
)

from doctor_situations import trusting
from doctor_world import Secured, Weak, causes, doctor, no_store, permissive, report, the
from support.authority import Authority
from support.environments import current_environment, environment, with_spip
from support.index import Index, standard_artifacts
from support.run import Result, clean_environment, run
from support.servers import TlsServer
from support.sites import Answer, Request
from support.terminal import at_terminal

# What a machine without a store is told each time.
OF_THIS_MACHINE = ["os-store-empty"] if no_store() else []
LOGIN = base64.b64encode(b"ann:s3cret").decode()
LINKS = b'<!doctype html><a href="demo/">demo</a>'
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: %d\r\n\r\n"
PAGE = HEAD % len(LINKS) + LINKS


@dataclass(frozen=True)
class World:
    """An index of a company whose root is trusted through a variable."""

    root: Authority
    server: TlsServer
    env: dict[str, str]

    @property
    def index(self) -> str:
        """The address that pip is given."""
        return self.server.url("/simple/")

    def asked(self, **env: str | None) -> dict[str, Any]:
        """Ask for pip's own indexes, of which this is the only one."""
        return report(env={**self.env, "PIP_INDEX_URL": self.index, **env})


@pytest.fixture(scope="module")
def company() -> Authority:
    return Authority("Example Works Root")


@pytest.fixture
def world(company: Authority, tmp_path: Path) -> Iterator[World]:
    target = {"SPIP_PYTHON": str(current_environment().python)}
    with TlsServer(company.issue(), Index(standard_artifacts())) as server:
        yield World(company, server, {**trusting(tmp_path, company), **target})


def locked(request: Request) -> Answer:
    """Give pages to nobody without the login."""
    if LOGIN not in request.headers.get("authorization", ""):
        return Answer(401, headers={"WWW-Authenticate": 'Basic realm="index"'})
    return Index(standard_artifacts())(request)


def test_a_server_that_only_the_targets_openssl_agrees_with(
    company: Authority, tmp_path: Path
) -> None:
    """Python 3.10 and newer leave out the ciphers that this server insists on."""
    context = permissive(Weak(company))
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers("AES256-GCM-SHA384:@SECLEVEL=0")
    with Secured(context, PAGE) as server:
        env = {**trusting(tmp_path, company), "PIP_INDEX_URL": f"https://localhost:{server.port}/"}
        for python, pip, expected in (("3.9", "25.3", []), ("3.12", "24.2", ["no-shared-tls"])):
            target = str(environment(python, pip).python)
            assert causes(report(env={**env, "SPIP_PYTHON": target})) == expected


def test_a_login_from_netrc(world: World, tmp_path: Path) -> None:
    world.server.site = locked
    netrc = tmp_path / "netrc"
    netrc.write_text("machine localhost login ann password s3cret\n")
    netrc.chmod(0o600)
    assert causes(world.asked(NETRC=str(netrc)), "note") == OF_THIS_MACHINE
    assert "401" in the(world.asked(), "index-answer")["sentence"]


@pytest.mark.skipif(os.name == "nt", reason="the stand-in for the command is a shell's script")
@pytest.mark.parametrize("provider", ["import", "subprocess"])
def test_a_login_from_a_keyring(provider: str, world: World, tmp_path: Path) -> None:
    world.server.site = locked
    (tmp_path / "keyring.py").write_text(
        "import collections\n"
        "get_password = lambda *_: 's3cret'\n"
        "get_credential = lambda *_: collections.namedtuple('C', 'username password')"
        "('ann', 's3cret')\n"
    )
    command = tmp_path / "keyring"
    said = json.dumps({"username": "ann", "password": "s3cret"})
    command.write_text(f"#!/bin/sh\ncat >/dev/null\necho {shlex.quote(said)}\n")
    command.chmod(0o755)
    env = {"PYTHONPATH": str(tmp_path), "PATH": f"{tmp_path}:/usr/bin:/bin"}
    user = world.index.replace("://", "://ann@")
    found = world.asked(PIP_INDEX_URL=user, PIP_KEYRING_PROVIDER=provider, **env)
    assert causes(found, "note") == OF_THIS_MACHINE
    assert causes(found) == []
    wrong = world.asked(PIP_INDEX_URL=user, PIP_KEYRING_PROVIDER="disabled", **env)
    assert "401" in the(wrong, "index-answer")["sentence"]


def test_a_target_without_pip_is_asked_by_the_pip_that_serves_it(world: World) -> None:
    target = str(environment("3.12", None).python)
    found = world.asked(SPIP_PYTHON=target)
    assert found["verdict"] == "healthy"
    assert causes(found) == []


def test_pip_alone_is_spoken_of_apart(world: World, tmp_path: Path) -> None:
    found = world.asked()
    assert found["verdict"] == "healthy"
    assert "certificate verify failed" in found["hosts"][0]["pip_alone"]
    env = {**world.env, "PIP_INDEX_URL": world.index}
    page = tmp_path / "page.html"
    said = doctor("--html", str(page), env=env).passed().stdout
    assert "pip alone:  refused at localhost" in said
    assert "<p>pip alone: refused at localhost" in page.read_text("utf-8")
    assert "through spip: works" in " ".join(said.split())
    both = world.asked(PIP_CERT=env["SPIP_CA_BUNDLE"])
    assert both["hosts"][0]["pip_alone"] is None


def test_a_key_with_a_pass_phrase_is_a_problem_only_where_nobody_can_be_asked(
    company: Authority, tmp_path: Path
) -> None:
    me = company.issue_client()
    secret = BestAvailableEncryption(b"secret")
    key = me.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, secret)
    (tmp_path / "me.pem").write_bytes(key + me.pem)
    spip = with_spip(current_environment())
    with TlsServer(company.issue(), Index(standard_artifacts()), clients=company) as server:
        env = {
            **trusting(tmp_path, company),
            "PIP_INDEX_URL": server.url("/simple/"),
            "PIP_CLIENT_CERT": str(tmp_path / "me.pem"),
        }
        alone = report(env=env)
        assert causes(alone) == ["client-certificate"]
        assert "pass phrase" in the(alone, "client-certificate")["sentence"]
        said = run(spip.spip("download", "--retries", "0", "demo"), env=env).failed().stderr
        assert "its key has a pass phrase" in said
        assert "doesn't accept" not in said
        if os.name == "nt":
            return
        argv = _with_a_terminal_of_its_own(spip.spip("doctor"))
        code, shown = at_terminal(argv, {**clean_environment(tmp_path), **env})
    assert code == 0, shown
    assert "will ask for it at the terminal" in " ".join(shown.split())
    assert "Enter PEM pass phrase" not in shown  # nobody was asked


def _with_a_terminal_of_its_own(argv: list[str]) -> list[str]:
    """At a terminal that is the process's controlling one, as for a person."""
    code = "import fcntl, os, sys, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0); "
    code += "os.execv(sys.argv[1], sys.argv[1:])"
    return [sys.executable, "-c", code, *argv]


@pytest.mark.parametrize(
    ("name", "value"),
    [("PIP_TIMEOUT", "soon"), ("PIP_NO_INDEX", "maybe"), ("PIP_RETRIES", '"3"')],
)
def test_a_value_that_no_pip_starts_with(name: str, value: str, world: World) -> None:
    found = world.asked(**{name: value})
    assert causes(found)[0] == "pip-settings"
    assert found["findings"][0]["next"] == f"correct {name}"


@pytest.mark.parametrize("around", ['"{}"', "'{}'", "\u201c{}\u201d", "{}\r", "<{}>"], ids=ascii)
def test_an_index_url_that_pip_passes_over_is_named_with_the_right_one(
    around: str, world: World
) -> None:
    found = world.asked(PIP_INDEX_URL=around.format(world.index))
    assert causes(found) == ["pip-settings"]
    problem = the(found, "pip-settings")
    assert "PIP_INDEX_URL" in problem["sentence"]
    if around != "<{}>":
        assert problem["next"] == f"write it as  {world.index}  in PIP_INDEX_URL"
    assert "asks no index" not in found["sentence"]


def test_letters_that_this_pip_gets_along_with_are_no_problem(world: World) -> None:
    """A blank in front: pip 24 and newer read the scheme nevertheless."""
    assert causes(world.asked(PIP_INDEX_URL=f" {world.index}")) == []


def test_a_page_of_links_is_asked_as_well(world: World, tmp_path: Path) -> None:
    """pip asks for it in each install, also where it asks no index."""
    links = world.server.url("/simple/demo/")
    found = world.asked(PIP_NO_INDEX="1", PIP_FIND_LINKS=links)
    assert [each["port"] for each in found["hosts"]] == [world.server.port]
    other = trusting(tmp_path, Authority())
    untrusted = world.asked(PIP_NO_INDEX="1", PIP_FIND_LINKS=links, **other)
    assert causes(untrusted) == ["unknown-authority"]


@pytest.mark.parametrize("host", ['"localhost"', "'localhost'", "https://localhost", "localhost,"])
def test_a_trusted_host_that_pip_matches_with_nothing_switches_nothing_off(
    host: str, world: World, tmp_path: Path
) -> None:
    env = {**world.env, "PIP_INDEX_URL": world.index, "PIP_TRUSTED_HOST": host}
    spip = with_spip(current_environment())
    words = ["download", "--no-deps", "--dest", str(tmp_path / "out"), "demo"]
    result = run(spip.spip(*words), env=env).passed()
    assert "VERIFICATION IS OFF" not in result.stderr
    untrusted = {**env, **trusting(tmp_path, Authority())}
    refused = run(spip.spip(*words, "--retries", "0"), env=untrusted).failed()
    assert "was refused" in refused.stderr
    assert "VERIFICATION IS OFF" not in refused.stderr
    note = the(world.asked(PIP_TRUSTED_HOST=host), "pip-settings")
    assert note["weight"] == "note"
    assert "verification stays on" in note["sentence"]


def test_a_host_that_pip_trusts_unverified_is_not_ok(world: World, tmp_path: Path) -> None:
    """pip works there, so the setting is named beside what verification would meet."""
    well = world.asked(PIP_TRUSTED_HOST="localhost")
    assert causes(well) == []
    assert "PIP_TRUSTED_HOST" in the(well, "verification-off")["sentence"]
    found = world.asked(PIP_TRUSTED_HOST="localhost", **trusting(tmp_path, Authority()))
    assert found["verdict"] == "problem"
    assert causes(found) == ["unknown-authority"]
    off = the(found, "verification-off")
    assert "PIP_TRUSTED_HOST" in off["sentence"] + off["next"]
    assert found["hosts"][0]["pip_alone"] is None


def test_that_it_works_now_is_said_only_where_that_pip_gets_through(
    world: World, tmp_path: Path
) -> None:
    """The look trusts the root; a pip whose client certificate is gone still fails."""
    cut: dict[str, object] = {"url": world.index, "proxy": None, "error": "ConnectionResetError"}
    cut |= {"text": "reset", "verify_code": None, "certificate": False}
    code = "from spip.doctor.after_failure import main; main()"
    python = world.env["SPIP_PYTHON"]

    def finding(*arguments: str) -> str:
        said = {"failures": [cut], "cert": None, "python": python, "arguments": arguments}
        return run([sys.executable, "-c", code], env=world.env, stdin=json.dumps(said)).stderr

    assert "and answers now" in finding("download", "demo")
    gone = finding("download", "--client-cert", str(tmp_path / "gone.pem"), "demo")
    assert "answers now" not in gone
    assert "spip: " in gone


# An address of this machine that pip doesn't take for one: it asks no index there over http.
ANY = "0.0.0.0"  # noqa: S104 - nothing is bound
linked_to_any = pytest.mark.skipif(os.name == "nt", reason="Windows connects nobody to 0.0.0.0")
OLD_AND_NEW = [("3.10", "20.3.4"), ("3.13", "26.3")]


@linked_to_any
@pytest.mark.parametrize(("python", "pip"), OLD_AND_NEW)
def test_an_http_index_that_pip_passes_over_is_the_cause(
    python: str, pip: str, company: Authority, tmp_path: Path
) -> None:
    """pip says it in the middle of its lines, and ends in "No matching distribution"."""
    target = {"SPIP_PYTHON": str(environment(python, pip).python)}
    env = trusting(tmp_path, company) | target
    where = with_spip(current_environment())

    def fetched(index: str, *words: str) -> Result:
        more = ["-d", str(tmp_path), "--no-deps", "--no-cache-dir"]
        return run(
            where.spip("download", *more, *words, "demo"), env=env | {"PIP_INDEX_URL": index}
        )

    with TlsServer(company.issue(ANY), Index(standard_artifacts())) as server:
        index = server.url("/simple/", ANY)
        plain = index.replace("https:", "http:")
        said = fetched(plain).failed().stderr
        assert f"spip: pip passes over the index at {ANY}:{server.port}: " in said
        assert "next: write  https://  in place of  http://  in PIP_INDEX_URL" in said
        asked = report(env=env | {"PIP_INDEX_URL": plain})
        assert causes(asked) == ["index-passed-over"]
        assert the(asked, "index-passed-over")["next"].endswith("in PIP_INDEX_URL")
        assert fetched(index).code == 0  # as the step says


@linked_to_any
def test_an_http_index_without_https_is_asked_by_the_option_that_is_named(
    tmp_path: Path,
) -> None:
    where = with_spip(current_environment())
    with TlsServer(None, Index(standard_artifacts())) as server:
        index, host = server.url("/simple/", ANY), f"{ANY}:{server.port}"
        env = {"PIP_INDEX_URL": index, "SPIP_PYTHON": str(current_environment().python)}
        words = ["download", "-d", str(tmp_path), "--no-deps", "demo"]
        said = run(where.spip(*words), env=env).failed().stderr
        assert server.record.paths == []
        assert f"pip asks it only with  --trusted-host {host}" in said
        assert run(where.spip(*words, "--trusted-host", host), env=env).code == 0
        trusting_it = env | {"PIP_TRUSTED_HOST": host}
        assert "index-passed-over" in causes(report(env=env))
        assert causes(report(env=trusting_it)) == []
        # On this machine itself pip asks over http, and a project may be misspelt.
        near = env | {"PIP_INDEX_URL": server.url("/simple/")}
        assert causes(report(env=near)) == []
        missing = run(where.spip(*words[:-1], "no-such"), env=near).failed().stderr
        assert "passes over" not in missing


def test_each_page_is_asked_once_by_pip(world: World) -> None:
    world.asked()
    agents = [each.user_agent.split("/")[0] for each in world.server.record.requests]
    pages = [each.path for each in world.server.record.requests]
    assert agents.count("pip") == len(set(pages))  # without spip it is refused before it asks
