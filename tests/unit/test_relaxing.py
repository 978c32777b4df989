"""A way that a grant opens, piece by piece: to one certificate, while it lives, and to no cache."""

from __future__ import annotations

import json
import os
import ssl
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib import util
from optparse import Values
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from spip.bridge import caches, import_hooks, pinned_adapter, subprocesses
from spip.bridge import grants as granted
from spip.bridge.pip_options import Options
from spip.policy import audit_server, clock, grants, in_force, locations
from spip.policy.grants import Grant
from spip.policy.policy_file import Policy
from support.authority import Authority
from support.handshake import server_context
from support.proxy import Proxy
from support.servers import TlsServer
from support.sites import Answer, Request

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the rooms are the same there")
COMMAND = {"argv": ["download"], "target": sys.executable, "pip": "26.3"}


class Run:
    """A run with its grants, which asks the server of the log in this process."""

    def __init__(self, home: Path) -> None:
        self.environ = {"HOME": str(home)}
        self.plan = {"consent": {"grants_file": locations.grants_file(self.environ)}}
        self.said: list[str] = []
        self.debug = self.said.append
        self.asked: list[str] = []
        self.pinned: list[tuple[object, str]] = []

    def say(self, line: str) -> None:
        """Keep what the user would read."""
        self.said.append(line)

    def log(self, event: str, **facts: Any) -> dict[str, Any]:
        """Ask what may go on, as `AuditClient` does by way of another process."""
        self.asked.append(event)
        return audit_server.answer(
            json.loads(json.dumps({**facts, "event": event, **COMMAND})), self.environ
        )


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setattr(in_force, "policy", Policy)
    return Run(tmp_path)


def fingerprint(server: TlsServer) -> str:
    assert server.identity
    return server.identity.fingerprint


def given(run: Run, *servers: TlsServer, seconds: float = 600.0) -> list[Grant]:
    now = clock.now()
    until = (now.elapsed, now.elapsed + seconds, now.date, now.date + seconds)
    words = ("CN=index", "CN=Unknown Root CA", "ann", "roll-out")
    made = [
        Grant(
            "localhost",
            each.port,
            fingerprint(each),
            *words,
            now.boot,
            *until,
        )
        for each in servers
    ]
    grants.change(run.environ, now, lambda _: made)
    return made


def granted_origin(run: Any, grant: dict[str, Any]) -> granted.GrantedOrigin:
    """Return what a run holds of one grant."""
    return granted.GrantedOrigin(run, SimpleNamespace(), run, grant)  # type: ignore[arg-type]


def ways(run: Run, *servers: TlsServer, seconds: float = 600.0) -> list[granted.GrantedOrigin]:
    """Return what a run holds of the grants for these servers, each with its way opened."""
    found = []
    for grant in given(run, *servers, seconds=seconds):
        told = {"host": grant.host, "port": grant.port, "sha256": grant.sha256}
        words = {"ends": grant.ends, "until": "14:32", "by": grant.by, "reason": grant.reason}
        made: Any = granted_origin(run, told | words)
        made.open(adapter(), {"verify": True})
        found.append(made)
    return found


def adapter() -> Any:
    from pip._vendor.requests.adapters import HTTPAdapter

    return HTTPAdapter()


def request(server: TlsServer, path: str = "/", **headers: str) -> Any:
    from pip._vendor.requests import Request as Asked

    return Asked("GET", server.url(path), headers=headers).prepare()


def sent(way: granted.GrantedOrigin, server: TlsServer, **options: Any) -> Any:
    return way.send(request(server), {"timeout": 20, "verify": True, **options})


@contextmanager
def refused(words: str) -> Iterator[None]:
    from pip._vendor.requests.exceptions import ConnectionError as Refused

    with pytest.raises(Refused, match=words):
        yield


# --- one origin, one certificate, while it lives


