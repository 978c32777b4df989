"""Certificates out of files of every form."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from spip import sources
from spip.certificates import formats
from support import root_kinds as kinds
from support.lacking import lacking

ONE, TWO, THREE = (kinds.certificate(f"Example {name} CA") for name in ("One", "Two", "Three"))
no_limits = pytest.mark.skipif(os.name == "nt", reason="Windows has no limits for processes")
DERS = [kinds.der(one) for one in (ONE, TWO, THREE)]


def ders(data: bytes) -> list[bytes]:
    return [block.der for block in formats.read(data).blocks]


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(kinds.pem(ONE, TWO, THREE), id="several"),
        pytest.param(b"\xef\xbb\xbf" + kinds.pem(ONE, TWO, THREE), id="byte order mark"),
        pytest.param(kinds.pem(ONE, TWO, THREE).replace(b"\n", b"\r\n"), id="Windows"),
        pytest.param(kinds.pem(ONE, TWO, THREE).replace(b"\n", b"\r"), id="old Mac"),
        pytest.param(kinds.pem(ONE, TWO, THREE).replace(b"\n", b"\n   "), id="indented"),
        pytest.param(kinds.pem(ONE, TWO, THREE).decode().encode("utf-16"), id="PowerShell's >"),
        pytest.param(kinds.pem(ONE, TWO, THREE).rstrip(), id="no end of line"),
        pytest.param(
            b"\n".join([b"Subject: \xff\xfe one", kinds.pem(ONE), b"two", kinds.pem(TWO, THREE)]),
            id="text around",
        ),
        pytest.param(b"".join(DERS), id="DER, one behind the other"),
        pytest.param(DERS[0] + DERS[1] + DERS[2] + b"\n", id="DER with a line end"),
        pytest.param(
            kinds.pem(ONE).replace(b"CERTIFICATE", b"X509 CERTIFICATE") + kinds.pem(TWO, THREE),
            id="OpenSSL's old label",
        ),
    ],
)
def test_every_spelling_gives_the_same_certificates(data: bytes) -> None:
    found = formats.read(data)
    assert [block.der for block in found.blocks] == DERS
    assert found.faults == ()


@pytest.mark.parametrize("as_text", [False, True])
def test_a_pkcs7_file_gives_its_certificates_byte_for_byte(as_text: bool) -> None:  # noqa: FBT001
    found = formats.read(kinds.bag(ONE, TWO, THREE, as_text=as_text))
    assert sorted(block.der for block in found.blocks) == sorted(DERS)
    assert found.faults == ()


def test_pkcs7_is_also_read_as_openssl_writes_it(tmp_path_factory: pytest.TempPathFactory) -> None:
    openssl = shutil.which("openssl") or lacking("no openssl command")
    folder = tmp_path_factory.mktemp("openssl")
    (folder / "two.pem").write_bytes(kinds.pem(ONE, TWO))
    made = subprocess.check_output(
        [openssl, "crl2pkcs7", "-nocrl", "-certfile", str(folder / "two.pem")]
    )
    assert sorted(ders(made)) == sorted(DERS[:2])


def test_a_certificate_in_indefinite_length_pkcs7_is_read() -> None:
    """Older exports of Windows are BER, whose length is an end mark."""
    bag = kinds.bag(ONE)
    start = 4 if bag[1] == 0x82 else 2 + (bag[1] & 0x7F if bag[1] & 0x80 else 0)
    assert ders(b"\x30\x80" + bag[start:] + b"\x00\x00") == DERS[:1]


def test_trust_attributes_are_split_from_the_certificate() -> None:
    (block,) = formats.read(kinds.trusted(ONE, trust=[kinds.SERVERS])).blocks
    assert block.der == DERS[0]
    assert block.aux.startswith(b"\x30")


def test_what_stands_behind_a_plain_certificate_in_its_block_is_left_out() -> None:
    (block,) = formats.read(kinds.block("CERTIFICATE", DERS[0] + b"garbage")).blocks
    assert (block.der, block.aux) == (DERS[0], b"")


def test_a_broken_block_costs_only_itself_and_is_named_with_its_line() -> None:
    broken = kinds.pem(TWO).splitlines(keepends=True)
    del broken[4]
    data = b"# text\n" + kinds.pem(ONE) + b"".join(broken) + kinds.pem(THREE)
    found = formats.read(data)
    assert [block.der for block in found.blocks] == [DERS[0], DERS[2]]
    line = 2 + kinds.pem(ONE).count(b"\n")
    assert found.faults == ((line, formats.BROKEN, sources.BROKEN),)
    assert data.splitlines()[line - 1] == b"-----BEGIN CERTIFICATE-----"


@pytest.mark.parametrize(
    "broken",
    [
        b"-----BEGIN CERTIFICATE-----\nMIIB\n",
        b"-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n",
        b"-----BEGIN CERTIFICATE-----\nnot base64!\n-----END CERTIFICATE-----\n",
        b"-----BEGIN CERTIFICATE-----\nMIIB\n-----END PKCS7-----\n",
        b"-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n",
    ],
)
def test_a_block_without_its_end_does_not_swallow_the_next(broken: bytes) -> None:
    found = formats.read(broken + kinds.pem(ONE))
    assert [block.der for block in found.blocks] == DERS[:1]
    assert found.faults == ((1, formats.BROKEN, sources.BROKEN),)


def test_what_is_commented_out_is_text() -> None:
    commented = kinds.pem(ONE).replace(b"\n", b"\n# ").removesuffix(b"# ")
    assert formats.read(b"# " + commented + kinds.pem(TWO)) == formats.Found(
        (formats.Block(DERS[1], 1 + commented.count(b"\n")),), ()
    )


def test_a_private_key_is_named_and_never_read() -> None:
    found = formats.read(kinds.pem(ONE) + kinds.key_pem())
    assert [block.der for block in found.blocks] == DERS[:1]
    assert found.faults == ((1 + kinds.pem(ONE).count(b"\n"), formats.KEY, sources.KEY),)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"hello", "is no certificate"),
        (b"\x00" * 100, "is no certificate"),
        (b"0x", "is no certificate"),
        (b"\x30\x03\x02\x01\x07", "is no certificate"),
        (kinds.key_der(), "is a private key"),
        (b"\x30\x05\x02\x01\x03\x30\x00", "is a PKCS#12 file"),
        (DERS[0][:-1], "is no certificate"),
        (b"\x30\x00" * 100, "is no certificate"),
    ],
    ids=range(8),
)
def test_what_is_no_certificate_is_called_what_it_is(data: bytes, words: str) -> None:
    found = formats.read(data)
    assert found.blocks == ()
    ((line, said, _),) = found.faults
    assert said.startswith(words)
    assert line == 0


@given(st.binary(max_size=400))
@example(b"\x30\x80")
@example(b"\x30\x84\xff\xff\xff\xff")
@example(b"-----BEGIN PKCS7-----\nMIAGCSqGSIb3DQEHAqCAMIACAQExADCABgA=\n-----END PKCS7-----")
def test_any_bytes_give_an_answer(data: bytes) -> None:
    found = formats.read(data)
    assert all(block.der in data or b"BEGIN" in data for block in found.blocks)


@given(
    st.lists(st.sampled_from([0, 1, 2]), max_size=4),
    st.lists(st.binary(max_size=30).filter(lambda text: b"-----" not in text), max_size=5),
    st.sampled_from([b"\n", b"\r\n"]),
)
def test_text_between_blocks_never_matters(
    chosen: list[int], texts: list[bytes], end: bytes
) -> None:
    parts = []
    for number, which in enumerate(chosen):
        parts += [texts[number] if number < len(texts) else b"", b"\n"]
        parts += [kinds.pem((ONE, TWO, THREE)[which]).replace(b"\n", end)]
    assert ders(b"# " + b"".join(parts)) == [DERS[which] for which in chosen]


@no_limits
@pytest.mark.parametrize(
    "data",
    [
        pytest.param("b'-----BEGIN CERTIFICATE-----' * 1_000_000", id="beginnings in one line"),
        pytest.param("b'-----BEGIN CERTIFICATE-----\\n' * 1_000_000", id="beginnings"),
        pytest.param("b'-----BEGIN ' + b'-' * 30_000_000", id="dashes"),
        pytest.param("b'-----BEGIN ' + b'\\n' * 30_000_000", id="empty lines"),
        pytest.param("b'\\x30\\x80' * 15_000_000", id="nested without lengths"),
        pytest.param("bytes.fromhex('30820006300030000300') * 3_000_000", id="tiny certificates"),
        pytest.param(
            "bytes.fromhex('308401c9c37a') + b'\\x30\\x00' * 15_000_000", id="many elements"
        ),
    ],
)
def test_the_worst_of_the_allowed_size_takes_seconds_and_little_memory(data: str) -> None:
    program = (
        "import contextlib, resource\n"
        "resource.setrlimit(resource.RLIMIT_CPU, (20, 20))\n"
        "with contextlib.suppress(ValueError):  # macOS knows the limit and takes no value\n"
        "    resource.setrlimit(resource.RLIMIT_AS, (1 << 30, 1 << 30))\n"
        "from spip.certificates import formats; from spip.ownership import checked_file\n"
        f"data = {data}\n"
        "assert len(data) <= checked_file.MOST_BYTES\n"
        "formats.read(data)"
    )
    environment = {"PYTHONPATH": os.pathsep.join(sys.path)}
    subprocess.run([sys.executable, "-c", program], env=environment, check=True)


@no_limits
def test_mutations_of_real_files_break_nothing() -> None:
    """The short form of `python tests/fuzz_certificates.py`."""
    told = subprocess.check_output(
        [sys.executable, str(Path(__file__).parent.parent / "fuzz_certificates.py"), "1500", "7"],
        env={"PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert b" 1500.000\n" in told
