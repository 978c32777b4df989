"""Set-up fetches its pip as pip would, without one: settings, logins, proxies; verified, always."""

from __future__ import annotations

import base64
import hashlib
import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from _setup import fetch, pins, roots, settings
from spip.errors import SpipError
from support.artifacts import wheel
from support.authority import Authority, bundle
from support.index import Index
from support.proxy import Proxy
from support.servers import TlsServer
from support.sites import Answer, Request

_MADE = wheel("pip", "99.0")
DEMO = replace(_MADE, filename="pip-99.0-py3-none-any.whl")
PIN = pins.Pin("pip", "99.0", hashlib.sha256(DEMO.data).hexdigest())


@pytest.fixture(autouse=True)
def _alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("http_proxy", "https_proxy", "no_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.setenv("NETRC", os.fspath(tmp_path / "netrc"))


@pytest.fixture
def server(authority: Authority) -> Iterator[TlsServer]:
    with TlsServer(authority.issue(), Index([DEMO])) as made:
        yield made


@pytest.fixture
def pem(tmp_path: Path, authority: Authority) -> str:
    return bundle(tmp_path, authority).read_text("ascii")


def test_the_file_comes_from_an_index_that_is_verified(server: TlsServer, pem: str) -> None:
    assert fetch.fetched(PIN, {"index-url": server.url("/simple/")}, pem) == DEMO.data


@pytest.mark.parametrize("known", ["another root", ""])
def test_an_index_of_an_unknown_ca_gets_no_request(
    server: TlsServer, tmp_path: Path, stranger: Authority, known: str
) -> None:
    pem = bundle(tmp_path, stranger, name="stranger.pem").read_text("ascii") if known else ""
    with pytest.raises(SpipError, match="was refused, certificate verify failed") as refused:
        fetch.fetched(PIN, {"index-url": server.url("/simple/")}, pem)
    assert "SPIP_CA_BUNDLE" in refused.value.hint
    assert server.record.handed_over == 0


def test_the_roots_of_openssls_own_folders_do_not_count_beside(
    server: TlsServer, tmp_path: Path, authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is found and weighed by the checkout's code counts, and nothing besides."""
    monkeypatch.setenv("SSL_CERT_FILE", os.fspath(bundle(tmp_path, authority)))
    with pytest.raises(SpipError, match="certificate verify failed"):
        fetch.fetched(PIN, {"index-url": server.url("/simple/")}, "")


def test_another_file_of_that_name_is_refused(server: TlsServer, pem: str) -> None:
    other = pins.Pin("pip", "99.0", "0" * 64)
    with pytest.raises(SpipError, match="its SHA-256 differs"):
        fetch.fetched(other, {"index-url": server.url("/simple/")}, pem)


def test_a_second_place_is_asked_where_the_first_has_none(server: TlsServer, pem: str) -> None:
    said = {
        "index-url": server.url("/nothing/"),
        "extra-index-url": f"\n{server.url('/simple/')}\n",
    }
    assert fetch.fetched(PIN, said, pem) == DEMO.data


def test_the_proxy_of_pips_settings_is_used(
    server: TlsServer, pem: str, authority: Authority
) -> None:
    with Proxy(authority, routes={"index.corp.example:443": server.port}) as proxy:
        said = {"index-url": "https://index.corp.example/simple/", "proxy": proxy.url}
        assert fetch.fetched(PIN, said, pem) == DEMO.data
    assert {connect.host for connect in proxy.connects} == {"index.corp.example"}


class Closed:
    """An index that answers nobody without this login."""

    def __init__(self, site: Index, login: str) -> None:
        self.site = site
        self.wanted = f"Basic {base64.b64encode(login.encode()).decode()}"

    def __call__(self, request: Request) -> Answer:
        """Answer as the index does, or 401."""
        if request.headers.get("authorization") != self.wanted:
            return Answer(401, b"who?", {"WWW-Authenticate": 'Basic realm="index"'})
        return self.site(request)


@pytest.mark.parametrize("links", ["relative", "absolute"])
@pytest.mark.parametrize("by", ["address", "netrc"])
def test_a_login_is_used_for_the_page_and_its_files(
    authority: Authority, pem: str, tmp_path: Path, by: str, links: str
) -> None:
    site = Index([DEMO])
    with TlsServer(authority.issue(), Closed(site, "ann:se/cret")) as server:
        site.files = server.url("/files/") if links == "absolute" else "/files/"
        index = server.url("/simple/")
        with pytest.raises(SpipError, match="answers 401"):
            fetch.fetched(PIN, {"index-url": index}, pem)
        if by == "address":
            index = index.replace("https://", "https://ann:se%2Fcret@")
        else:
            (tmp_path / "netrc").write_text("machine localhost login ann password se/cret\n")
            (tmp_path / "netrc").chmod(0o600)
        assert fetch.fetched(PIN, {"index-url": index}, pem) == DEMO.data


def test_another_host_is_not_told_the_login(authority: Authority, pem: str) -> None:
    with TlsServer(authority.issue("127.0.0.1"), Index([DEMO])) as other:
        files = other.url("/files/").replace("localhost", "127.0.0.1")
        with TlsServer(authority.issue(), Index([DEMO], files=files)) as server:
            index = server.url("/simple/").replace("https://", "https://ann:secret@")
            assert fetch.fetched(PIN, {"index-url": index}, pem) == DEMO.data
        assert not [each for each in other.record.requests if "authorization" in each.headers]
        assert other.record.requests


def test_the_client_certificate_of_pips_settings_is_shown(
    authority: Authority, pem: str, tmp_path: Path
) -> None:
    certificate = authority.issue_client("ann").write(tmp_path)
    with TlsServer(authority.issue(), Index([DEMO]), clients=authority) as server:
        said = {"index-url": server.url("/simple/")}
        with pytest.raises(SpipError, match="can't be reached"):
            fetch.fetched(PIN, said, pem)
        assert fetch.fetched(PIN, {**said, "client-cert": str(certificate)}, pem) == DEMO.data
        for wrong in (tmp_path / "gone.pem", tmp_path / "netrc"):
            (tmp_path / "netrc").write_text("no certificate")
            with pytest.raises(SpipError, match=r"client certificate .* can't be used"):
                fetch.fetched(PIN, {**said, "client-cert": str(wrong)}, pem)


@pytest.mark.parametrize(
    "index", ["http://index.corp.example/simple/", "ftp://index.corp.example/simple/"]
)
def test_an_address_without_tls_is_never_asked(index: str) -> None:
    with pytest.raises(SpipError, match="without TLS"):
        fetch.fetched(PIN, {"index-url": index}, "")


def test_a_folder_of_this_machine_needs_no_network(tmp_path: Path) -> None:
    (tmp_path / DEMO.filename).write_bytes(DEMO.data)
    for place in (tmp_path.as_uri(), os.fspath(tmp_path), (tmp_path / DEMO.filename).as_uri()):
        assert fetch.fetched(PIN, {"no-index": "1", "find-links": place}, "") == DEMO.data


def test_settings_are_read_as_pip_reads_them(tmp_path: Path) -> None:
    for folder in ("xdg", "home/.config", "own"):
        (tmp_path / folder / "pip").mkdir(parents=True)
    (tmp_path / "xdg/pip/pip.conf").write_text(
        "[global]\nindex-url = of-all\nproxy = of-all\ncert = of-all\n[download]\ncert = not\n"
    )
    (tmp_path / "home/.config/pip/pip.conf").write_text(
        "[global]\nproxy = of-user\n--Client_Cert = of-user\n[install]\nindex_url = of-install\n"
    )
    environ = {"XDG_CONFIG_DIRS": f"{tmp_path}/xdg", "HOME": f"{tmp_path}/home"}
    found = settings.read({**environ, "PIP_CERT": "of-variable"})
    assert {k: found[k] for k in ("index-url", "proxy", "cert", "client-cert")} == {
        "index-url": "of-install",
        "proxy": "of-user",
        "cert": "of-variable",
        "client-cert": "of-user",
    }
    own = tmp_path / "own/pip/pip.conf"
    own.write_text("[global]\nproxy = own\n")
    found = settings.read({**environ, "PIP_CONFIG_FILE": os.fspath(own)})
    assert (found["proxy"], found["index-url"]) == ("own", "of-all")  # the user's is not read then
    assert settings.files({**environ, "PIP_CONFIG_FILE": os.devnull}) == []


def test_no_index_leaves_the_links_alone() -> None:
    said = {"no-index": "true", "index-url": "https://i/", "find-links": "a\nb"}
    assert settings.places(said) == ["a", "b"]
    assert settings.places({**said, "no-index": "0"}) == ["https://i/pip/", "a", "b"]


def test_without_a_certificate_there_is_no_bundle(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("spip.stores.roots", lambda: iter(()))
    monkeypatch.setattr("spip.trust.root_locations.present", lambda _: iter(()))
    assert roots.found({}, None, None).pem == ""