def test_one_of_two_grants_is_revoked_in_the_middle_of_a_run(run: Run, stranger: Authority) -> None:
    """The other one goes on; the first isn't taken for alive because there is still one."""
    with TlsServer(stranger.issue()) as one, TlsServer(stranger.issue()) as other:
        first, second = ways(run, one, other)
        assert sent(first, one).status_code == sent(second, other).status_code == 200
        grants.change(run.environ, clock.now(), lambda kept: [kept[1]])
        one.forget()
        with refused(f"what was allowed for localhost:{one.port} has ended"):
            sent(first, one)
        assert one.record.requests == []
        assert sent(second, other).status_code == 200
        assert (first.left(), second.left() > 500) == (0.0, True)


def test_the_grants_are_asked_for_again_only_where_their_file_changed(
    run: Run, stranger: Authority
) -> None:
    with TlsServer(stranger.issue()) as server:
        (way,) = ways(run, server)
        for _ in range(3):
            sent(way, server)
        assert run.asked == []
        os.utime(str(locations.grants_file(run.environ)), ns=(1, 1))
        for _ in range(3):
            sent(way, server)
        assert run.asked == ["alive"]


def test_a_grant_for_the_same_host_with_another_certificate_is_another_grant(
    run: Run, stranger: Authority
) -> None:
    with TlsServer(stranger.issue()) as server:
        (way,) = ways(run, server)
        server.identity = stranger.issue()
        given(run, server)
        with refused("has ended"):
            sent(way, server)
        assert server.record.handshakes == 0


def test_another_origin_never_goes_by_it(run: Run, stranger: Authority) -> None:
    identity = stranger.issue()
    with TlsServer(identity) as server, TlsServer(identity) as beside:
        (way,) = ways(run, server)
        with refused("has ended"):
            sent(way, beside)
        assert beside.record.handshakes == 0


def test_another_certificate_closes_it_for_good(run: Run, stranger: Authority) -> None:
    identity = stranger.issue()
    with TlsServer(identity) as server:
        (way,) = ways(run, server)
        server.identity = stranger.issue()
        with refused("Fingerprints did not match"):
            sent(way, server)
        assert server.record.requests == []
        assert way.outcome == "another certificate was presented"
        assert "shows another certificate than when it was allowed" in run.said[-1]
        server.identity = identity
        assert not way.may_open(adapter(), {"verify": True}, untrusted())
        assert run.said[-1] == "not relaxed: there is no grant for it now"


def test_a_login_that_goes_over_it_is_named(run: Run, stranger: Authority) -> None:
    with TlsServer(stranger.issue()) as server:
        (way,) = ways(run, server)
        way.send(request(server, Authorization="Basic YTpi"), {"timeout": 20})
        assert run.said == [
            f"  the login for localhost:{server.port} goes over this connection too"
        ]


# --- what opens it


def untrusted(code: int = 20) -> ssl.SSLCertVerificationError:
    error = ssl.SSLCertVerificationError("certificate verify failed")
    error.verify_code = code
    return error


@pytest.fixture
def way(run: Run, strange_index: TlsServer) -> granted.GrantedOrigin:
    return ways(run, strange_index)[0]


def test_an_untrusted_issuer_opens_it_and_is_logged_first(
    run: Run, way: granted.GrantedOrigin
) -> None:
    assert way.may_open(adapter(), {"verify": True}, untrusted())
    assert run.asked == ["relax"]


@pytest.mark.parametrize("code", [9, 10, 23, 27, 62])  # expired, revoked, untrusted use, host name
def test_no_other_refusal_opens_it(run: Run, way: granted.GrantedOrigin, code: int) -> None:
    assert not way.may_open(adapter(), {"verify": True}, untrusted(code))
    assert run.asked == []
    assert "is not an untrusted issuer" in run.said[-1]


def loose(**how: Any) -> Any:
    context = ssl.create_default_context()
    for name, value in how.items():
        setattr(context, name, value)
    made = adapter()
    made.init_poolmanager(1, 1, ssl_context=context)
    return made


