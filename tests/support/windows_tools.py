"""What the unit tests import, for Windows' Python: wheels of its platform, unpacked."""

from __future__ import annotations

import hashlib
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

from support import forwarder, wine
from support.cache import cached
from support.lacking import LackingError
from support.wheelhouse import NEWEST_PIP, dependency_wheels, pip_wheel

_NAMES = (
    *("pytest >=8", "hypothesis >=6", "trustme >=1.2", "cryptography >=43", "tomli >=2"),
    *("requests >=2.32", "virtualenv >=20.26", "flit_core >=3.11,<4", "colorama"),
)
# Where cryptography finds random numbers, which Wine 8 lacks; the same function by its old name.
_RANDOM = ("bcryptprimitives.dll", "ProcessPrng", "ADVAPI32.SystemFunction036")


def fetch() -> None:
    """Fetch the wheels where they are missing. subprocess.CalledProcessError where pip can't."""
    if _complete().exists():
        return
    _folder().parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=_folder().parent) as aside:
        made = Path(aside) / "wheels"
        platform = ["--platform", "win_amd64", "--implementation", "cp"]
        how = ["--quiet", "--only-binary=:all:", *platform, "--python-version", wine.NEWEST]
        argv = [sys.executable, "-m", "pip", "download", *how, "--dest", str(made), *_NAMES]
        subprocess.run(argv, check=True, stdout=sys.stderr)
        (made / "complete").touch()
        if not _folder().exists():
            made.rename(_folder())


def packages(prefix: Path) -> Path:
    """Return a folder with all of them, and see that cryptography starts. Raises LackingError."""
    if not _complete().exists():
        raise LackingError("no wheels for Windows: run scripts/test")
    wheels = [*sorted(_folder().glob("*.whl")), *dependency_wheels(), pip_wheel(NEWEST_PIP)]
    library = prefix / "drive_c" / "windows" / "system32" / _RANDOM[0]
    if not library.exists():
        library.write_bytes(forwarder.library(*_RANDOM))

    def make(folder: Path) -> None:
        for wheel in wheels:
            with zipfile.ZipFile(wheel) as archive:
                archive.extractall(folder)  # wheels that pip has fetched

    said = hashlib.sha256("\n".join(wheel.name for wheel in wheels).encode()).hexdigest()
    return cached(f"windows-tools-{said[:12]}", make)


def _folder() -> Path:
    """Named after what was asked for, so that a new requirement is fetched."""
    said = hashlib.sha256("\n".join(_NAMES).encode()).hexdigest()
    return wine.downloads() / f"wheels-{wine.NEWEST}-{said[:12]}"


def _complete() -> Path:
    return _folder() / "complete"
