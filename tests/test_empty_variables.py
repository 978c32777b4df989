"""`CURL_CA_BUNDLE=`, which made pips before 22.2 verify nothing, whatever `--cert` said."""

from __future__ import annotations

from pathlib import Path

import pytest

from relaxed_world import User, forbidding, said, spip_on, words
from spip.bridge import env_vars
from support.authority import Authority
from support.matrix import Cell, parameters
from support.os_store import OsStores
from support.servers import TlsServer

OLD = (Cell("3.6", "21.3.1"), Cell("3.10", "20.3.4"))
NEW = Cell("3.13", "26.3")
EMPTY = {"CURL_CA_BUNDLE": ""}


def arrived(to: Path) -> bool:
    return bool(list(to.glob("demo-1.0*")))


@pytest.mark.parametrize("cell", parameters(*OLD, NEW))
@pytest.mark.parametrize("how", ["--cert", "no option"])
def test_nothing_of_an_unknown_authority_arrives(
    cell: Cell, how: str, user: User, strange_index: TlsServer, authority: Authority, to: Path
) -> None:
    fetch = words(strange_index.url("/simple/"), to, "--retries", "0", "demo")
    if how == "--cert":
        fetch += ["--cert", str(authority.write(user.home))]
    if cell in OLD:
        user.pip(cell, *fetch, **EMPTY).passed()  # so it is an attack
        assert arrived(to)
        for file in to.iterdir():
            file.unlink()
    ours = user.spip(cell, *fetch, **EMPTY).failed()
    assert not arrived(to)
    named = "CURL_CA_BUNDLE is empty, which switches verification off in this pip: passed over"
    assert (named in " ".join(said(ours))) is (cell in OLD)


@pytest.mark.parametrize("cell", parameters(OLD[1], NEW))
def test_what_plain_pip_makes_of_it_is_named_and_logged(
    cell: Cell, user: User, strange_index: TlsServer, to: Path
) -> None:
    fetch = words(strange_index.url("/simple/"), to, "--retries", "0", "demo")
    plain = user.spip(cell, *fetch, SPIP_DISABLE="1", **EMPTY)
    logged = [(each["what"], each["value"]) for each in user.events("own_way")]
    if cell == NEW:
        assert "certificate verify failed" in plain.failed().output
        assert logged == []
        return
    assert "VERIFICATION IS OFF for every host (CURL_CA_BUNDLE is empty)" in plain.stderr
    assert logged == [("empty variable", "every host")]
    assert arrived(to)
    assert not user.cached


def test_a_policy_forbids_it_to_plain_pip_too(
    user: User, strange_index: TlsServer, os_stores: OsStores, tmp_path: Path, to: Path
) -> None:
    machine = forbidding(os_stores, tmp_path, user.home)
    fetch = words(strange_index.url("/simple/"), to, "--retries", "0", "demo")
    result = spip_on(machine, OLD[1], *fetch, SPIP_DISABLE="1", **EMPTY)
    assert result.code == 2, str(result)
    assert "forbidden by policy: every host without verification" in result.stderr
    assert not arrived(to)
    assert strange_index.record.requests == []


def test_what_pip_starts_does_not_see_it() -> None:
    environ = {"CURL_CA_BUNDLE": "", "REQUESTS_CA_BUNDLE": "", "PATH": "", "A": ""}
    env_vars.drop(environ)
    assert environ == {"PATH": "", "A": ""}
    environ = {"CURL_CA_BUNDLE": "/a.pem"}
    env_vars.drop(environ)
    assert environ == {"CURL_CA_BUNDLE": "/a.pem"}