@pytest.mark.parametrize(
    ("like", "verify"),
    [
        (lambda: loose(check_hostname=False), True),
        (lambda: loose(check_hostname=False, verify_mode=ssl.CERT_NONE), True),
        (lambda: loose(check_hostname=False, verify_mode=ssl.CERT_OPTIONAL), True),
        (lambda: loose(check_hostname=True, verify_mode=ssl.CERT_OPTIONAL), True),
        (loose, False),
        (adapter, False),
    ],
    ids=["host name", "nothing", "optional", "optional, host name", "verify", "verify alone"],
)
def test_a_loose_context_is_no_attempt_that_was_verified(
    run: Run, way: granted.GrantedOrigin, like: Any, verify: object
) -> None:
    assert not way.may_open(like(), {"verify": verify}, untrusted())
    assert run.said[-1] == "nothing is relaxed: the refused connection shares a loose context"
    assert run.asked == []
    assert not way.may_open(loose(), {"verify": True}, untrusted())  # nor is the next one


@pytest.mark.parametrize("verify", [True, "/bundle.pem"])
@pytest.mark.parametrize("like", [loose, adapter])
def test_a_strict_one_is(way: granted.GrantedOrigin, like: Any, verify: object) -> None:
    assert way.may_open(like(), {"verify": verify}, untrusted())


def test_what_can_not_be_logged_is_not_opened(run: Run, way: granted.GrantedOrigin) -> None:
    folder = Path(locations.state(run.environ) or "")
    (folder / "log.jsonl").mkdir()
    assert not way.may_open(adapter(), {"verify": True}, untrusted())
    assert "the log" in run.said[-1]
    (folder / "log.jsonl").rmdir()
    assert not way.may_open(adapter(), {"verify": True}, untrusted())


def test_a_grant_that_ran_out_opens_nothing(run: Run, strange_index: TlsServer) -> None:
    (way,) = ways(run, strange_index)
    way.grant["ends"] = clock.now().elapsed - 0.001
    assert way.left() == 0.0
    assert not way.may_open(adapter(), {"verify": True}, untrusted())
    with refused("has ended"):
        sent(way, strange_index)


# --- the way through an https:// proxy, which stays verified


def test_an_https_proxy_that_presents_another_certificate_later_is_refused(
    run: Run, authority: Authority, stranger: Authority, tmp_path: Path
) -> None:
    """After the way was opened: only the index is pinned, its proxy needs a trusted chain."""
    trusted = str(authority.write(tmp_path))
    with TlsServer(stranger.issue()) as server, Proxy(identity=authority.issue()) as proxy:
        (grant,) = given(run, server)
        told = {"host": grant.host, "port": grant.port, "sha256": grant.sha256}
        made: Any = granted_origin(
            run,
            {**told, "ends": grant.ends, "until": "", "by": "", "reason": ""},
        )
        made.open(adapter(), {"verify": trusted})
        by = {"proxies": {"https": proxy.url}, "verify": trusted}
        assert sent(made, server, **by).status_code == 200
        made.adapter.close()
        proxy._front = server_context(stranger.issue())
        proxy.connects.clear()
        with refused("(?i)certificate verify failed"):
            sent(made, server, **by)
        assert proxy.connects == []


@pytest.mark.parametrize("what", ["file", "folder"])
def test_a_proxy_is_verified_by_what_verifies_the_rest(
    authority: Authority, tmp_path: Path, what: str
) -> None:
    """A folder has each root under its hash; one of certificates by other names trusts none."""
    file = authority.write(tmp_path)
    context = pinned_adapter._verified(str(file if what == "file" else tmp_path))
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.check_hostname
    assert context.get_ca_certs(binary_form=True) == ([authority.der] if what == "file" else [])


# --- cookies: a jar knows no ports


def cookies(asked: Request) -> Answer:
    del asked
    return Answer(200, b"{}", headers={"Set-Cookie": "session=hunter2; Path=/"})


def test_no_cookie_is_taken_or_given(run: Run, stranger: Authority) -> None:
    with TlsServer(stranger.issue(), cookies) as server:
        (way,) = ways(run, server)
        answer = way.send(request(server, Cookie="session=mine"), {"timeout": 20})
        assert [name.lower() for name in server.record.requests[0].headers].count("cookie") == 0
        assert list(answer.cookies) == []
        from pip._vendor.requests.cookies import RequestsCookieJar, extract_cookies_to_jar

        jar = RequestsCookieJar()
        extract_cookies_to_jar(jar, answer.request, answer.raw)
        assert list(jar) == []


# --- pip's caches


