"""The store of Linux and the BSDs, from folders made here and, on Linux, from this machine's."""

from __future__ import annotations

import os
import ssl
import sys
from typing import TYPE_CHECKING

import pytest
import trustme

from spip.stores import linux
from support.lacking import lacking
from support.merging import posix

if TYPE_CHECKING:
    from pathlib import Path

PEM = trustme.CA().cert_pem.bytes()
DER = ssl.PEM_cert_to_DER_cert(PEM.decode())
OTHER_PEM = trustme.CA().cert_pem.bytes()
OTHER_DER = ssl.PEM_cert_to_DER_cert(OTHER_PEM.decode())


class Machine:
    """Two candidates for the bundle and one folder, in `tmp_path`; nothing is there yet."""

    def __init__(self, tmp_path: Path) -> None:
        self.first = tmp_path / "first.pem"
        self.second = tmp_path / "second.pem"
        self.folder = tmp_path / "certs"


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    made = Machine(tmp_path)
    monkeypatch.setattr(linux, "_FILES", (str(made.first), str(made.second)))
    monkeypatch.setattr(linux, "_FOLDERS", (str(made.folder),))
    monkeypatch.delenv("NIX_SSL_CERT_FILE", raising=False)
    return made


def test_a_machine_without_a_store_has_no_roots(machine: Machine) -> None:
    assert machine
    assert list(linux.roots()) == []
    assert linux.bundle_file() is None
    assert linux.inputs() == []


def test_the_first_file_that_exists_is_the_store(machine: Machine) -> None:
    machine.second.write_bytes(OTHER_PEM)
    assert linux.bundle_file() == str(machine.second)
    machine.first.write_bytes(PEM)
    assert linux.bundle_file() == str(machine.first)
    assert list(linux.roots()) == [DER]


@pytest.mark.parametrize("content", [b"", b"# no certificate\n"])
def test_a_file_without_a_certificate_is_passed_over(machine: Machine, content: bytes) -> None:
    machine.first.write_bytes(content)
    machine.second.write_bytes(PEM)
    assert list(linux.roots()) == [DER]


def test_a_candidate_that_is_a_folder_is_passed_over(machine: Machine) -> None:
    machine.first.mkdir()
    machine.second.write_bytes(PEM)
    assert list(linux.roots()) == [DER]


def test_a_folder_serves_where_no_file_does(machine: Machine) -> None:
    machine.folder.mkdir()
    (machine.folder / "01234567.0").write_bytes(b"text\n" + PEM)
    (machine.folder / "01234567.1").symlink_to(machine.folder / "gone")
    (machine.folder / "89abcdef.0").write_bytes(OTHER_PEM)
    (machine.folder / "not-hashed.pem").write_bytes(trustme.CA().cert_pem.bytes())
    assert list(linux.roots()) == [DER, OTHER_DER]
    assert linux.bundle_file() is None
    assert linux.inputs() == [str(machine.folder)]


def test_the_inputs_are_the_files_that_could_be_the_store(machine: Machine) -> None:
    machine.folder.mkdir()
    machine.first.write_bytes(b"")
    assert linux.inputs() == [str(machine.first), str(machine.folder)]
    machine.second.write_bytes(PEM)
    assert linux.inputs() == [str(machine.first), str(machine.second)]


@posix
def test_what_others_may_have_made_outside_of_a_distribution_is_no_store(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file of another user's, under the name that Entware or Termux gives it, was the store."""
    machine.folder.mkdir(mode=0o700)
    machine.folder.chmod(0o700)
    file = machine.folder / "01234567.0"
    monkeypatch.setattr(linux, "_ENTWARE", f"{machine.folder}/")
    for files in ((str(file),), ()):  # as the bundle, and in the folder of hashed names
        monkeypatch.setattr(linux, "_FILES", files)
        file.write_bytes(PEM)
        file.chmod(0o644)
        assert list(linux.roots()) == [DER]
        file.chmod(0o666)
        assert list(linux.roots()) == []


def test_termux_has_its_store_to_itself(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    machine.first.write_bytes(PEM)
    monkeypatch.setattr(linux, "_TERMUX", str(machine.first.parent))
    assert linux.bundle_file() is None
    monkeypatch.setattr(sys, "prefix", str(machine.first.parent / "usr"))
    assert linux.bundle_file() == str(machine.first)


def test_nix_names_its_store_where_there_is_no_other(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert list(linux._candidates({"NIX_SSL_CERT_FILE": "/nix/store/x/ca.crt"})) == [
        str(machine.first),
        str(machine.second),
        "/nix/store/x/ca.crt",
    ]
    elsewhere = machine.folder.with_name("elsewhere.pem")
    elsewhere.write_bytes(PEM)
    monkeypatch.setenv("NIX_SSL_CERT_FILE", str(elsewhere))
    assert list(linux.roots()) == []


@pytest.mark.skipif(sys.platform != "linux", reason="reads the store of Linux")
def test_this_machine_has_the_roots_that_openssl_finds() -> None:
    path = linux.bundle_file()
    if path is None:
        lacking("no certificate store, which ca-certificates brings")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(path)
    assert set(linux.roots()) >= set(context.get_ca_certs(binary_form=True))
    assert all(os.path.exists(path) for path in linux.inputs())
