"""What lies in a source: certificates as they are, before anything is made of them."""

from __future__ import annotations

import os

from spip import ownership, sources
from spip.certificates import formats
from spip.ownership import checked_file
from spip.paths import is_absolute
from spip.sources import AS_THEY_ARE, RULES, Refusal, Source, SourceRejected, Value
from spip.stores import folder_scan
from spip.stores.bundle_cache import is_bundle
from spip.text import in_ascii

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

OWN = b"# spip merged bundle"
NOTHING = sources.words(sources.NOTHING)
# In a folder, only a file with such a name is expected to hold a certificate.
EXPECTED = (".pem", ".crt", ".cer", ".der", ".p7b", ".p7c")


class Part(Value):
    """One certificate (DER) and where it stands: file ("": the source itself) and line."""

    __slots__ = ("aux", "der", "file", "line")
    der: bytes
    aux: bytes
    file: str
    line: int

    def __init__(self, block: formats.Block, file: str) -> None:
        super().__init__(block.aux, block.der, file, block.line)

    def named(self, reason: str) -> str:
        """Return `reason` with the file that it is about."""
        return in_file(self.file, reason)


class Contents(Value):
    """The certificates of a source, and what of it was passed over."""

    __slots__ = ("parts", "refused")
    parts: tuple[Part, ...]
    refused: tuple[Refusal, ...]

    def __init__(self, parts: tuple[Part, ...], refused: tuple[Refusal, ...]) -> None:
        super().__init__(parts, refused)


def of(source: Source) -> Contents:
    """Read a source; whatever goes wrong is told as a refusal."""
    parts: list[Part] = []
    refused: list[Refusal] = []
    try:
        if source.path is None:
            return Contents(_asked(), ())
        own = _collect(source, source.path, parts, refused)
    except SourceRejected as passed_over:
        own, reason = False, passed_over
    except OSError as error:  # Windows doesn't say who the user is
        own, reason = False, checked_file.refusal(error)
    else:
        reason = SourceRejected(sources.NOTHING)
    if not (parts or own):
        refused.append(Refusal(source, str(reason), whole=True, kind=reason.why, at=reason.at))
    return Contents(tuple(parts), tuple(refused))


def in_file(file: str, reason: str) -> str:
    """Return `reason` as something that a source holds, if it is a folder."""
    return f"holds {in_ascii(file)}, which {reason}" if file else reason


def _collect(source: Source, path: str, parts: list[Part], refused: list[Refusal]) -> bool:
    """Read a file or a folder; tell whether one was spip's own bundle, which is no source."""
    if is_bundle(os.path.basename(path)):
        return True  # also where it is gone
    own = False
    for file, data in _files(source, path, refused):
        if data.startswith(OWN):
            own = True
            continue
        found = formats.read(data)
        parts += [Part(block, file) for block in found.blocks]
        if found.blocks or not file or file.endswith(EXPECTED):
            refused += [
                Refusal(source, in_file(file, words), whole=False, line=line, kind=kind, file=file)
                for line, words, kind in found.faults
            ]
    return own


def _files(source: Source, path: str, refused: list[Refusal]) -> Iterator[tuple[str, bytes]]:
    asks = source.kind not in AS_THEY_ARE
    walk = ownership.walk(RULES.get(source.kind, "admin")) if asks else None
    if os.path.isdir(path) and is_absolute(path):
        yield from _of_folder(source, path, walk, refused)
    else:
        yield "", checked_file.content(path, walk)


def _of_folder(
    source: Source, path: str, walk: ownership.Walk | None, refused: list[Refusal]
) -> Iterator[tuple[str, bytes]]:
    """Read each file of a folder for itself; all of them together have the limit of one."""
    left = checked_file.MOST_BYTES
    try:
        names = folder_scan.files(path)
    except OSError as error:
        raise checked_file.refusal(error) from error
    for name in names:
        data = _content(os.path.join(path, name), walk, left)
        if isinstance(data, bytes):
            left -= len(data)
            yield name, data
        else:
            said = in_file(name, str(data))
            refused.append(Refusal(source, said, whole=False, kind=data.why, file=name, at=data.at))


def _content(path: str, walk: ownership.Walk | None, most: int) -> bytes | SourceRejected:
    try:
        return checked_file.content(path, walk, most)
    except SourceRejected as reason:
        return reason


def _asked() -> tuple[Part, ...]:
    """Ask the operating system."""
    from spip import stores

    try:
        return tuple(Part(formats.Block(der, 0), "") for der in stores.roots())
    except (OSError, ValueError) as error:
        raise checked_file.refusal(error) from error
