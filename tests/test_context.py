"""The TLS context that spip gives pip has the properties of the one that pip would have used."""

from __future__ import annotations

import json
import ssl
from pathlib import Path
from typing import Any

import pytest

from relaxed_world import IN_PROCESS, User, words
from spip.standalone import shipped_files
from support.authority import Authority
from support.index import Index, standard_artifacts
from support.matrix import Cell, parameters
from support.run import run
from support.servers import TlsServer

# Where both may differ, and why.
INTENDED = {"check_hostname": "urllib3 before 2.0 compares names itself; this context does it too"}
COMPARE = """
import json, ssl, sys
from types import SimpleNamespace
sys.path += json.loads(sys.argv[1])
from pip import __version__
from pip._vendor import certifi
from pip._vendor.urllib3.util.ssl_ import create_urllib3_context
from spip.bridge import tls_context as context
from spip import versions

version = versions.numbers(__version__)[:2]
if version < (24, 2):
    import truststore
    plain = create_urllib3_context()
else:
    from pip._vendor import truststore
    from pip._internal.cli.index_command import _create_truststore_ssl_context
    plain = _create_truststore_ssl_context()._ctx
run = SimpleNamespace(tls_contexts={}, pip_version=version)
ours = context.shared(run, truststore, certifi.where())._ctx

def told(each):
    return {
        "options": int(each.options | getattr(ssl, "OP_NO_SSLv2", 0)),
        "verify_flags": int(each.verify_flags),
        "check_hostname": each.check_hostname,
        "versions": [int(each.minimum_version), int(each.maximum_version)],
        "ciphers": [cipher["name"] for cipher in each.get_ciphers()],
        "security_level": each.security_level,
        "late client certificate": each.post_handshake_auth,
        "keylog": each.keylog_filename,
        "tickets": each.num_tickets,
    }

json.dump([told(plain), told(ours), int(ours.verify_mode)], sys.stdout)
"""
OLD = (Cell("3.10", "20.3.4"), Cell("3.12", "24.1.2"))


@pytest.mark.parametrize("cell", parameters(*IN_PROCESS))
def test_both_contexts_have_the_same_properties(cell: Cell, tmp_path: Path) -> None:
    """Before 24.2 ours lacked ciphers, SSLKEYLOGFILE and late client certificates."""
    folders = json.dumps([folder for folder in shipped_files.names().values() if folder])
    keylog = {"SSLKEYLOGFILE": str(tmp_path / "keys")}
    said = run([cell.environment().python, "-c", COMPARE, folders], env=keylog).passed()
    plain, ours, verified = json.loads(said.stdout)
    assert verified == 2  # CERT_REQUIRED
    assert {name for name in plain if plain[name] != ours[name]} <= set(INTENDED), (plain, ours)
    assert ours["check_hostname"]


@pytest.mark.parametrize("cell", parameters(*OLD))
def test_an_old_server_that_this_pip_talks_to_is_served(
    cell: Cell, user: User, authority: Authority, to: Path
) -> None:
    """Plain pip shakes hands with it; spip ended in a failed handshake."""
    ca = str(authority.write(user.home))
    with TlsServer(authority.issue(), Index(standard_artifacts())) as server:
        context: Any = server._context
        context.maximum_version = ssl.TLSVersion.TLSv1_2
        context.set_ciphers("ECDHE-ECDSA-AES256-SHA")
        fetch = words(server.url("/simple/"), to)
        user.pip(cell, *fetch, PIP_CERT=ca, PIP_RETRIES="0").passed()
        (file,) = to.iterdir()
        file.unlink()
        user.spip(cell, *fetch, SPIP_CA_BUNDLE=ca, PIP_RETRIES="0").passed()
        assert file.exists()
        file.unlink()
        user.spip(cell, *fetch, PIP_RETRIES="0").failed()  # and an unknown one is refused
        assert not file.exists()


@pytest.mark.parametrize("cell", parameters(OLD[0], Cell("3.13", "26.3")))
def test_client_certificates_and_long_chains_work(
    cell: Cell, user: User, authority: Authority, to: Path
) -> None:
    """Ten intermediates, and a certificate of the client's, with its key in the same file."""
    issuer = authority
    for number in range(10):
        issuer = issuer.intermediate(f"Example Intermediate {number}")
    trusted = {"SPIP_CA_BUNDLE": str(authority.write(user.home)), "PIP_RETRIES": "0"}
    client = str(authority.issue_client().write(user.home))
    index = Index(standard_artifacts())
    with TlsServer(issuer.issue(), index, clients=authority) as server:
        fetch = words(server.url("/simple/"), to)
        user.spip(cell, *fetch, **trusted).failed()
        user.spip(cell, *fetch, "--client-cert", client, **trusted).passed()
    assert list(to.glob("demo-1.0*"))
