"""Interception is said only where it is proven: pip's own index, under a root certifi lacks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from doctor_situations import trusting
from doctor_world import causes, doctor, report, the
from support.artifacts import wheel
from support.authority import Authority
from support.certificates import Flaw
from support.index import Index
from support.proxy import Proxy
from support.servers import TlsServer
from support.sites import Answer

# pip's own index and the host of its files, as pip itself names them: never written down here.
PyPI = pytest.importorskip("pip._internal.models.index", reason="this environment has no pip").PyPI
HOSTS = (PyPI.netloc, PyPI.file_storage_domain)


@pytest.fixture(scope="module")
def genuine() -> Iterator[TlsServer]:
    """A stand-in for pip's own index; what is behind an interceptor never matters."""
    with TlsServer(Authority("Genuine Root CA").issue(*HOSTS)) as server:
        yield server


@pytest.fixture
def interceptor(genuine: TlsServer) -> Iterator[Proxy]:
    with intercepting(Authority("Example Inspection CA"), genuine) as proxy:
        yield proxy


def intercepting(authority: Authority | None, server: TlsServer, *more: str) -> Proxy:
    """Make a proxy in front of a server that stands for pip's own index and for `more`."""
    return Proxy(authority, routes={f"{host}:443": server.port for host in (*HOSTS, *more)})


def test_an_untrusted_interceptor_is_named(interceptor: Proxy) -> None:
    said = report(env={"HTTPS_PROXY": interceptor.url})
    assert causes(said) == ["untrusted-interceptor"] * 2  # the index, and the host of its files
    found = the(said, "untrusted-interceptor")
    assert '"Example Inspection CA", which nothing on this machine trusts' in found["sentence"]
    assert found["who"] == "IT"
    assert "Example Inspection CA" in said["hosts"][0]["way"]
    assert "Example Inspection CA" in said["letter"]


@pytest.mark.parametrize(
    ("issuer", "product", "who"),
    [
        ("Zscaler Intermediate Root CA (example.net)", "Zscaler", "IT"),
        ("Avast Web/Mail Shield Root", "Avast", "you"),
        ("mitmproxy", "mitmproxy", "you"),
    ],
)
def test_a_product_is_named_where_a_pattern_proves_it(
    genuine: TlsServer, issuer: str, product: str, who: str
) -> None:
    with intercepting(Authority(issuer), genuine) as proxy:
        found = the(report(env={"HTTPS_PROXY": proxy.url}), "untrusted-interceptor")
    assert found["sentence"].endswith(
        f'{product} signs this connection anew as "{issuer}", which nothing on this machine trusts'
    )
    assert found["who"] == who


def test_a_trusted_interceptor_is_shown_on_the_way_and_is_no_problem(
    genuine: TlsServer, tmp_path: Path
) -> None:
    root = Authority("Example Inspection CA")
    with intercepting(root, genuine) as proxy:
        said = report(env=trusting(tmp_path, root) | {"HTTPS_PROXY": proxy.url})
    assert said["verdict"] == "healthy"
    assert "Example Inspection CA" in said["hosts"][0]["way"]
    assert said["hosts"][0]["trusted_by"] == ["SPIP_CA_BUNDLE"]


def test_a_private_index_is_never_called_intercepted(tmp_path: Path) -> None:
    root = Authority("Zscaler Root CA")  # whatever its name looks like
    with TlsServer(root.issue()) as server:
        said = report(server.url("/simple/"))
        assert causes(said) == ["unknown-authority"]
        assert said["hosts"][0]["way"] == ["you", f"localhost:{server.port}"]
        trusted = report(server.url("/simple/"), env=trusting(tmp_path, root))
    assert trusted["hosts"][0]["way"] == ["you", f"localhost:{server.port}"]


def test_an_interceptor_behind_a_proxy_is_called_by_its_roots_name(genuine: TlsServer) -> None:
    """The stand-in's root isn't in certifi, so here it is one; by its own name, not the proxy's."""
    with intercepting(None, genuine) as tunnel:
        said = report(env={"HTTPS_PROXY": tunnel.url})
    assert said["hosts"][0]["way"][-2] == "Genuine Root CA"


def test_a_private_index_behind_the_same_root_is_not_asked_for_twice(genuine: TlsServer) -> None:
    root = Authority("Example Inspection CA")
    with intercepting(root, genuine, "index.corp.example") as proxy:
        env = {"HTTPS_PROXY": proxy.url, "PIP_EXTRA_INDEX_URL": "https://index.corp.example/"}
        found = the(report(env=env), "unknown-authority")
    assert "helps here too" in found["next"]


