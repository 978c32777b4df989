"""Build a merged bundle: read every source, put the roots together, write the file."""

from __future__ import annotations

import base64
import hashlib
import os
import re
import tempfile
from typing import TYPE_CHECKING

from spip.errors import SpipError
from spip.stores import stamp
from spip.stores.bundle import Bundle
from spip.stores.source import Refusal

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from spip.stores.source import Source

FIRST_LINE = "# spip merged bundle: made by spip, replaced when a source changes; do not edit\n"
_BLOCK = re.compile(rb"-----BEGIN CERTIFICATE-----(.*?)-----END CERTIFICATE-----", re.DOTALL)
_ORDER = {"os": 0, "certifi": 1}


def bundle(sources: Sequence[Source], cache: str | None) -> Bundle:
    """Return a bundle that is built now; see `bundle.merged`."""
    before = stamp.inputs(sources)
    content, kept = _content(sources)
    if cache is not None:
        try:
            os.makedirs(cache, mode=0o700, exist_ok=True)
            path = _write(stamp.bundle_path(sources, cache), content, before, kept, sources)
            return Bundle(os.path.abspath(path), None, kept.refused, kept.extra)
        except OSError:
            pass  # a full disk or a read-only cache: the private folder below
    return _private(content, kept)


def _private(content: bytes, kept: stamp.Kept) -> Bundle:
    try:
        folder = tempfile.mkdtemp(prefix="spip-")
        path = os.path.join(folder, "bundle.pem")
        with open(path, "xb") as file:
            file.write(content)
    except OSError as error:
        raise SpipError(f"no place for the merged bundle: {error}") from error
    return Bundle(os.path.abspath(path), folder, kept.refused, kept.extra)


def _write(
    path: str, content: bytes, before: str, kept: stamp.Kept, sources: Sequence[Source]
) -> str:
    temporary = _temporary(path, content)
    stamped = _temporary(path, stamp.text(before, kept, sources, temporary).encode("ascii"))
    os.replace(temporary, path)
    os.replace(stamped, path + ".stamp")
    return path


def _temporary(path: str, content: bytes) -> str:
    handle, name = tempfile.mkstemp(prefix=".new-", dir=os.path.dirname(path))
    with os.fdopen(handle, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    return name


def _content(sources: Sequence[Source]) -> tuple[bytes, stamp.Kept]:
    seen: set[bytes] = set()
    extra: list[str] = []
    refused: list[Refusal] = []
    parts = [FIRST_LINE.encode()]
    for source in sorted(sources, key=lambda s: _ORDER.get(s.kind, 2)):
        for der in sorted(_read(source, refused)):
            if der in seen:
                continue
            seen.add(der)
            fingerprint = hashlib.sha256(der).hexdigest()
            if source.kind not in _ORDER:
                extra.append(fingerprint)
            body = base64.encodebytes(der).decode("ascii")
            parts.append(
                f"\n# SHA-256 {fingerprint}, from {source.label!a}\n"
                f"-----BEGIN CERTIFICATE-----\n{body}-----END CERTIFICATE-----\n".encode()
            )
    return b"".join(parts), stamp.Kept(tuple(refused), tuple(extra))


def _read(source: Source, refused: list[Refusal]) -> Iterator[bytes]:
    if source.path is None:
        from spip import stores  # noqa: PLC0415  # the platform is chosen as late as it is needed

        yield from stores.roots()
        return
    try:
        with open(source.path, "rb") as file:
            text = file.read()
    except OSError as error:
        refused.append(Refusal(source, f"can't be read: {error.strerror}", whole=True))
        return
    if text.startswith(b"# spip merged bundle"):
        return
    for block in _BLOCK.finditer(text):
        yield base64.b64decode(block[1])
