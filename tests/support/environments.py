"""A cache of environments, each with exactly one pip (or none), made once for all runs.

They are shared: a test that installs into one takes a copy (`Environment.copy`).
"""

from __future__ import annotations

import hashlib
import os
import shutil
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from support.cache import cached, forget_older, link, transplant
from support.interpreters import distribution_python, interpreter, interpreters
from support.lacking import LackingError
from support.project import project_wheel
from support.run import run
from support.wheelhouse import NEWEST_PIP, dependency_wheels, pip_wheel

if TYPE_CHECKING:
    from collections.abc import Sequence

_SCRIPTS = "Scripts" if os.name == "nt" else "bin"


@dataclass(frozen=True)
class Environment:
    """A Python with the packages that it sees."""

    folder: Path
    python: Path
    version: str  # "3.10.13"
    pip_version: str | None
    is_venv: bool = True

    @property
    def scripts(self) -> Path:
        """Where its commands are."""
        return self.folder / _SCRIPTS

    @property
    def site_packages(self) -> Path:
        """Where its packages are; of a virtual environment only."""
        if os.name == "nt":
            return self.folder / "Lib" / "site-packages"
        return next(self.folder.glob("lib/python3.*")) / "site-packages"

    def pip(self, *words: str | os.PathLike[str]) -> list[str]:
        """Return argv of its own pip."""
        return [os.fspath(word) for word in (self.python, "-m", "pip", *words)]

    def spip(self, *words: str | os.PathLike[str]) -> list[str]:
        """Return argv of its spip command."""
        return [os.fspath(word) for word in (self.scripts / "spip", *words)]

    def copy(self, folder: Path) -> Environment:
        """Make a private copy, which a test may change."""
        transplant(self.folder, folder)
        return _opened(folder, self.version, self.pip_version)

    def without_ssl(self, folder: Path) -> Environment:
        """Make a copy whose Python was built without ssl, as far as anyone can tell.

        A .pth is obeyed with -I and -E too, and by each child that runs this same Python.
        """
        copy = self.copy(folder)
        line = "import sys; sys.modules['_ssl'] = None\n"
        (copy.site_packages / "no_ssl.pth").write_text(line, "utf-8")
        return copy


def environment(python: str, pip: str | None) -> Environment:
    """Return a venv of that minor version of Python with that pip and nothing else.

    LackingError names the interpreter that is missing, LookupError the wheel.
    """
    base = interpreter(python)
    key = f"{base.version}-{f'pip-{pip}' if pip else 'no-pip'}"

    def make(folder: Path) -> None:
        run([base.path, "-m", "venv", "--without-pip", folder]).passed()
        if pip:
            _install(_opened(folder, base.version, pip), [pip_wheel(pip)], pip)

    return _opened(cached(key, make), base.version, pip)


def current_environment() -> Environment:
    """Return the newest pip in a Python that spip runs on: 3.13, or the newest that is here."""
    usable = [minor for minor in interpreters() if _parts(minor) >= (3, 10)]
    python = "3.13" if "3.13" in usable or not usable else max(usable, key=_parts)
    return environment(python, NEWEST_PIP)


def uv_environment(python: str) -> Environment:
    """Return what `uv venv` makes: no pip, and a pyvenv.cfg in uv's own words."""
    base = interpreter(python)
    uv = find_uv()
    if not uv:
        raise LackingError("no uv beside this Python or on PATH")

    def make(folder: Path) -> None:
        quietly = ["--quiet", "--offline", "--no-config"]
        run([uv, "venv", *quietly, "--python", base.path, folder]).passed()

    return _opened(cached(f"{base.version}-uv", make), base.version, None)


def distribution() -> Environment:
    """Return the operating system's own Python, with the pip it may have; LackingError if none."""
    base = distribution_python()
    if not base:
        raise LackingError("no /usr/bin/python3")
    answer = run([base.path, "-c", "import pip; print(pip.__version__)"])
    pip = answer.stdout.strip() or None
    return Environment(Path("/usr"), base.path, base.version, pip, is_venv=False)


def with_spip(plain: Environment) -> Environment:
    """Return the environment with this checkout's spip in it, from its wheel, pip unchanged.

    One that has no pip gets the newest, as a resolver would see to. LookupError where the
    interpreter is below 3.10 or no virtual environment.
    """
    if not plain.is_venv or _parts(plain.version) < (3, 10):
        raise LookupError(f"spip can't be installed into {plain.folder}")
    wheel = project_wheel()
    base = _with_dependencies(plain)

    def make(folder: Path) -> None:
        transplant(base.folder, folder, link)
        _install(_opened(folder, base.version, base.pip_version), [wheel])

    key = f"{base.folder.name}-{wheel.parent.name}"
    forget_older(f"{base.folder.name}-*")
    return _opened(cached(key, make), base.version, base.pip_version)


def find_uv() -> str:
    """Return the uv beside the running Python or on PATH, or nothing."""
    beside = os.path.dirname(sys.executable)
    return shutil.which("uv", path=beside) or shutil.which("uv") or ""


def _with_dependencies(plain: Environment) -> Environment:
    """Lay a layer below the project's own, which changes with each edit of a source file."""
    pip = plain.pip_version or NEWEST_PIP
    wanted = dependency_wheels()
    if not plain.pip_version:
        wanted.append(pip_wheel(pip))
    key = "-".join([plain.folder.name, "with", digest_of(wanted)])

    def make(folder: Path) -> None:
        transplant(plain.folder, folder, link)
        _install(_opened(folder, plain.version, plain.pip_version), wanted)

    return _opened(cached(key, make), plain.version, pip)


def _parts(version: str) -> tuple[int, ...]:
    return tuple(map(int, version.split(".")[:2]))


def _opened(folder: Path, version: str, pip: str | None) -> Environment:
    python = folder / _SCRIPTS / ("python.exe" if os.name == "nt" else "python")
    return Environment(folder, python, version, pip)


def _install(into: Environment, wheels: Sequence[Path], pip: str = NEWEST_PIP) -> None:
    """Install with a pip from elsewhere, so that the environment needs none.

    By its name: started by its path, pip refuses on Windows to install a pip.
    """
    how = ["--no-index", "--no-deps", "--no-cache-dir"]
    elsewhere = {"PYTHONPATH": os.fspath(unpacked(pip_wheel(pip)))}
    run(into.pip("install", *how, *wheels), env=elsewhere).passed()


def unpacked(wheel: Path) -> Path:
    """Return a folder with a wheel's pip: out of the zip, all of it is compiled each time.

    Without its metadata, it doesn't count as installed where it is to install that very pip.
    """

    def make(folder: Path) -> None:
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(folder, [n for n in archive.namelist() if n.startswith("pip/")])

    return cached(wheel.stem, make)


def digest_of(wheels: Sequence[Path]) -> str:
    names = "\n".join(sorted(wheel.name for wheel in wheels))
    return hashlib.sha256(names.encode()).hexdigest()[:12]