def test_the_file_host_of_the_own_index_may_be_blocked_alone(
    genuine: TlsServer, tmp_path: Path
) -> None:
    root = Authority("Example Inspection CA")
    with Proxy(root, routes={f"{HOSTS[0]}:443": genuine.port}) as proxy:  # not its files
        said = report(env=trusting(tmp_path, root) | {"HTTPS_PROXY": proxy.url})
    assert causes(said) == ["proxy-failed"]
    assert the(said, "proxy-failed")["about"] == HOSTS[1]


def test_the_file_hosts_of_a_private_index_are_found_on_its_pages(tmp_path: Path) -> None:
    root = Authority()
    env = trusting(tmp_path, root)
    with (
        TlsServer(Authority("Another Root CA").issue()) as files,
        TlsServer(root.issue()) as server,
    ):
        server.site = Index([wheel("demo")], files=files.url("/files/"))
        said = report(env=env | {"PIP_INDEX_URL": server.url("/simple/")})
    assert [host["port"] for host in said["hosts"]] == [server.port, files.port]
    assert causes(said) == ["unknown-authority"]
    assert the(said, "unknown-authority")["about"] == f"localhost:{files.port}"


def test_each_of_two_indexes_on_one_host_is_asked(tmp_path: Path) -> None:
    """The second alone was asked, and one without any page passed for an index that works."""
    root = Authority()
    with (
        TlsServer(Authority("Another Root CA").issue()) as files,
        TlsServer(root.issue()) as server,
    ):
        own = Index([wheel("pip")], files=files.url("/files/"))
        server.site = lambda asked: (
            own(replace(asked, path=asked.path.removeprefix("/own")))
            if asked.path.startswith("/own/")
            else Answer(404)
        )
        urls = {"PIP_INDEX_URL": "/own/simple/", "PIP_EXTRA_INDEX_URL": "/wrong/"}
        named = {variable: server.url(path) for variable, path in urls.items()}
        said = report(env=trusting(tmp_path, root) | named)
        seen = server.record.requests
        asked = [each.path for each in seen if each.user_agent.startswith("spip-doctor")]
    assert sorted(asked) == ["/own/simple/pip/", "/wrong/", "/wrong/pip/"]
    by_pip = [each.path for each in seen if each.user_agent.startswith("pip/")]
    assert sorted(by_pip) == sorted(asked)
    assert [host["port"] for host in said["hosts"]] == [server.port, server.port, files.port]
    assert causes(said) == ["unknown-authority"]
    mute = the(said, "index-answer")
    assert mute["sentence"].endswith(f"localhost:{server.port} answers 404 Not Found")
    assert mute["next"] == "check the address of that index; most end in /simple/"


def test_an_index_without_any_page_does_not_pass_for_one_that_works(tmp_path: Path) -> None:
    root = Authority()
    with TlsServer(root.issue(), lambda _: Answer(404)) as server:
        env = trusting(tmp_path, root) | {"PIP_INDEX_URL": server.url("/wrong/")}
        said = doctor(env=env).passed()
    assert "doesn't give pip what it asks for" in said.stdout
    assert "pip works here" not in said.stdout


def test_an_index_that_sends_on_is_followed(tmp_path: Path) -> None:
    from support.sites import redirect_to

    root = Authority()
    with TlsServer(root.issue(), Index([wheel("pip")])) as there, TlsServer(root.issue()) as here:
        here.site = redirect_to(there.url("/"))
        env = trusting(tmp_path, root) | {"PIP_INDEX_URL": here.url("/simple/")}
        said = report(env=env)
    assert [host["port"] for host in said["hosts"]] == [here.port, there.port]


def test_without_an_index_of_ones_own_the_next_step_names_index_url() -> None:
    with Proxy(refusal=403) as proxy:
        alone = report(env={"HTTPS_PROXY": proxy.url})
        named = report("index.invalid", env={"HTTPS_PROXY": proxy.url})
    assert "config set global.index-url" in the(alone, "proxy-forbids")["next"]
    assert "index-url" not in the(named, "proxy-forbids")["next"]


def test_the_letter_asks_for_each_missing_extension(genuine: TlsServer, tmp_path: Path) -> None:
    root = Authority("Example Inspection CA", flaws=[Flaw.NO_KEY_USAGE])
    with intercepting(root, genuine) as proxy:
        env = trusting(tmp_path, root) | {"HTTPS_PROXY": proxy.url}
        said = report(env=env)
        shown = doctor(env=env | {"COLUMNS": "100"})
    assert "pip works, but programs on Python 3.13" in shown.stdout.replace("\n     ", " ")
    assert "it has no keyUsage" in said["letter"]
    assert root.fingerprint in said["letter"]
    assert "openssl x509 -in FILE -noout -subject -ext keyUsage" in said["letter"]
