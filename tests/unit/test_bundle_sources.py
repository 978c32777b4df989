"""What a source of the merged bundle may be, and what is told of one that is passed over."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from spip import sources, stores
from spip.certificates import formats
from spip.ownership.posix import PosixWalk
from spip.sources import Refusal, Source
from spip.stores import bundle_upkeep, contents
from support import root_kinds as kinds
from support.merging import (
    COMPANY,
    LEAF,
    OTHER,
    OWN,
    Machine,
    posix,
    roots,
)


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    return Machine(tmp_path, monkeypatch)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", ["is empty"]),
        (b"hello\n", ["is no certificate", "holds no certificate"]),
        (kinds.key_pem(), ["holds a private key, which is not read", "holds no certificate"]),
    ],
)
def test_a_source_without_a_certificate_is_passed_over_as_a_whole(
    machine: Machine, content: bytes, words: list[str]
) -> None:
    bundle = machine.merged(machine.source(content))
    assert roots(bundle) == OWN
    assert [refusal.reason for refusal in bundle.refused] == words
    assert bundle.refused[-1].whole


def test_a_private_key_is_never_copied(machine: Machine) -> None:
    bundle = machine.merged(machine.source(kinds.pem(COMPANY) + kinds.key_pem()))
    assert b"PRIVATE" not in machine.read(bundle.path)
    assert [(refusal.reason, refusal.kind) for refusal in bundle.refused] == [
        (formats.KEY, sources.KEY)
    ]


def test_a_source_that_fails_leaves_the_others_standing(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails() -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(stores, "roots", fails)
    bundle = machine.merged(machine.source(kinds.pem(COMPANY)))
    assert sorted(roots(bundle)) == sorted([*OWN, kinds.der(COMPANY)])
    (refusal,) = bundle.refused
    assert refusal == Refusal(
        machine.own[0], "can't be read (Input/output error)", whole=True, kind=sources.UNREADABLE
    )


def test_a_relative_path_is_never_opened(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    machine.source(kinds.pem(COMPANY))
    monkeypatch.chdir(machine.folder)
    bundle = machine.merged(Source("explicit", "PIP_CERT", "extra.pem"))
    assert roots(bundle) == OWN
    assert bundle.refused[0].reason == "is not an absolute path"


@posix
def test_a_file_that_others_may_write_is_refused_until_it_is_mended(machine: Machine) -> None:
    source = machine.source(kinds.pem(COMPANY))
    (machine.folder / "extra.pem").chmod(0o666)
    bundle = machine.merged(source)
    assert roots(bundle) == OWN
    refused = (Refusal(source, "is writable by others", whole=True, kind=sources.OTHERS),)
    assert bundle.refused == machine.merged(source).refused == refused
    (machine.folder / "extra.pem").chmod(0o644)
    assert len(roots(machine.merged(source))) == 3


@posix
def test_where_no_mode_shows_an_acl_a_refusal_for_one_is_not_kept(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On Windows and macOS: a file whose permissions were mended stayed refused."""
    source = machine.source(kinds.pem(COMPANY))
    monkeypatch.delattr(os, "getxattr", raising=False)
    with monkeypatch.context() as patched:
        patched.setattr(
            PosixWalk, "_reason", lambda _, what, __: (sources.OWNER, "x") * isinstance(what, int)
        )
        assert roots(machine.merged(source)) == OWN
    assert len(roots(machine.merged(source))) == 3


@posix
def test_a_folder_that_others_may_write_to_is_noticed_though_the_file_stays(
    machine: Machine,
) -> None:
    path = machine.write("sub/extra.pem", kinds.pem(COMPANY))
    source = Source("explicit", "CA_VARIABLE", path)
    assert len(roots(machine.merged(source))) == 3
    (machine.folder / "sub").chmod(0o777)
    assert roots(machine.merged(source)) == OWN
    (machine.folder / "sub").chmod(0o755)
    assert len(roots(machine.merged(source))) == 3


