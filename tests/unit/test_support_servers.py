"""Servers and authorities of the test world: what they promise is what a TLS client meets."""

from __future__ import annotations

import contextlib
import http.client
import socket
import ssl
import urllib.request
from typing import TYPE_CHECKING

import pytest

from support.authority import (
    Authority,
    Sent,
    bundle,
    self_signed,
)
from support.certificates import EXPIRED, NOT_YET_VALID, Flaw, Validity
from support.hashed import hashed_folder
from support.run import run
from support.servers import Fault, Pace, TlsServer
from support.sites import redirect_to

if TYPE_CHECKING:
    from pathlib import Path

    from support.authority import Identity


def trusting(*authorities: Authority) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    for authority in authorities:
        context.load_verify_locations(cadata=authority.der)
    return context


def fetch(server: TlsServer, context: ssl.SSLContext, path: str = "/", host: str = "") -> bytes:
    """Ask for a path; `host` is the name that is asked for and checked, by default localhost."""
    raw = socket.create_connection(("127.0.0.1", server.port), 10)
    with context.wrap_socket(raw, server_hostname=host or "localhost") as secure:
        connection = http.client.HTTPSConnection(host or "localhost")
        connection.sock = secure
        connection.request("GET", path, headers={"User-Agent": "spip-tests"})
        answer = connection.getresponse()
        data = answer.read()
        answer.close()
        return data


def refusal(identity: Identity, *trusted: Authority, host: str = "") -> str:
    """Return why a client that trusts these refuses, or nothing if it doesn't."""
    with TlsServer(identity) as server:
        try:
            fetch(server, trusting(*trusted), host=host)
        except ssl.SSLCertVerificationError as error:
            assert server.record.handed_over == 0
            return error.verify_message
    return ""


def test_a_client_that_trusts_the_root_is_served_and_recorded(authority: Authority) -> None:
    with TlsServer(authority.issue()) as server:
        data = fetch(server, trusting(authority), "/a", host="index.corp.example")
    assert data == b"hello\n"
    (request,) = server.record.requests
    assert (request.path, request.method) == ("/a", "GET")
    assert (request.sni, request.user_agent) == ("index.corp.example", "spip-tests")
    assert server.record.handed_over > len(data)
    assert (server.record.handshakes, server.record.failures) == (1, [])


def test_a_client_that_does_not_gets_no_byte(authority: Authority, stranger: Authority) -> None:
    with TlsServer(stranger.issue()) as server, pytest.raises(ssl.SSLCertVerificationError):
        fetch(server, trusting(authority))
    assert (server.record.handed_over, server.record.requests) == (0, [])
    assert server.record.handshakes == len(server.record.failures) == 1


def test_each_kind_of_certificate_is_refused_for_its_own_reason(authority: Authority) -> None:
    root, below = authority, authority.intermediate()
    expired_root = Authority(validity=Validity(-400, -5))
    assert refusal(root.issue(), root) == ""
    assert refusal(below.issue(), root) == ""
    assert "local issuer" in refusal(below.issue(sent=Sent.LEAF), root)
    assert "local issuer" in refusal(Authority().issue(), root)
    sent = Authority().issue(sent=Sent.CHAIN_AND_ROOT)
    assert "in certificate chain" in refusal(sent, root)
    assert refusal(self_signed(), root) in {"self-signed certificate", "self signed certificate"}
    assert refusal(root.issue(validity=EXPIRED), root) == "certificate has expired"
    # OpenSSL 3.6 adds "or the system clock is incorrect".
    said = refusal(root.issue(validity=NOT_YET_VALID), root)
    assert said.startswith("certificate is not yet valid")
    assert refusal(expired_root.issue(), expired_root) == "certificate has expired"
    assert "Hostname mismatch" in refusal(root.issue("other.example"), root)
    assert "IP address mismatch" in refusal(root.issue("localhost"), root, host="127.0.0.1")


