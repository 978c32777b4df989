"""What lies in a source: certificates as they are, before anything is made of them."""

from __future__ import annotations

import os

from spip.stores import folder, opening, ownership, read
from spip.stores.source import RULES, PassedOver, Refusal, Source, Value, printable
from spip.stores.stamp import NAME

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

OWN = b"# spip merged bundle"
NOTHING = "holds no certificate"
# In a folder, only a file with such a name is expected to hold a certificate.
EXPECTED = (".pem", ".crt", ".cer", ".der", ".p7b", ".p7c")


class Part(Value):
    """One certificate (DER) and where it stands: file ("": the source itself) and line."""

    __slots__ = ("aux", "der", "file", "line")
    der: bytes
    aux: bytes
    file: str
    line: int

    def __init__(self, block: read.Block, file: str) -> None:
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
        for file, found in _files(source, refused):
            parts += [Part(block, file) for block in found.blocks]
            refused += [
                Refusal(source, in_file(file, words), whole=False, line=line)
                for line, words in found.faults
            ]
    except PassedOver as reason:
        return Contents((), (*refused, Refusal(source, str(reason), whole=True)))
    if not parts and refused:
        refused = [Refusal(source, r.reason, whole=True, line=r.line) for r in refused]
    return Contents(tuple(parts), tuple(refused))


def in_file(file: str, reason: str) -> str:
    """Return `reason` as something that a source holds, if it is a folder."""
    return f"holds {printable(file)}, which {reason}" if file else reason


def _files(source: Source, refused: list[Refusal]) -> Iterator[tuple[str, read.Found]]:
    path = source.path
    if path is None:
        yield "", _asked()
    elif os.path.basename(path).startswith(NAME):
        return  # spip's own, also where it is gone
    elif os.path.isdir(path) and os.path.isabs(path):
        yield from _folder(source, path, refused)
    else:
        data = opening.content(path, _walk(source))
        if not data.startswith(OWN):
            found = read.read(data)
            if not (found.blocks or found.faults):
                raise PassedOver(NOTHING)
            yield "", found


def _folder(source: Source, path: str, refused: list[Refusal]) -> Iterator[tuple[str, read.Found]]:
    """Read each file of a folder for itself; all of them together have the limit of one."""
    walk, left = _walk(source), opening.MOST_BYTES
    try:
        names = folder.files(path)
    except OSError as error:
        raise PassedOver(opening.words(error)) from error
    for name in names:
        try:
            data = opening.content(os.path.join(path, name), walk, left)
        except PassedOver as reason:
            refused.append(Refusal(source, in_file(name, str(reason)), whole=False))
            continue
        left -= len(data)
        found = read.read(data)
        if not data.startswith(OWN) and (found.blocks or name.endswith(EXPECTED)):
            yield name, found


def _walk(source: Source) -> ownership.Walk | None:
    rule = RULES.get(source.kind)
    return ownership.walk(rule) if rule else None


def _asked() -> read.Found:
    from spip import stores

    try:
        return read.Found(tuple(read.Block(der, 0) for der in stores.roots()), ())
    except (OSError, ValueError) as error:
        raise PassedOver(opening.words(error)) from error
