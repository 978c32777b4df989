"""Which proxy is taken: by the same rules as requests, which decides inside pip."""

from __future__ import annotations

import os
from importlib import metadata

import pytest

from spip.probe.endpoint import parse_endpoint
from spip.probe.proxies import ProxySettings, proxy_for
from spip.probe.proxy_url import ProxyUnreadableError, read_proxy

utils = pytest.importorskip("pip._vendor.requests.utils", reason="this environment has no pip")

VERSION = tuple(int(part) for part in metadata.version("pip").split(".")[:2])
ENVIRONMENTS: list[dict[str, str]] = [
    {},
    {"HTTPS_PROXY": "http://upper:1"},
    {"https_proxy": "http://lower:1", "HTTPS_PROXY": "http://upper:1"},
    {"https_proxy": "", "HTTPS_PROXY": "http://upper:1"},
    {"HTTP_PROXY": "http://plain:1"},
    {"HTTP_PROXY": "http://plain:1", "REQUEST_METHOD": "GET"},
    {"all_proxy": "http://all:1"},
    {"all_proxy": "http://all:1", "https_proxy": "http://one:1"},
    {"https_proxy": "proxy.corp.example:8080"},
    {"https_proxy": "https://ann:s%40cret@tls:1"},
    {"https_proxy": "socks5://socks:1"},
]
EXCEPTIONS = [
    "", "*", "corp.example", ".corp.example", "example", "other.example", "index.corp.example",
    "index.corp.example:8443", "10.0.0.0/8", "10.1.2.3", "10.9.9.9",
    " corp.example , x", "127.0.0.1", "INDEX.CORP.EXAMPLE", "Corp.Example", "*.corp.example",
    "*,x", " * ", "corp.example.", "..corp.example", "corp.example:8443", ".corp.example:8443",
    "127.0.0.1:8443", "10.1.2.3/8", "10.0.0.0/33", "10.0.0.0/x", "10.0.0.0/0", "10.1.2.3/32",
    "/", "::1", "[::1]", "localhost", "LOCALHOST", ",,", "x;corp.example", "x corp.example",
    "x\tcorp.example", "corp.example\r", "https://index.corp.example", '"corp.example"',
]  # fmt: skip
URLS = [
    "https://index.corp.example/simple/", "https://index.corp.example:8443/simple/",
    "http://index.corp.example/", "https://corp.example/", "https://10.1.2.3/",
    "https://localhost/", "https://127.0.0.1:8443/", "https://[::1]/", "https://[::1]:8443/",
    "https://INDEX.Corp.Example/",
    "https://not-corp.example/", "https://10.1.2.30/",
]  # fmt: skip


@pytest.mark.skipif(os.name == "nt", reason="there the registry counts too, as for requests")
@pytest.mark.parametrize("environ", ENVIRONMENTS, ids=str)
@pytest.mark.parametrize("no_proxy", EXCEPTIONS)
def test_the_proxy_is_the_one_that_requests_takes(
    environ: dict[str, str], no_proxy: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if no_proxy:
        environ = environ | {"no_proxy": no_proxy}
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    for url in URLS:
        chosen = utils.select_proxy(url, utils.get_environ_proxies(url))
        expected = read_proxy(chosen, "") if chosen else None
        ours = proxy_for(parse_endpoint(url), ProxySettings(environ, pip_version=VERSION))
        assert (ours and (ours.scheme, ours.shown, ours.login)) == (
            expected and (expected.scheme, expected.shown, expected.login)
        ), url


@pytest.mark.parametrize(("pip", "taken"), [((26, 1), None), ((26, 2), "proxy:1")])
def test_before_26_2_an_exception_may_end_a_name_within_a_label(
    pip: tuple[int, ...], taken: str | None
) -> None:
    environ = {"https_proxy": "http://proxy:1", "no_proxy": "corp.example"}
    near = parse_endpoint("https://not-corp.example/")
    proxy = proxy_for(near, ProxySettings(environ, pip_version=pip))
    assert (proxy and proxy.shown) == taken


HTTPS = parse_endpoint("https://index.corp.example/")


def test_pips_own_setting_stands_alone_from_24_1_on() -> None:
    def chosen(version: tuple[int, ...], environ: dict[str, str]) -> str:
        found = proxy_for(
            HTTPS, ProxySettings(environ, setting="http://setting:1", pip_version=version)
        )
        return found.host if found else "none"

    assert chosen((24, 1), {"https_proxy": "http://environment:1"}) == "setting"
    assert chosen((24, 0), {"https_proxy": "http://environment:1"}) == "environment"
    assert chosen((24, 1), {"no_proxy": "corp.example"}) == "setting"
    assert chosen((24, 0), {"no_proxy": "corp.example"}) == "setting"
    assert chosen((24, 0), {"all_proxy": "http://environment:1"}) == "setting"


def test_the_systems_settings_count_where_no_variable_says_anything() -> None:
    settings = ProxySettings({}, system=lambda _: {"https": "http://registry:8080"})
    found = proxy_for(HTTPS, settings)
    assert found
    assert (found.shown, found.named_by) == ("registry:8080", "this system's settings")
    named = ProxySettings({"no_proxy": "x"}, system=settings.system)
    assert proxy_for(HTTPS, named) is None


@pytest.mark.parametrize("url", ["http://", "http://[", "http://host:port", "//"])
def test_what_is_no_proxy_is_refused_without_being_shown(url: str) -> None:
    with pytest.raises(ProxyUnreadableError) as caught:
        read_proxy(url.replace("://", "://ann:secret@"), "HTTPS_PROXY")
    assert caught.value.named_by == "HTTPS_PROXY"
    assert "secret" not in str(caught.value)


def test_a_login_never_shows() -> None:
    proxy = read_proxy("http://ann:s%40cret@proxy:8080", "HTTPS_PROXY")
    assert proxy.login == "ann:s@cret"
    assert "cret" not in repr(proxy) + proxy.shown