def classes() -> SimpleNamespace:
    """pip's own, in a module of this test's: what is done to them stays here."""
    from pip._internal import cache

    spec = util.spec_from_file_location("another_cache", cache.__file__)
    assert spec
    assert spec.loader
    copied = util.module_from_spec(spec)
    spec.loader.exec_module(copied)
    return SimpleNamespace(**vars(copied))


def test_a_wheel_cache_that_pip_holds_already_loses_its_folder(tmp_path: Path) -> None:
    """Switched off in the middle of a run, which holds one since its start."""
    from pip._internal.utils.temp_dir import global_tempdir_manager

    module = classes()
    held = module.SimpleWheelCache(str(tmp_path))
    with global_tempdir_manager():
        passing = module.EphemWheelCache()
        assert held.cache_dir == str(tmp_path)
        folders: Any = SimpleNamespace(cache_folders=[str(tmp_path)])
        caches._hide_folder(folders, module)
        later = module.SimpleWheelCache(str(tmp_path))
        for each in (held, later):
            assert each.cache_dir is None
            assert each._get_candidates(link(), "demo") == []
        assert passing.cache_dir == passing._temp_dir.path
        assert passing.get_path_for_link(link()).startswith(passing._temp_dir.path)


def link() -> Any:
    from pip._internal.models.link import Link

    return Link("https://index.corp.example/demo-1.tar.gz")


def test_switching_off_reaches_options_children_and_whoever_started_this_pip() -> None:
    told: list[dict[str, Any]] = []
    one, two = (Options(Values({"cache_dir": folder}), None) for folder in ("/one", "/two"))
    run: Any = SimpleNamespace(
        options=[one, two],
        environ={},
        sessions=[],
        debug=told.append,
        without_cache=False,
        child_report=SimpleNamespace(add=lambda **what: told.append(what)),
    )
    found = sys.modules.pop("pip._internal.cache", None)
    try:
        caches.switch_off(run)
        caches.switch_off(run)
    finally:
        os.environ.pop("PIP_NO_CACHE_DIR")
        if found is not None:
            sys.modules["pip._internal.cache"] = found
    assert [each.cache_dir for each in run.options] == [False, False]
    assert run.without_cache
    assert told == [{"unverified": True}]


def run_of(home: Path, *folders: object, report: Any = None, **environ: str) -> Any:
    said: list[str] = []
    return SimpleNamespace(
        options=[Options(Values({"cache_dir": each}), None) for each in folders],
        environ=environ,
        sessions=[],
        cache_before=None,
        cache_folders=[],
        said=said,
        say=said.append,
        debug=said.append,
        without_cache=False,
        child_report=report,
        home=home,
    )


@pytest.fixture
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home with pip's cache as Linux and others have it; what is switched off ends with this."""
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("PIP_NO_CACHE_DIR", "")
    monkeypatch.setattr(import_hooks, "after", lambda *_: None)
    monkeypatch.setattr(sys, "platform", "linux")
    return tmp_path / "home"


def kept_in(folder: Path, *names: str) -> list[Path]:
    files = [folder / name for name in names]
    for file in files:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("kept")
    return files


def test_what_came_nevertheless_is_removed_and_said_and_nothing_else(own_home: Path) -> None:
    """By each kind of folder; a file that was there stays, one that was written anew doesn't."""
    cache = own_home / ".cache" / "pip"
    stays, changed = kept_in(cache, "http/a/stays", "wheels/changed")
    run = run_of(own_home, None)
    caches.switch_off(run)
    caches.switch_off(run)
    came = kept_in(cache, "http/a/new", "http-v2/b/new", "wheels/c/new", "wheels/changed")
    os.utime(changed, ns=(1, 1))
    (other,) = kept_in(cache, "selfcheck/new")
    caches.remove_additions(run)
    assert [file.exists() for file in came] == [False] * 4
    assert (stays.exists(), other.exists()) == (True, True)
    assert run.said == [f"4 files came into pip's cache in this run, and were removed: {cache}"]
    kept_in(cache, "http/a/later")
    caches.remove_additions(run)
    assert len(run.said) == 1


