"""A root is proven by a handshake that shows its signature, and by nothing less."""

from __future__ import annotations

import pytest

from doctor_world import Secured, Weak, permissive
from spip.probe.endpoint import parse_endpoint
from spip.probe.handshake import trusting
from spip.probe.look import accepts
from spip.probe.steps import Looker
from support.authority import Authority
from support.certificates import EXPIRED, Flaw
from support.servers import TlsServer

LOOKER = Looker(lambda: trusting([], ask_system=False), patience=5)


def proven(port: int, root: Authority) -> bool:
    return accepts(parse_endpoint(f"https://localhost:{port}"), None, LOOKER, [root.der])


@pytest.mark.parametrize("host", ["localhost", "other.corp.example"])
def test_a_root_of_that_name_with_another_key_proves_nothing(host: str) -> None:
    """OpenSSL looks at signatures late; every refusal but one was taken for a proof."""
    old, new = Authority(), Authority()
    leaf = new.issue(host, flaws=[Flaw.NO_AUTHORITY_KEY_IDENTIFIER])
    with TlsServer(leaf) as server:
        assert not proven(server.port, old)
        assert proven(server.port, new)


def test_a_date_that_is_past_and_a_weak_key_are_another_matter() -> None:
    root, other = Authority(), Authority()
    with TlsServer(root.issue(validity=EXPIRED)) as server:
        assert proven(server.port, root)
        assert not proven(server.port, other)
    with Secured(permissive(Weak(root, bits=1024))) as weak:
        assert proven(weak.port, root)
        assert not proven(weak.port, other)
