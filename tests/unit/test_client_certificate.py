"""A client certificate that never leaves this machine, since pip can't load it."""

from __future__ import annotations

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
)

from spip.doctor.client_certificate import ClientCertificate, read_client_certificate
from support.authority import Authority, Identity


@pytest.fixture(scope="module")
def ann() -> Identity:
    return Authority().issue_client()


@pytest.fixture(scope="module")
def bob() -> Identity:
    return Authority().issue_client("bob")


def encrypted(identity: Identity, form: PrivateFormat) -> bytes:
    return identity.key.private_bytes(Encoding.PEM, form, BestAvailableEncryption(b"secret"))


def in_file(folder: Path, content: bytes) -> ClientCertificate:
    file = folder / "me.pem"
    file.write_bytes(content)
    return read_client_certificate(str(file))


def test_one_that_is_in_order(ann: Identity, tmp_path: Path) -> None:
    assert in_file(tmp_path, ann.key_pem + ann.pem).problem == ""
    assert read_client_certificate("") == ClientCertificate()


def test_the_home_folder_may_be_written_as_a_tilde(
    ann: Identity, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_file(tmp_path, ann.key_pem + ann.pem)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    assert read_client_certificate("~/me.pem").problem == ""


def test_what_is_missing_or_of_another_form_is_named(
    ann: Identity, bob: Identity, tmp_path: Path
) -> None:
    assert read_client_certificate(str(tmp_path / "gone.pem")).problem == "it does not exist"
    assert read_client_certificate(str(tmp_path)).problem
    assert "without its key" in in_file(tmp_path, ann.pem).problem
    assert "no certificate in PEM" in in_file(tmp_path, ann.key_pem).problem
    assert "no certificate in PEM" in in_file(tmp_path, b"").problem
    assert "binary" in in_file(tmp_path, ann.der).problem
    assert "another certificate" in in_file(tmp_path, bob.key_pem + ann.pem).problem
    cut = ann.key_pem[:100] + b"\n-----END PRIVATE KEY-----\n" + ann.pem
    assert "can't read" in in_file(tmp_path, cut).problem


@pytest.mark.parametrize("form", [PrivateFormat.PKCS8, PrivateFormat.TraditionalOpenSSL])
def test_a_pass_phrase_is_known_in_both_forms(
    form: PrivateFormat, ann: Identity, tmp_path: Path
) -> None:
    found = in_file(tmp_path, encrypted(ann, form) + ann.pem)
    assert found.has_pass_phrase
    assert found.problem