@pytest.mark.parametrize("flaw", Flaw)
def test_a_flawed_authority_is_refused_by_strict_clients_alone(flaw: Flaw) -> None:
    root = Authority(flaws=[flaw])
    leaf = root.issue(flaws=[flaw])
    lenient = "" if flaw is not Flaw.NO_BASIC_CONSTRAINTS else refusal(leaf, root)
    assert refusal(leaf, root) == lenient
    context = trusting(root)
    context.verify_flags |= ssl.VERIFY_X509_STRICT
    with TlsServer(leaf) as server, pytest.raises(ssl.SSLCertVerificationError):
        fetch(server, context)


def test_a_version_1_root_is_one(tmp_path: Path) -> None:
    file = Authority(flaws=[Flaw.VERSION_1]).write(tmp_path)
    text = run(["openssl", "x509", "-noout", "-text", "-in", file]).passed().stdout
    assert "Version: 1 (0x0)" in text


def test_a_client_certificate_is_demanded_and_named(authority: Authority, tmp_path: Path) -> None:
    with TlsServer(authority.issue(), clients=authority) as server:
        with pytest.raises((ssl.SSLError, ConnectionError)):
            fetch(server, trusting(authority))
        assert server.record.handed_over == 0
        context = trusting(authority)
        context.load_cert_chain(authority.issue_client("ann").write(tmp_path))
        fetch(server, context)
    assert [request.client for request in server.record.requests] == ["ann"]


@pytest.mark.parametrize("fault", [Fault.EOF, Fault.RESET])
def test_a_broken_handshake_fails_at_once(authority: Authority, fault: Fault) -> None:
    with TlsServer(authority.issue(), fault=fault) as server, pytest.raises(OSError) as caught:
        fetch(server, trusting(authority))
    assert isinstance(caught.value, ConnectionResetError) == (fault is Fault.RESET)
    assert server.record.connections == 1


def test_silence_lasts_until_the_client_gives_up(authority: Authority) -> None:
    with TlsServer(authority.issue(), fault=Fault.SILENCE) as server:
        raw = socket.create_connection(("127.0.0.1", server.port), 0.3)
        with contextlib.closing(raw), pytest.raises(TimeoutError):
            trusting(authority).wrap_socket(raw, server_hostname="localhost")


def test_a_server_without_an_identity_speaks_plain_http(authority: Authority) -> None:
    with TlsServer(None) as server:
        with urllib.request.urlopen(server.url()) as answer:
            assert answer.read() == b"hello\n"
        with pytest.raises(ssl.SSLError, match=r"(?i)wrong.version.number"):
            fetch(server, trusting(authority))


def test_an_identity_can_change_between_connections(authority: Authority) -> None:
    with TlsServer(authority.issue()) as server:
        fetch(server, trusting(authority))
        server.identity = self_signed()
        with pytest.raises(ssl.SSLCertVerificationError):
            fetch(server, trusting(authority))


def test_a_redirect_and_a_slow_body(authority: Authority) -> None:
    with TlsServer(authority.issue(), pace=Pace(chunk=2, pause=0.05)) as target:
        with TlsServer(authority.issue(), redirect_to(target.url("/"))) as server:
            opener = urllib.request.build_opener(
                urllib.request.ProxyHandler({}),
                urllib.request.HTTPSHandler(context=trusting(authority)),
            )
            with opener.open(server.url("/deep/er")) as answer:
                assert answer.read() == b"hello\n"
        assert target.record.paths == ["/deep/er"]


def test_a_bundle_and_a_hashed_folder_are_what_openssl_reads(
    authority: Authority, stranger: Authority, tmp_path: Path
) -> None:
    file = bundle(tmp_path, authority, stranger)
    folder = hashed_folder(tmp_path / "hashed", authority, Authority(authority.name))
    assert sorted(path.suffix for path in folder.iterdir()) == [".0", ".1"]
    for option, place in [("-CAfile", file), ("-CApath", folder)]:
        leaf = authority.issue().write(tmp_path)
        nothing_else = ["-no-CAstore", "-no-CAfile" if option == "-CApath" else "-no-CApath"]
        run(["openssl", "verify", *nothing_else, option, place, leaf]).passed()
