"""Wheels and sdists made on the fly, byte for byte the same each time; no backend is needed."""

from __future__ import annotations

import base64
import gzip
import hashlib
import io
import re
import tarfile
import zipfile
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_TAG = "py2.py3-none-any"
_BEGINNING_OF_ZIP = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True)
class Artifact:
    """A file that an index offers."""

    project: str
    version: str
    filename: str
    data: bytes
    metadata: str
    requires_python: str = ""

    @property
    def sha256(self) -> str:
        """Of the file's bytes, 64 hexadecimal digits."""
        return hashlib.sha256(self.data).hexdigest()


def normalized(project: str) -> str:
    """Spell a project's name as PEP 503 has it in an index."""
    return re.sub(r"[-_.]+", "-", project).lower()


def wheel(
    project: str,
    version: str = "1.0",
    *,
    modules: Mapping[str, str | bytes] | None = None,
    requires: Sequence[str] = (),
    scripts: Mapping[str, str] | None = None,
    requires_python: str = "",
) -> Artifact:
    """Make a pure wheel; without `modules` it has one module, named like the project.

    `modules` maps paths to contents, `scripts` console script names to `module:function`.
    """
    stem = f"{_escaped(project)}-{version}"
    metadata = core_metadata(project, version, requires, requires_python)
    files: dict[str, str | bytes] = dict(modules or {f"{_escaped(project)}.py": _MODULE})
    files[f"{stem}.dist-info/METADATA"] = metadata
    files[f"{stem}.dist-info/WHEEL"] = (
        "Wheel-Version: 1.0\nGenerator: spip-tests\nRoot-Is-Purelib: true\n"
        "Tag: py2-none-any\nTag: py3-none-any\n"
    )
    if scripts:
        lines = "".join(f"{name} = {target}\n" for name, target in scripts.items())
        files[f"{stem}.dist-info/entry_points.txt"] = f"[console_scripts]\n{lines}"
    data = _zipped(_with_record(files, f"{stem}.dist-info/RECORD"))
    name = f"{stem}-{_TAG}.whl"
    return Artifact(normalized(project), version, name, data, metadata, requires_python)


def sdist(
    project: str,
    version: str = "1.0",
    *,
    files: Mapping[str, str | bytes] | None = None,
    build_requires: Sequence[str] = ("minibackend",),
    backend: str = "minibackend",
) -> Artifact:
    """Make a source distribution that a PEP 517 backend has to build in isolation."""
    stem = f"{_escaped(project)}-{version}"
    metadata = core_metadata(project, version)
    wanted = ", ".join(f'"{requirement}"' for requirement in build_requires)
    content: dict[str, str | bytes] = {
        "PKG-INFO": metadata,
        "pyproject.toml": f'[build-system]\nrequires = [{wanted}]\nbuild-backend = "{backend}"\n',
        f"{_escaped(project)}.py": _MODULE,
        **(files or {}),
    }
    data = _tarred({f"{stem}/{path}": data for path, data in content.items()})
    return Artifact(normalized(project), version, f"{stem}.tar.gz", data, metadata)


def core_metadata(
    project: str, version: str, requires: Sequence[str] = (), requires_python: str = ""
) -> str:
    """Core metadata 2.1, which pip 19.3 reads as well as pip 26.3."""
    lines = ["Metadata-Version: 2.1", f"Name: {project}", f"Version: {version}"]
    lines += [f"Requires-Dist: {requirement}" for requirement in requires]
    lines += [f"Requires-Python: {requires_python}"] if requires_python else []
    return "\n".join(lines) + "\n"


_MODULE = "GENUINE = True\n\n\ndef main():\n    print('genuine')\n"


def _escaped(project: str) -> str:
    return normalized(project).replace("-", "_")


def _as_bytes(content: str | bytes) -> bytes:
    return content if isinstance(content, bytes) else content.encode()


def _with_record(files: Mapping[str, str | bytes], record: str) -> dict[str, bytes]:
    whole = {path: _as_bytes(content) for path, content in files.items()}
    lines = [f"{path},{_digest(data)},{len(data)}\n" for path, data in whole.items()]
    return {**whole, record: "".join([*lines, f"{record},,\n"]).encode()}


def _digest(data: bytes) -> str:
    """As RECORD has it (PEP 376, PEP 427)."""
    text = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
    return f"sha256={text}"


def _zipped(files: Mapping[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, data in files.items():
            entry = zipfile.ZipInfo(path, _BEGINNING_OF_ZIP)
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, data, zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def _tarred(files: Mapping[str, str | bytes]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for path, content in files.items():
            data = _as_bytes(content)
            entry = tarfile.TarInfo(path)
            entry.size = len(data)
            archive.addfile(entry, io.BytesIO(data))
    return gzip.compress(buffer.getvalue(), mtime=0)
