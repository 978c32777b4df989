"""What answers at a proxy's address: a proxy's own word is never taken for a web server's."""

from __future__ import annotations

import ssl
from collections.abc import Iterator

import pytest

from doctor_world import Secured, Talker
from spip.diagnosis.causes import diagnose
from spip.diagnosis.evidence import Clock, Evidence
from spip.diagnosis.findings import Finding
from spip.probe.endpoint import parse_endpoint
from spip.probe.handshake import trusting
from spip.probe.look import look
from spip.probe.proxy_url import read_proxy
from spip.probe.steps import Looker
from support.authority import Authority
from support.handshake import server_context
from unit.test_tls_causes import NOW

LOOKER = Looker(lambda: trusting([], ask_system=False), patience=5)
PAGE = b"<!doctype html><title>Welcome</title>"


def told(port: int, scheme: str = "http") -> Finding:
    """Return what is found where that port stands in HTTPS_PROXY."""
    proxy = read_proxy(f"{scheme}://localhost:{port}", "HTTPS_PROXY")
    seen = look(parse_endpoint("https://index.corp.example/simple/"), proxy, LOOKER)
    (found,) = diagnose(Evidence(seen, Clock(NOW)))
    return found


def answer(status: int, *fields: str, body: bytes = PAGE) -> bytes:
    lines = [f"HTTP/1.1 {status} As it says", f"Content-Length: {len(body)}", *fields]
    return "\r\n".join([*lines, "", ""]).encode() + body


@pytest.mark.parametrize("status", [200, 301, 302, 303, 307, 308, 400, 404, 405, 501])
def test_a_web_server_is_called_one(status: int) -> None:
    """It couldn't reach the index, it was said, and IT was to open a way."""
    fields = ["Server: nginx", "Content-Type: text/html; charset=utf-8"]
    if status in range(300, 400):
        fields.append("Location: https://intranet.corp.example/")
    with Talker(answer(status, *fields)) as server:
        found = told(server.port)
    assert (found.cause, found.variant, found.owner) == ("proxy-failed", "web", "you")
    assert f"{status}" in found.sentence
    assert "HTTPS_PROXY" in found.sentence + found.next
    assert "not accepted" not in found.sentence


@pytest.mark.parametrize(
    ("status", "cause"),
    [(403, "proxy-forbids"), (407, "proxy-login"), (451, "proxy-forbids"), (502, "proxy-failed"),
     (503, "proxy-failed"), (504, "proxy-failed")],
)  # fmt: skip
def test_what_only_a_proxy_says_is_a_proxys(status: int, cause: str) -> None:
    """Also where it names itself by no field."""
    with Talker(answer(status, "Content-Type: text/html")) as server:
        found = told(server.port)
    assert found.cause == cause
    assert found.variant not in {"web", "odd"}


@pytest.mark.parametrize("status", [301, 302, 400, 404, 405, 501])
@pytest.mark.parametrize(
    "field",
    ["Via: 1.1 proxy.corp.example", "Server: squid/6.10", "X-Squid-Error: ERR_ACCESS_DENIED 0",
     "Proxy-Connection: close", 'Proxy-Authenticate: Basic realm="corp"'],
)  # fmt: skip
def test_a_proxy_that_names_itself_is_no_web_server(status: int, field: str) -> None:
    with Talker(answer(status, field, "Content-Type: text/html")) as server:
        found = told(server.port)
    assert found.variant not in {"web", "odd"}


@pytest.fixture
def tls() -> Iterator[Secured]:
    with Secured(server_context(Authority().issue()), answer(200)) as server:
        yield server


@pytest.mark.parametrize(
    "greeting", [b"SSH-2.0-OpenSSH_9.2p1\r\n", b"220 mail.corp.example ESMTP\r\n", b"\x00\x01\x02"]
)
def test_another_protocol_is_no_proxy(greeting: bytes) -> None:
    with Talker(greeting, wait_for_hello=False) as server:
        found = told(server.port)
    assert (found.cause, found.variant, found.owner) == ("proxy-failed", "odd", "you")
    assert "can't reach" not in found.sentence


def test_a_port_that_speaks_tls_is_told_by_its_scheme(tls: Secured) -> None:
    found = told(tls.port)
    assert (found.cause, found.variant) == ("proxy-wrong-scheme", "tls")


def test_a_tls_web_server_is_one_as_well() -> None:
    """Its certificate is trusted, so the answer to CONNECT is read."""
    root = Authority()
    looker = Looker(lambda: trusting([root.der], ask_system=False), patience=5)
    context: ssl.SSLContext = server_context(root.issue())
    with Secured(context, answer(404, "Content-Type: text/html")) as server:
        proxy = read_proxy(f"https://localhost:{server.port}", "HTTPS_PROXY")
        seen = look(parse_endpoint("https://index.corp.example/simple/"), proxy, looker)
    (found,) = diagnose(Evidence(seen, Clock(NOW)))
    assert (found.cause, found.variant) == ("proxy-failed", "web")