@posix
def test_a_bundle_stands_for_what_the_user_named_unless_others_may_have_said_so(
    machine: Machine,
) -> None:
    source = machine.source(kinds.pem(COMPANY))
    path = machine.merged(source, machine.source(b"", "added")).path
    assert bundle_upkeep.named(path) == [source]
    Path(machine.cache).chmod(0o777)
    assert bundle_upkeep.named(path) == []


@posix
@pytest.mark.parametrize("kind", ["admin", "anchor", "vendor", "new"])
def test_what_an_administrator_should_have_written_is_judged_so(
    machine: Machine, kind: str
) -> None:
    """Below /tmp nothing is an administrator's, whoever runs this test."""
    bundle = machine.merged(machine.source(kinds.pem(COMPANY), kind))
    assert roots(bundle) == OWN
    (refusal,) = bundle.refused
    assert "belongs to " in refusal.reason or "is writable by others" in refusal.reason


def test_a_folder_of_files_is_read_file_by_file(machine: Machine) -> None:
    machine.write("certs/one.pem", kinds.pem(COMPANY))
    machine.write("certs/two.crt", kinds.der(OTHER))
    machine.write("certs/README", b"hello")
    machine.write("certs/bad.pem", b"hello")
    machine.write("certs/root.pem~", kinds.pem(kinds.certificate("Example Backup")))
    machine.write("certs/.hidden", kinds.pem(kinds.certificate("Example Hidden")))
    machine.write("certs/loose.pem", b"")
    (machine.folder / "certs" / "sub").mkdir()
    machine.write("certs/sub/three.pem", kinds.pem(LEAF))
    bundle = machine.merged(Source("explicit", "SSL_CERT_DIR", str(machine.folder / "certs")))
    assert roots(bundle) == [*OWN, kinds.der(COMPANY), kinds.der(OTHER)]
    assert sorted((refusal.reason, refusal.whole) for refusal in bundle.refused) == [
        ("holds bad.pem, which is no certificate", False),
        ("holds loose.pem, which is empty", False),
        ("holds sub/three.pem, which holds a certificate that signed itself and is no CA's", False),
    ]


@posix
def test_of_a_hashed_folder_openssls_names_count(machine: Machine) -> None:
    machine.write("certs/one.pem", kinds.pem(COMPANY))
    machine.write("certs/other.pem", kinds.pem(OTHER))
    (machine.folder / "certs" / "0a1b2c3d.0").symlink_to("one.pem")
    source = Source("explicit", "SSL_CERT_DIR", str(machine.folder / "certs"))
    assert roots(machine.merged(source)) == [*OWN, kinds.der(COMPANY)]
    (machine.folder / "certs" / "0a1b2c3e.12").symlink_to("other.pem")
    assert len(roots(machine.merged(source))) == 4


def test_a_change_within_a_folder_is_noticed(machine: Machine) -> None:
    source = Source("explicit", "SSL_CERT_DIR", str(machine.folder / "certs"))
    machine.write("certs/one.pem", kinds.pem(COMPANY))
    machine.merged(source)
    machine.write("certs/one.pem", kinds.pem(OTHER))
    assert roots(machine.merged(source)) == [*OWN, kinds.der(OTHER)]


def test_an_empty_folder_is_passed_over(machine: Machine) -> None:
    (machine.folder / "certs").mkdir()
    source = Source("explicit", "SSL_CERT_DIR", str(machine.folder / "certs"))
    assert machine.merged(source).refused == (
        Refusal(source, contents.NOTHING, whole=True, kind=sources.NOTHING),
    )


def test_a_folder_of_too_many_files_is_refused_at_once(machine: Machine) -> None:
    folder = machine.folder / "many"
    folder.mkdir()
    for number in range(20_001):
        os.close(os.open(folder / f"{number}.pem", os.O_CREAT | os.O_WRONLY))
    source = Source("explicit", "SSL_CERT_DIR", str(folder))
    began = time.process_time()
    bundle = machine.merged(source)
    assert time.process_time() - began < 2
    assert bundle.refused == (
        Refusal(source, "holds more than 20000 files", whole=True, kind=sources.MANY),
    )
