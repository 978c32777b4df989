"""Lay out the single file; `spip.standalone.single_file` reads it back."""

from __future__ import annotations

import hashlib
import os
from typing import TYPE_CHECKING

from _zipapp import archive
from spip.errors import SpipError

if TYPE_CHECKING:
    from collections.abc import Mapping

_HERE = os.path.dirname(os.path.abspath(__file__))
# What spip reaches while pip runs lies open in the zip, beside spip itself.
_BESIDE_PIP = ("certifi", "platformdirs", "tomli", "truststore")
_MAN_PAGES = ".data/data/share/man/"  # an installation puts them where `man` looks
_INTERPRETER = b"#!/usr/bin/env python3\n"


def single_file(spip: Mapping[str, bytes], wheels: Mapping[str, str]) -> bytes:
    """Return the content of spip.pyz: `spip` are the members of its wheel, `wheels` the others."""
    found = {name: archive.members(path) for name, path in wheels.items()}
    _see_to_purity({"spip": spip, **found})
    opened = {"spip": spip, **{name: found[name] for name in _BESIDE_PIP}}
    closed = {name: files for name, files in found.items() if name not in _BESIDE_PIP}
    paths = {name: "wheels/" + os.path.basename(wheels[name]) for name in closed}
    flat = {path: data for files in opened.values() for path, data in _code(files).items()}
    words = {paths[name]: files for name, files in closed.items() if name != "pip"}
    with open(os.path.join(_HERE, "start.py"), "rb") as file:
        start = file.read()
    members = {
        "__main__.py": start,
        "contents/spip.txt": _listing("spip", {"": flat}),
        "contents/pip.txt": _listing("pip", {paths["pip"]: closed["pip"]}),
        "contents/words.txt": _listing("words", words),
        **{"licenses/" + path: data for path, data in _licenses(opened).items()},
        **flat,
        **{path: _read(wheels[name]) for name, path in paths.items()},
    }
    return archive.packed(dict(sorted(members.items())), _INTERPRETER)


def zip_of_wheels(spip: tuple[str, Mapping[str, bytes]], wheels: Mapping[str, str]) -> bytes:
    """Return the content of spip-wheels.zip; `spip` is the name of its wheel, with the members."""
    name, files = spip
    all_wheels = {os.path.basename(path): _read(path) for path in wheels.values()}
    all_wheels[name] = archive.packed(files)
    return archive.packed({f"spip-wheels/{each}": all_wheels[each] for each in sorted(all_wheels)})


def _listing(part: str, files: Mapping[str, Mapping[str, bytes]]) -> bytes:
    lines = []
    for wheel, members in files.items():
        lines += [f"@{wheel}"] if wheel else []
        for path, data in _code(members).items():
            lines.append(f"{hashlib.sha256(data).hexdigest()} {len(data)} {path}")
    text = "\n".join(lines) + "\n"
    key = hashlib.sha256(text.encode()).hexdigest()[:16]
    return f"{part}-{key}\n{text}".encode()


def _code(members: Mapping[str, bytes]) -> dict[str, bytes]:
    """Return a wheel's packages, without metadata that would make it a distribution."""
    outside = (".dist-info/", _MAN_PAGES)
    return {path: data for path, data in members.items() if not any(o in path for o in outside)}


def _licenses(opened: Mapping[str, Mapping[str, bytes]]) -> dict[str, bytes]:
    return {
        f"{name}/{os.path.basename(path)}": data
        for name, members in opened.items()
        for path, data in members.items()
        if ".dist-info/licenses/" in path
    }


def _see_to_purity(wheels: Mapping[str, Mapping[str, bytes]]) -> None:
    for name, members in wheels.items():
        for path in members:
            scripts = ".data/" in path and _MAN_PAGES not in path
            if scripts or path.endswith((".so", ".pyd", ".dll", ".dylib", ".pyc")):
                raise SpipError(f"{name} is not pure Python: {path}")


def _read(path: str) -> bytes:
    with open(path, "rb") as file:
        return file.read()