def test_where_nothing_came_nothing_is_said(own_home: Path) -> None:
    run = run_of(own_home, "/nowhere")
    kept_in(own_home / ".cache/pip", "http/a")
    caches.remove_additions(run)
    caches.switch_off(run)
    caches.remove_additions(run)
    assert run.said == []
    (one,) = kept_in(own_home / ".cache/pip", "http/one")
    caches.remove_additions(run)
    assert one.exists()  # it was compared once, at the end
    run = run_of(own_home)
    caches.switch_off(run)
    kept_in(own_home / ".cache/pip", "http/two")
    caches.remove_additions(run)
    (line,) = run.said
    assert line.startswith("1 file came into pip's cache in this run, and was removed: ")


def test_what_cannot_be_removed_is_said(own_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = run_of(own_home)
    caches.switch_off(run)
    (file,) = kept_in(own_home / ".cache/pip", "http/a")

    def refuse(path: str) -> None:
        raise PermissionError(13, "Permission denied", path)

    monkeypatch.setattr(os, "remove", refuse)
    caches.remove_additions(run)
    assert f"{file} came into pip's cache and can't be removed: Permission denied" in run.said


def test_each_folder_that_pip_may_use_is_looked_at(
    own_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    named: list[object] = ["named", False, None]
    run = run_of(own_home, *named, PIP_CACHE_DIR="~/set", XDG_CACHE_HOME="/xdg", HOME="x")
    caches.switch_off(run)
    assert run.cache_folders == [f"{tmp_path}/named", f"{own_home}/set", "/xdg/pip"]
    run = run_of(own_home, str(own_home / ".cache/pip"))
    caches.switch_off(run)
    assert run.cache_folders == [f"{own_home}/.cache/pip"]
    monkeypatch.setattr(sys, "platform", "darwin")
    caches.switch_off(run := run_of(own_home))
    assert run.cache_folders == [f"{own_home}/Library/Caches/pip", f"{own_home}/.cache/pip"]


def test_off_is_off_for_options_children_and_by_pips_own_variable(own_home: Path) -> None:
    run = run_of(own_home, "/one")
    caches.switch_off(run)
    assert os.environ["PIP_NO_CACHE_DIR"] == "1"
    run.options.append(Options(Values({"cache_dir": "/later"}), None))
    caches.switch_off(run)
    assert [each.cache_dir for each in run.options] == [False, False]
    assert run.without_cache


def test_a_session_that_was_made_keeps_nothing_from_then_on(own_home: Path) -> None:
    kept = SimpleNamespace(cache="cache", controller=SimpleNamespace(cache="cache"))
    bare = SimpleNamespace()
    none = SimpleNamespace(cache=None, controller=SimpleNamespace(cache="cache"))
    run = run_of(own_home)
    run.sessions.append(SimpleNamespace(adapters={"a": kept, "b": kept, "c": bare, "d": none}))
    caches.empty_sessions(run)
    assert kept.cache == "cache"
    caches.switch_off(run)
    assert kept.cache is kept.controller.cache
    assert kept.cache.get("key") is kept.cache.set("key", b"value", expires=None) is None
    assert (vars(bare), none.cache, none.controller.cache) == ({}, None, "cache")


@pytest.mark.parametrize(
    ("folder", "within"),
    [("/c/pip", True), ("/c/pip/http", True), ("/c/pip2", False), ("/c", False), ("/d", False)],
)
def test_a_folder_within_is_that_folder_or_one_below(folder: str, *, within: bool) -> None:
    assert caches._is_within(folder, ["/x", "/c/pip"]) is within
    assert not caches._is_within(folder, [])


@pytest.mark.parametrize(
    ("args", "expected"),
    [
        (
            ["python", "/x/pip", "install", "a"],
            ["python", "/x/pip", "--no-cache-dir", "install", "a"],
        ),
        (("python", "/x/__pip-runner__.py"), ["python", "/x/__pip-runner__.py", "--no-cache-dir"]),
        (
            ["python", "/x/__env_pip__.zip/pip", "install"],
            ["python", "/x/__env_pip__.zip/pip", "--no-cache-dir", "install"],
        ),
        (["python", "setup.py", "install"], ["python", "setup.py", "install"]),
        (["pip"], ["pip"]),
        ("python /x/pip install", "python /x/pip install"),
        ([Path("python"), Path("/x/pip")], [Path("python"), Path("/x/pip"), "--no-cache-dir"]),
    ],
)
def test_a_child_that_is_pip_is_told_in_words(args: Any, expected: Any) -> None:
    """Right behind the program: pip takes general options there, from each command."""
    assert subprocesses.without_cache(args) == expected


# --- what the way is made of


def test_its_context_asks_for_no_chain_and_speaks_the_old_http(stranger: Authority) -> None:
    """The pin is what counts; requests knows no HTTP/2."""
    context = pinned_adapter._unverified()
    assert (context.verify_mode, context.check_hostname) == (ssl.CERT_NONE, False)
    serving = server_context(stranger.issue())
    serving.set_alpn_protocols(["h2", "http/1.1"])
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = context.wrap_bio(to_client, to_server)
    server = serving.wrap_bio(to_server, to_client, server_side=True)
    for side in (client, server, client, server):
        with suppress(ssl.SSLWantReadError):
            side.do_handshake()
    assert server.selected_alpn_protocol() == client.selected_alpn_protocol() == "http/1.1"


def test_what_the_session_says_of_a_chain_is_not_asked() -> None:
    asked: list[Any] = []
    pinned_adapter._without_chain(lambda *said: asked.append(said))(
        "pool", "url", "/bundle.pem", "mine"
    )
    assert asked == [("pool", "url", False, "mine")]
    pins: list[tuple[Any, str]] = []

    def pin(context: Any, fingerprint: str) -> None:
        pins.append((context.verify_mode, fingerprint))

    made = pinned_adapter.adapter(adapter(), "ab" * 32, "/bundle.pem", asked.append, pin)
    assert pins == [(ssl.CERT_NONE, "ab" * 32)]
    pool: Any = SimpleNamespace(cert_reqs="CERT_REQUIRED", ca_certs="x", ca_cert_dir="y")
    made.cert_verify(pool, "https://localhost/", "/bundle.pem", None)
    assert pool.cert_reqs == "CERT_NONE"


@pytest.mark.parametrize("head", [True, False])
def test_whatever_brings_an_answer_is_told_the_same(*, head: bool) -> None:
    """An answer from a cache has no head of its own to take a cookie from."""
    said: list[dict[str, Any]] = []
    inner = SimpleNamespace(msg={"Set-Cookie": "a=b", "Server": "x"})
    raw = SimpleNamespace(_original_response=inner) if head else SimpleNamespace()

    def original(request: Any, **options: Any) -> Any:
        assert "Cookie" not in request.headers
        said.append(options)
        return SimpleNamespace(raw=raw, cookies={"a": "b"})

    admitted: list[Any] = []
    asked = SimpleNamespace(headers={"Cookie": "mine"})
    answer = pinned_adapter._sending(original, admitted.append)(asked, verify=True, timeout=3)
    assert said == [{"verify": False, "timeout": 3}]
    assert admitted == [asked]
    assert answer.cookies == {}
    assert inner.msg == ({"Server": "x"} if head else {"Set-Cookie": "a=b", "Server": "x"})


@pytest.mark.parametrize(
    ("version", "proxy", "speaks"),
    [
        ("1.25.9", "https://proxy.corp.example", False),
        ("1.26", "https://proxy.corp.example", True),
        ("1.26.20", "https://proxy.corp.example", True),
        ("2.6.3", "HTTPS://proxy.corp.example", True),
        ("2.6.3", "socks5h://proxy.corp.example", False),
        ("2.6.3", "SOCKS5://proxy.corp.example", False),
        ("2.6.3", "http://proxy.corp.example", True),
    ],
)
def test_a_proxys_own_tls_is_as_the_refused_attempt_had_it(
    monkeypatch: pytest.MonkeyPatch, version: str, proxy: str, *, speaks: bool
) -> None:
    from pip._vendor import urllib3

    monkeypatch.setattr(urllib3, "__version__", version)
    shared = ssl.create_default_context()
    like = SimpleNamespace(poolmanager=SimpleNamespace(connection_pool_kw={"ssl_context": shared}))
    pinned = {"ssl_context": "loose", "assert_fingerprint": "ab"}

    def original(proxy: str, **options: Any) -> Any:
        return proxy, options

    manager_for = pinned_adapter._through_proxies(original, pinned, like, verify=True)
    named, options = manager_for(proxy, ssl_context="another", proxy_headers={})
    assert named == proxy
    assert options.pop("proxy_ssl_context", None) is (shared if speaks else None)
    assert options == {**pinned, "proxy_headers": {}}
    like.poolmanager.connection_pool_kw.clear()
    _, options = manager_for(proxy)
    assert ("proxy_ssl_context" in options) is speaks


def test_what_a_proxy_is_verified_by_where_no_file_is_named() -> None:
    for verify in (True, False, None):
        assert pinned_adapter._verified(verify).verify_mode is ssl.CERT_REQUIRED


def test_through_a_proxy_another_certificate_is_refused_as_well(
    run: Run, stranger: Authority
) -> None:
    with TlsServer(stranger.issue()) as server, Proxy() as proxy:
        (way,) = ways(run, server)
        by = {"proxies": {"https": proxy.url}}
        assert sent(way, server, **by).status_code == 200
        server.identity = stranger.issue()
        way.adapter.close()
        server.forget()
        with refused("Fingerprints did not match"):
            sent(way, server, **by)
        assert server.record.requests == []
        assert way.adapter is None
        assert way.denied


# --- at the edges


def test_a_name_in_capitals_is_the_same_place(run: Run) -> None:
    facts = {"sha256": "ab" * 32, "ends": clock.now().elapsed + 60, "by": "ann", "until": ""}
    made = granted_origin(run, {"host": "Index.Corp.example", "port": 443, **facts})
    assert made.origin == ("https", "index.corp.example", 443)
    assert made.shown == "index.corp.example:443"
    assert made.adapter is None
    assert not made.denied


def test_its_last_second_counts(
    run: Run, strange_index: TlsServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    (way,) = ways(run, strange_index)
    clock = SimpleNamespace(seconds=lambda: way.grant["ends"] - 0.5)
    monkeypatch.setattr(granted, "uptime", clock)
    assert way.may_open(adapter(), {"verify": True}, untrusted())
    assert not way.denied
    sent(way, strange_index)  # it would raise
    clock.seconds = lambda: way.grant["ends"]
    assert not way.may_open(adapter(), {"verify": True}, untrusted())
    with refused("has ended"):
        sent(way, strange_index)


def test_any_other_failure_leaves_it_open(run: Run, stranger: Authority) -> None:
    """A connection that breaks says nothing of a certificate."""
    with TlsServer(stranger.issue()) as server:
        (way,) = ways(run, server)
    with refused("(?i)connect"):
        sent(way, server)
    assert (way.denied, way.outcome) == (False, "")
    assert way.adapter is not None


def test_what_cannot_be_logged_is_said_even_without_a_reason(
    run: Run, way: granted.GrantedOrigin, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run, "log", lambda *_, **__: {"ok": False})
    assert not way.may_open(adapter(), {"verify": True}, untrusted())
    assert run.said[-1] == "it can't be logged, so nothing is relaxed"
    assert way.denied


def test_a_change_is_seen_by_place_time_or_size_and_the_end_is_the_end(
    run: Run, stranger: Authority
) -> None:
    with TlsServer(stranger.issue()) as server:
        (way,) = ways(run, server)
        file = Path(str(locations.grants_file(run.environ)))
        text = file.read_bytes()
        seen = file.stat().st_mtime_ns
        beside = file.with_name("beside")
        beside.write_bytes(text)
        beside.chmod(0o600)
        os.utime(beside, ns=(seen, seen))
        beside.replace(file)
        assert way._still()
        assert run.asked == ["alive"]
        file.write_bytes(text + b" ")
        os.utime(file, ns=(seen, seen))
        assert way._still()
        assert run.asked == ["alive"] * 2
        file.unlink()
        assert not way._still()
        assert run.asked == ["alive"] * 3
        file.write_bytes(text)
        assert not way._still()
        assert run.asked == ["alive"] * 3
