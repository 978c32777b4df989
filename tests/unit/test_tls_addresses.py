"""A name with several addresses: which of them is in order, and what the other one shows."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Iterator
from datetime import datetime, timezone

import pytest

from spip.diagnosis.causes import diagnose
from spip.diagnosis.evidence import Clock, Evidence, SourceState
from spip.diagnosis.findings import Finding
from spip.probe import steps
from spip.probe.connection import Deadline, Wire
from spip.probe.endpoint import parse_endpoint
from spip.probe.handshake import trusting
from spip.probe.look import look, presented
from spip.probe.results import Failure, ProbeResult
from spip.probe.steps import Looker
from support.authority import Authority, Identity
from support.certificates import EXPIRED
from support.servers import Fault, TlsServer

SIX, FOUR = "2001:db8::7", "192.0.2.7"
HOST = parse_endpoint("https://index.corp.example/simple/")
ROOT = Authority()
RIGHT = ROOT.issue()


@contextlib.contextmanager
def dual(
    monkeypatch: pytest.MonkeyPatch, six: Identity, four: Identity, fault: Fault | None = None
) -> Iterator[list[TlsServer]]:
    """A name with an address for IPv6, which comes first, and one for IPv4."""
    with TlsServer(six, fault=fault) as first, TlsServer(four) as second:
        ports = {SIX: first.port, FOUR: second.port}

        def connect(addresses: list[str], _: int, deadline: Deadline) -> Wire:
            here = socket.create_connection(("127.0.0.1", ports[addresses[0]]), deadline.left())
            return Wire(here, deadline, addresses[0])

        monkeypatch.setattr(steps, "resolve", lambda *_: [SIX, FOUR])
        monkeypatch.setattr(steps, "connect", connect)
        yield [first, second]


def looker() -> Looker:
    return Looker(lambda: trusting([ROOT.der], ask_system=False), patience=5)


def found(seen: ProbeResult) -> tuple[Finding, ...]:
    source = SourceState("added", "spip trust add", "/roots", frozenset([ROOT.der]))
    now = Clock(datetime.now(timezone.utc))
    return diagnose(Evidence(seen, clock=now, sources=(source,)))


@pytest.mark.parametrize(
    ("six", "words"),
    [
        (ROOT.issue("default.edge.example"), "other names: default.edge.example"),
        (ROOT.issue(validity=EXPIRED), "expired"),
        (Authority("Example Unknown Root CA").issue(), "nothing on this machine trusts"),
    ],
)
def test_it_is_said_which_address_shows_what(
    six: Identity, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with dual(monkeypatch, six, RIGHT):
        (said,) = found(look(HOST, None, looker()))
    assert said.cause == "addresses-differ"
    assert f"IPv4 {FOUR} is in order, and IPv6 {SIX} is not" in said.sentence
    assert words in said.sentence
    assert f"IPv6 {SIX}" in said.next
    assert "use one of those names" not in said.next


def test_a_handshake_that_is_cut_at_one_address_is_told_as_well(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with dual(monkeypatch, RIGHT, RIGHT, fault=Fault.EOF):
        (said,) = found(look(HOST, None, looker()))
    assert said.cause == "addresses-differ"
    assert "cut off as soon as TLS begins" in said.sentence


def test_after_a_failure_of_pips_it_is_told_too(monkeypatch: pytest.MonkeyPatch) -> None:
    told = Failure("handshake", "certificate", "Hostname mismatch", 62)
    with dual(monkeypatch, ROOT.issue("default.edge.example"), RIGHT):
        (said,) = found(presented(HOST, None, looker(), told))
    assert said.cause == "addresses-differ"


def test_where_all_addresses_fail_the_failure_is_told_as_ever(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    wrong = ROOT.issue("default.edge.example")
    with dual(monkeypatch, wrong, wrong):
        (said,) = found(look(HOST, None, looker()))
    assert said.cause == "wrong-host-name"


def test_where_the_first_address_is_in_order_no_other_is_asked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with dual(monkeypatch, RIGHT, ROOT.issue("default.edge.example")) as (_, second):
        seen = look(HOST, None, looker())
        assert seen.works
        assert seen.others == ()
        assert second.record.connections == 0


@pytest.mark.parametrize(
    ("host", "names", "proposed"),
    [
        ("index.corp.example", ["default.edge.test"], False),
        ("index.corp.example", ["pypi.corp.example"], True),
        ("index.corp.example", ["*.apps.corp.example"], False),
        ("index", ["index.corp.example"], True),
        ("index", ["other.corp.example"], False),
        ("192.0.2.7", ["index.corp.example"], True),
    ],
)
def test_only_a_name_of_the_same_domain_is_proposed(
    host: str, names: list[str], *, proposed: bool
) -> None:
    failed = Failure("handshake", "certificate", "Hostname mismatch", 62)
    shown = ROOT.issue(*names).der
    seen = ProbeResult(parse_endpoint(f"https://{host}/"), failure=failed, presented=(shown,))
    (said,) = found(seen)
    assert said.cause == "wrong-host-name"
    assert ("use one of those names" in said.next) == proposed
