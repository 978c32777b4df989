"""The proxy of the test world stands between a client and the server, as companies' ones do."""

from __future__ import annotations

import base64
import http.client
import os
import ssl
from typing import TYPE_CHECKING

import pytest

from support.artifacts import wheel
from support.index import Index
from support.matrix import Cell, parameters
from support.proxy import Connect, Proxy
from support.run import run
from support.servers import TlsServer

if TYPE_CHECKING:
    from pathlib import Path

    from support.authority import Authority

HOST = "index.corp.example"


def trusting(authority: Authority) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(cadata=authority.pem.decode())
    return context


def fetch(proxy: Proxy, authority: Authority, *, login: str = "", path: str = "/simple/") -> bytes:
    """Ask for a path of index.corp.example through the proxy, trusting only that authority."""
    connection = http.client.HTTPSConnection(
        "127.0.0.1", proxy.port, context=trusting(authority), timeout=10
    )
    token = base64.b64encode(login.encode()).decode()
    headers = {"Proxy-Authorization": f"Basic {token}"} if login else {}
    connection.set_tunnel(HOST, 443, headers)
    try:
        connection.request("GET", path)
        return connection.getresponse().read()
    finally:
        connection.close()


def test_an_interceptor_signs_anew(
    proxy: Proxy, strange_index: TlsServer, stranger: Authority, authority: Authority
) -> None:
    proxy.routes[f"{HOST}:443"] = strange_index.port
    assert b"demo" in fetch(proxy, authority)
    assert proxy.connects == [Connect(HOST, 443, 200)]
    assert [request.sni for request in strange_index.record.requests] == [HOST]
    with pytest.raises(ssl.SSLCertVerificationError):
        fetch(proxy, stranger)
    assert len(strange_index.record.requests) == 1


def test_a_tunnel_leaves_the_servers_own_certificate(
    strange_index: TlsServer, stranger: Authority, authority: Authority
) -> None:
    with Proxy(routes={f"{HOST}:443": strange_index.port}) as tunnel:
        assert b"demo" in fetch(tunnel, stranger)
        with pytest.raises(ssl.SSLCertVerificationError):
            fetch(tunnel, authority)


def test_a_big_body_comes_whole(authority: Authority) -> None:
    big = wheel("big", modules={"big.bin": os.urandom(3_000_000)})
    site = Index([big])
    with (
        TlsServer(authority.issue(), site) as server,
        Proxy(authority, routes={f"{HOST}:443": server.port}) as proxy,
    ):
        assert fetch(proxy, authority, path=f"/files/{big.filename}") == big.data


def test_a_login_is_demanded(index: TlsServer, authority: Authority) -> None:
    routes = {f"{HOST}:443": index.port}
    with Proxy(authority, routes=routes, login="ann:secret") as proxy:
        with pytest.raises(OSError, match="407"):
            fetch(proxy, authority)
        assert b"demo" in fetch(proxy, authority, login="ann:secret")
    assert [connect.status for connect in proxy.connects] == [407, 200]


def test_a_refusal_and_an_unknown_host(authority: Authority) -> None:
    with Proxy(authority, refusal=403) as proxy, pytest.raises(OSError, match="403"):
        fetch(proxy, authority)
    with Proxy(authority) as proxy, pytest.raises(OSError, match="502"):
        fetch(proxy, authority)


@pytest.mark.parametrize("cell", parameters(Cell("3.10", "23.0.1"), Cell("3.13", "26.3")))
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_pip_comes_through_to_a_host_that_only_the_proxy_knows(
    cell: Cell, scheme: str, index: TlsServer, authority: Authority, tmp_path: Path
) -> None:
    front = authority.issue() if scheme == "https" else None
    routes = {f"{HOST}:443": index.port}
    certificate = str(authority.write(tmp_path))
    with Proxy(authority, routes=routes, identity=front) as proxy:
        where = ["--index-url", f"https://{HOST}/simple/", "--proxy", proxy.url]
        words = [*where, "--cert", certificate, "--no-cache-dir", "--dest", str(tmp_path), "demo"]
        # What speaks to the proxy itself heeds --cert only from pip 25.2 on.
        env = {"SSL_CERT_FILE": certificate}
        run(cell.environment().pip("download", *words), env=env).passed()
    assert proxy.url.startswith(f"{scheme}://")
    assert list(tmp_path.glob("demo-*.whl"))
    assert {connect.host for connect in proxy.connects} == {HOST}
