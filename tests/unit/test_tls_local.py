"""What this machine itself refuses is told as that, never as the server's word or the proxy's."""

from __future__ import annotations

import errno
import json
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest

import spip
from spip.diagnosis.causes import diagnose
from spip.diagnosis.evidence import Clock, Evidence
from spip.diagnosis.findings import Finding
from spip.doctor.pip_failure import parse_failed_connection
from spip.probe.connection import Deadline, connect
from spip.probe.endpoint import parse_endpoint
from spip.probe.failures import failure
from spip.probe.handshake import trusting
from spip.probe.look import look
from spip.probe.proxy_url import read_proxy
from spip.probe.results import ProbeResult
from spip.probe.steps import Looker
from unit.test_tls_causes import NOW

LOOKER = Looker(lambda: trusting([], ask_system=False), patience=5)
HOST = parse_endpoint("https://127.0.0.1:9/simple/")
NO_WAY = [errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENETDOWN, errno.EADDRNOTAVAIL]
FORBIDDEN = [errno.EPERM, errno.EACCES]


def told(seen: ProbeResult) -> Finding:
    (found,) = diagnose(Evidence(seen, Clock(NOW)))
    return found


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The errno that the system answers each attempt to connect with, the last one for the rest."""
    numbers: list[int] = []

    def refuse(*_: object, **__: object) -> socket.socket:
        number = numbers.pop(0) if len(numbers) > 1 else numbers[0]
        raise OSError(number, "as the system says")

    monkeypatch.setattr(socket, "create_connection", refuse)
    return numbers


@pytest.mark.parametrize("number", [*NO_WAY, *FORBIDDEN])
def test_what_the_system_answers_is_no_servers_fault(number: int, answers: list[int]) -> None:
    answers.append(number)
    found = told(look(HOST, None, LOOKER))
    assert (found.cause, found.owner) == ("unreachable", "you")
    assert (found.variant == "forbidden") == (number in FORBIDDEN)
    assert ("sandbox" in found.next) == (number in FORBIDDEN)
    assert "this machine" in found.sentence


@pytest.mark.parametrize("number", [*NO_WAY, *FORBIDDEN])
def test_nor_is_it_the_proxys(number: int, answers: list[int]) -> None:
    answers.append(number)
    found = told(look(HOST, read_proxy("http://127.0.0.1:9", "HTTPS_PROXY"), LOOKER))
    assert found.cause == "proxy-unreachable"
    assert "ask IT" not in found.next
    assert ("sandbox" in found.next) == (number in FORBIDDEN)


def test_a_proxy_that_refuses_is_still_told_as_that(answers: list[int]) -> None:
    answers.append(errno.ECONNREFUSED)
    found = told(look(HOST, read_proxy("http://127.0.0.1:9", "HTTPS_PROXY"), LOOKER))
    assert (found.cause, found.variant) == ("proxy-unreachable", "")
    assert "ask IT" in found.next


def test_a_file_that_may_not_be_read_forbids_no_connection() -> None:
    error = PermissionError(errno.EACCES, "Permission denied", "key.pem")
    assert failure("handshake", error, b"").kind == "other"


@pytest.mark.parametrize("number", [errno.ENETUNREACH, errno.EAFNOSUPPORT, errno.EADDRNOTAVAIL])
def test_a_machine_without_ipv6_hides_nothing(number: int, answers: list[int]) -> None:
    """The last address counted, so a refused one was told as a network that isn't there."""
    answers += [errno.ECONNREFUSED, number]
    with pytest.raises(ConnectionRefusedError):
        connect(["127.0.0.1", "::1"], 9, Deadline(5))
    answers[:] = [number, errno.ECONNREFUSED]
    with pytest.raises(ConnectionRefusedError):
        connect(["::1", "127.0.0.1"], 9, Deadline(5))


@pytest.mark.parametrize("number", [*NO_WAY, *FORBIDDEN])
def test_what_pip_met_is_read_by_its_number(number: int) -> None:
    said = {"url": "https://index.corp.example/", "error": "OSError", "text": "", "errno": number}
    kind = "forbidden" if number in FORBIDDEN else "unreachable"
    assert parse_failed_connection(said, {}).failure.kind == kind
    assert parse_failed_connection({**said, "errno": None}, {}).failure.kind == "other"


def test_without_any_network() -> None:
    """A network namespace of its own, where not even loopback is up."""
    apart = ["unshare", "-Urn"]
    if shutil.which("unshare") is None or subprocess.run([*apart, "true"], check=False).returncode:
        pytest.skip("network namespaces are not to be had here")
    code = (
        "import json, sys; sys.path[:0] = json.loads(sys.argv[1])\n"
        "from spip.probe.endpoint import parse_endpoint\n"
        "from spip.probe.handshake import trusting\n"
        "from spip.probe.look import look\n"
        "from spip.probe.steps import Looker\n"
        "looker = Looker(lambda: trusting([], ask_system=False), patience=5)\n"
        "print(look(parse_endpoint('https://127.0.0.1:9/'), None, looker).failure.kind)\n"
    )
    inner = json.dumps([str(Path(spip.__file__).parent.parent), *sys.path])
    run = subprocess.run(
        [*apart, sys.executable, "-c", code, inner], capture_output=True, text=True, check=True
    )
    assert run.stdout.strip() == "unreachable"
