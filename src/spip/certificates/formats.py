"""Certificates out of any file that people keep them in: PEM, DER or PKCS#7.

Only the form is read here, and each certificate for itself; whether one may be a root is for
`judge` and `gather`. The time is linear in the size, whatever the bytes are.
"""

from __future__ import annotations

import binascii
import re

from spip import sources
from spip.certificates import der as outline
from spip.certificates import purposes
from spip.sources import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    Fault = tuple[int, str, str]

_MARK = re.compile(rb"-----(BEGIN|END) ([^-\r\n]{1,60})-----")
_CERTIFICATES = (b"CERTIFICATE", b"X509 CERTIFICATE", b"TRUSTED CERTIFICATE", b"PKCS7", b"CMS")
_TRUSTED = b"TRUSTED CERTIFICATE"
KEY = "holds a private key, which is not read"
_BARE_KEY = "is a private key"
# What stands behind the outer header of a file that is often taken for a certificate.
_OTHERS = (
    (b"\x02\x01\x00", _BARE_KEY, sources.KEY),
    (b"\x02\x01\x01\x04", _BARE_KEY, sources.KEY),
    (
        b"\x02\x01\x03",
        "is a PKCS#12 file, which holds a key; export the certificate alone",
        sources.NO_CERTIFICATE,
    ),
)
# The largest real lists have some hundred; more than this, broken ones included, is no list.
MOST_PARTS = 20_000
BROKEN = "holds a broken certificate"
GLUED = "is two lines in one, as of files that were joined without a line end between them"
_NONE = "is no certificate"


class Block(Value):
    """One certificate: its DER, and the line that it begins in (0: none).

    `aux`: OpenSSL's trust attributes, of a TRUSTED CERTIFICATE.
    """

    __slots__ = ("aux", "der", "line")
    aux: bytes
    der: bytes
    line: int

    def __init__(self, der: bytes, line: int, aux: bytes = b"") -> None:
        super().__init__(aux, der, line)


class Found(Value):
    """What a file holds: certificates, and what is wrong with other parts."""

    __slots__ = ("blocks", "faults")
    blocks: tuple[Block, ...]
    faults: tuple[Fault, ...]

    def __init__(self, blocks: tuple[Block, ...], faults: tuple[Fault, ...]) -> None:
        super().__init__(blocks, faults)


def read(data: bytes) -> Found:
    """Return every certificate in `data`; a part that is broken costs only itself."""
    data = _text(data)
    parts = _pem(data) if b"-----BEGIN " in data else _binary(data, 0, b"")
    blocks: list[Block] = []
    faults: list[Fault] = []
    for number, part in enumerate(parts):
        if number == MOST_PARTS:
            said = f"holds more than {MOST_PARTS} certificates; the rest is not read"
            faults.append((0, said, sources.MANY))
            break
        if isinstance(part, Block):
            blocks.append(part)
        else:
            faults.append(part)
    return Found(tuple(blocks), tuple(faults))


def _text(data: bytes) -> bytes:
    """Return `data` without what editors and shells put around text: BOM, UTF-16, lone CR."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):  # PowerShell's `>`
        data = data.decode("utf-16", "replace").encode("ascii", "replace")
    data = data.removeprefix(b"\xef\xbb\xbf")
    if b"\n" not in data and b"-----BEGIN " in data:
        data = data.replace(b"\r", b"\n")
    return data


def _pem(data: bytes) -> Iterator[Block | Fault]:
    """Yield the certificates among the blocks; a key, and blocks of other kinds, are not copied."""
    begun: re.Match[bytes] | None = None
    line, counted, begun_in, ended = 1, 0, 0, -1
    for mark in _MARK.finditer(data):
        before = _before(data, mark.start())
        ends = bool(begun and mark[1] == b"END" and mark[2] == begun[2])
        if before.startswith((b"#", b";")) or (before and not ends and mark[1] == b"END"):
            continue  # what is commented out is text, as for OpenSSL
        line, counted = line + data.count(b"\n", counted, mark.start()), mark.start()
        if before and mark[2] in _CERTIFICATES:
            yield line, GLUED, sources.GLUED
            if not ends and mark.start() != ended:
                continue
        if begun is not None and begun[2] in _CERTIFICATES:
            if ends:
                yield from _block(begun[2], data[begun.end() : mark.start()], begun_in)
            else:
                yield begun_in, BROKEN, sources.BROKEN
        ended = mark.end() if ends else -1
        begun, begun_in = (mark, line) if mark[1] == b"BEGIN" else (None, 0)
        if begun and mark[2].endswith(b"PRIVATE KEY"):
            yield line, KEY, sources.KEY
    if begun is not None and begun[2] in _CERTIFICATES:
        yield begun_in, BROKEN, sources.BROKEN


def _before(data: bytes, at: int) -> bytes:
    """Return what stands before on the same line, without blanks."""
    return data[max(0, at - 80) : at].rpartition(b"\n")[2].strip()


def _block(label: bytes, body: bytes, line: int) -> Iterator[Block | Fault]:
    try:
        der = _unarmoured(body)
    except binascii.Error:
        yield line, BROKEN, sources.BROKEN
        return
    yield from _binary(der, line, label)


def _unarmoured(body: bytes) -> bytes:
    from base64 import b64decode

    return b64decode(body.translate(None, b" \t\r\n"), validate=True)


def _binary(data: bytes, line: int, label: bytes) -> Iterator[Block | Fault]:
    """Yield what is in DER: certificates, one after the other, or PKCS#7."""
    at = 0
    while at == 0 or (not label and data[at : at + 1].strip()):
        end = outline.end(data, at)
        if data[at : at + 1] != b"\x30" or not at < end <= len(data):
            yield (line, BROKEN, sources.BROKEN) if label else (line, _NONE, sources.NO_CERTIFICATE)
            return
        if not outline.is_certificate(data, at, end):
            yield from _other(data[at:end], line)
            return
        # What stands behind the one of a PEM block is no part of it, as OpenSSL reads it.
        yield Block(data[at:end], line, data[end:] if label == _TRUSTED else b"")
        at = end


def _other(der: bytes, line: int) -> Iterator[Block | Fault]:
    head = der[outline.start(der, 0) :][:4]
    for start, words, kind in _OTHERS:
        if head.startswith(start):
            yield line, words, kind
            return
    try:
        inside = purposes.of_pkcs7(der)
    except ValueError:
        yield (line, BROKEN, sources.BROKEN) if line else (line, _NONE, sources.NO_CERTIFICATE)
        return
    for found in inside:
        whole = outline.is_certificate(found, 0, len(found))
        yield Block(found, line) if whole else (line, BROKEN, sources.BROKEN)
