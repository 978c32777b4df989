"""spip on Windows: whom it trusts. Under Wine, by python.org's CPython."""

from __future__ import annotations

import json

from support.authority import Authority, Sent
from support.index import Index, standard_artifacts
from support.servers import TlsServer
from support.windows import User


def fetch(index: TlsServer) -> list[str]:
    """Words that fetch a wheel from `index` alone."""
    where = ["--index-url", index.url("/simple/"), "--no-cache-dir", "--retries=0"]
    return ["download", *where, "--no-deps", "-d", "to", "demo"]


def arrived(user: User) -> list[str]:
    """Names of what was fetched."""
    return [file.name for file in user.home.folder.glob("to/*")]


def test_a_root_in_windows_store_is_trusted_and_an_unknown_one_is_not(
    each: User, index: TlsServer, strange_index: TlsServer
) -> None:
    each.spip(*fetch(strange_index)).failed()
    assert not arrived(each)
    assert strange_index.record.handed_over == 0
    said = each.spip(*fetch(index)).passed()
    assert arrived(each) == ["demo-1.0-py2.py3-none-any.whl"], str(said)
    assert "spip:" not in said.stderr, str(said)


def test_a_root_is_added_listed_exported_and_removed(
    ann: User, stranger: Authority, strange_index: TlsServer
) -> None:
    file = ann.write("한국/root.pem", stranger.pem)
    ann.spip("trust", "add", "--yes", file).passed()
    ann.spip(*fetch(strange_index)).passed()
    assert stranger.name in ann.spip("trust", "list").passed().stdout
    told = json.loads(ann.spip("trust", "list", "--json").passed().stdout)
    assert stranger.fingerprint in json.dumps(told)
    ann.spip("trust", "export", "-o", "한국\\bundle.pem").passed()
    assert b"-----BEGIN" in (ann.home.folder / "한국" / "bundle.pem").read_bytes()
    ann.spip("trust", "remove", stranger.fingerprint).passed()
    (ann.home.folder / "to" / "demo-1.0-py2.py3-none-any.whl").unlink()
    ann.spip(*fetch(strange_index)).failed()
    assert not arrived(ann)


def test_what_windows_distrusts_is_taken_out_of_every_source(ann: User, banned: Authority) -> None:
    file = ann.write("banned.pem", banned.pem)
    site = Index(standard_artifacts())
    with TlsServer(banned.issue(sent=Sent.CHAIN_AND_ROOT), site) as server:
        ann.spip(*fetch(server), SPIP_CA_BUNDLE=file).failed()
        assert server.record.handed_over == 0
