"""What the system distrusts is a root in no source, by whichever name the system has for it."""

from __future__ import annotations

import hashlib
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from spip import own_folder
from spip.stores import distrust, gather, platform, why
from spip.stores.certificate import fitness, judge
from spip.stores.contents import Part
from spip.stores.read import Block
from spip.stores.source import Source
from spip.trust import answer, certifi, extra, where
from support.authority import Authority

NAMES: dict[str, Callable[[bytes], bytes]] = {
    "itself": lambda der: der,
    "SHA-256": lambda der: hashlib.sha256(der).digest(),
    "SHA-1": lambda der: hashlib.sha1(der, usedforsecurity=False).digest(),
}


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("as_it_is", [True, False])
def test_every_name_counts_against_every_source(
    authority: Authority, stranger: Authority, name: str, *, as_it_is: bool
) -> None:
    """macOS files its settings under SHA-1: without it, its distrust would be gone silently."""
    judged = judge.judge([authority.der, stranger.der])
    distrusted = frozenset({NAMES[name](authority.der)})
    rules = fitness.Rules(judged, frozenset({authority.der}), distrusted, int(time.time()))
    against = rules.against(Part(Block(authority.der, 0), ""), as_it_is=as_it_is)
    assert against is not None
    assert against[0] == why.DISTRUSTED
    assert against[1].startswith("is distrusted by this system: CN=Example Root CA")
    assert rules.against(Part(Block(stranger.der, 0), ""), as_it_is=as_it_is) is None


@pytest.mark.parametrize("name", NAMES)
def test_one_certificate_is_looked_for_by_every_name(
    monkeypatch: pytest.MonkeyPatch, authority: Authority, stranger: Authority, name: str
) -> None:
    told = [NAMES[name](authority.der)]
    monkeypatch.setattr(platform, "distrusted", lambda: told, raising=False)
    assert distrust.is_distrusted(authority.der, distrust.distrusted())
    assert not distrust.is_distrusted(stranger.der, distrust.distrusted())


def test_it_is_taken_from_what_counts_as_it_is_too(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, authority: Authority, stranger: Authority
) -> None:
    file = tmp_path / "cacert.pem"
    file.write_bytes(authority.pem + stranger.pem)
    monkeypatch.setattr(platform, "distrusted", lambda: [authority.der], raising=False)
    (given,) = gather.gather([Source("certifi", "certifi", str(file))], int(time.time()))
    assert [root.der for root in given.roots] == [stranger.der]
    (refusal,) = given.refused
    assert "is distrusted by this system" in refusal.reason


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the places are Linux's")
def test_certifi_is_reduced_where_there_is_no_other_source(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, authority: Authority, stranger: Authority
) -> None:
    """The answer is a bundle of this run's own then, not certifi's file as it is."""
    file = tmp_path / "certifi" / "cacert.pem"
    file.parent.mkdir()
    file.write_bytes(authority.pem + stranger.pem)
    none = dict.fromkeys(("linux", "macos", "windows"), ())
    for name in ("ANCHORS", "VENDORS"):
        monkeypatch.setattr(where, name, none)
    monkeypatch.setattr(where, "ADMIN", dict.fromkeys(none, str(tmp_path / "ca.d")))
    monkeypatch.setattr(certifi, "own_certifi", lambda: str(file))
    monkeypatch.setattr(distrust, "DESELECTED", str(tmp_path / "none"))
    monkeypatch.setattr(distrust, "BLOCKED", (str(tmp_path / "blocklist"),))
    environ = {"HOME": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path / "cache")}
    (tmp_path / "cache").mkdir()
    monkeypatch.setattr(own_folder, "cache", lambda _: str(tmp_path / "cache"))
    asked: answer.Question = {"cert": None, "whole": False, "pip_certifi": None}
    assert answer.roots(environ, asked)["path"] == str(file)
    (tmp_path / "blocklist").mkdir()
    (tmp_path / "blocklist" / "gone.pem").write_bytes(authority.pem)
    assert extra.may_count(environ, None)
    said = answer.roots(environ, asked)
    assert said["merged"]
    assert said["path"] != str(file)
    bundle = Path(said["path"]).read_bytes()
    body = b"".join(authority.pem.splitlines()[1:-1])
    assert body not in bundle.replace(b"\n", b"")
    assert b"".join(stranger.pem.splitlines()[1:-1]) in bundle.replace(b"\n", b"")
