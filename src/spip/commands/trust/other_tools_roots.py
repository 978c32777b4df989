"""Find roots that other tools trust, or that somebody added to a certifi; none is trusted by it."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from spip.certificates import formats, x509
from spip.environment import installed_certifi
from spip.errors import SpipError
from spip.ownership import checked_file
from spip.paths import is_absolute
from spip.sources import SourceRejected
from spip.trust import sources_in_force

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from spip.certificates.x509 import Certificate
    from spip.environment import other_tools
    from spip.environment.installed_certifi import InstalledCertifi

_MOST_SHOWN, _MOST_FILES = 5, 200


@dataclass(frozen=True)
class OtherToolsFile:
    """A file that a tool was told to trust, by which setting, and its roots that aren't known."""

    tool: str
    setting: str
    path: str
    roots: tuple[Certificate, ...]


def files(environ: Mapping[str, str], known: frozenset[bytes]) -> Iterator[OtherToolsFile]:
    """Yield each file with a root that is not in `known` (DER)."""
    from spip.environment import other_tools

    by_path: dict[str, other_tools.ToolSetting] = {}
    for setting in (*other_tools.tool_settings(environ), *_left_at_home(environ)):
        by_path.setdefault(setting.path, setting)
    for setting in by_path.values():
        for path in _single_files(setting.path):
            if roots := tuple(_roots(path, known)):
                yield OtherToolsFile(setting.tool, setting.setting, path, roots)


def _left_at_home(environ: Mapping[str, str]) -> Iterator[other_tools.ToolSetting]:
    """Yield what tools leave in a home folder, whether or not they are told of it."""
    from spip import data
    from spip.environment import other_tools

    for entry in data.table("places")["place"]:
        path = other_tools.expand_home(entry["path"], environ)
        if entry["path"].startswith("~") and is_absolute(path):
            yield other_tools.ToolSetting(entry["tool"], entry["tool"], path)


def _single_files(path: str) -> list[str]:
    """Return each file of a folder for itself, as `spip trust add` takes them."""
    if not os.path.isdir(path):
        return [path]
    from spip.stores import folder_scan

    try:
        return [os.path.join(path, name) for name in folder_scan.files(path)[:_MOST_FILES]]
    except (OSError, SourceRejected):
        return []


def _roots(path: str, known: frozenset[bytes]) -> Iterator[Certificate]:
    try:
        found = formats.read(checked_file.content(path, None)).blocks
    except SourceRejected:
        return
    unknown = [block.der for block in found if block.der not in known]
    certificates = x509.readable(dict.fromkeys(unknown[:200]))[0]
    yield from [each for each in certificates if each.is_authority][:_MOST_SHOWN]


@dataclass(frozen=True)
class Edited:
    """A bundle that is not as it was installed, and the certificates that it has beyond that."""

    path: str
    package: str
    certificates: tuple[Certificate, ...]


def edited_certifis(pip_folder: str) -> Iterator[Edited]:
    """Yield each edited certifi beside the pip in `pip_folder` ("": none) and beside spip."""
    try:
        own = [_packages_of(sources_in_force.own_certifi())]
    except SpipError:
        own = []
    beside = [os.path.dirname(pip_folder)] if pip_folder else []
    for base in dict.fromkeys(map(os.path.realpath, [*beside, *own])):
        yield from (_edited(copy) for copy in installed_certifi.find_copies(base) if copy.is_edited)


def _edited(copy: InstalledCertifi) -> Edited:
    # Where it was changed in its midst, or replaced: what a certifi of the same time doesn't have.
    known = genuine_certifi() if copy.end < 0 else frozenset[bytes]()
    added = [block.der for block in formats.read(copy.added).blocks if block.der not in known]
    return Edited(copy.path, copy.package, x509.readable(dict.fromkeys(added))[0])


def genuine_certifi() -> frozenset[bytes]:
    """Return the certificates of spip's own certifi, less those that somebody added to it."""
    try:
        path = sources_in_force.own_certifi()
        with open(path, "rb") as file:
            content = file.read()
    except (SpipError, OSError):
        return frozenset()
    for copy in installed_certifi.find_copies(_packages_of(path)):
        if copy.package == "certifi":
            content = content[: max(copy.end, 0)]  # nobody can tell what belongs into another one
    return frozenset(block.der for block in formats.read(content).blocks)


def _packages_of(path: str) -> str:
    return os.path.dirname(os.path.dirname(path))
