"""The project's own wheel, built from this checkout by the backend that pyproject.toml names."""

from __future__ import annotations

import hashlib
import subprocess
import sys
import tempfile
from pathlib import Path

from support.cache import cache_folder
from support.wheelhouse import CHECKOUT

_INPUTS = ("pyproject.toml", "README.md", "LICENSE")


def project_wheel() -> Path:
    """Return the wheel of what is in src/ now; its folder is named after that content."""
    folder = cache_folder() / "project" / _digest(CHECKOUT)
    if not folder.exists():
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder.parent) as aside:
            made = Path(aside) / "made"
            argv = [sys.executable, "-m", "flit_core.wheel", "--outdir", str(made)]
            subprocess.run(argv, cwd=CHECKOUT, check=True, capture_output=True)
            _move_in(made, folder)
    return next(folder.glob("*.whl"))


def _move_in(made: Path, folder: Path) -> None:
    try:
        made.rename(folder)
    except OSError:
        # Another run was first; a folder can't be renamed onto one that has something in it.
        if not folder.exists():
            raise


def _digest(checkout: Path) -> str:
    """Name the content of all that goes into the wheel."""
    digest = hashlib.sha256()
    sources = sorted(p for p in (checkout / "src").rglob("*") if "__pycache__" not in p.parts)
    for file in [*(checkout / name for name in _INPUTS), *sources]:
        if file.is_file():
            data = file.read_bytes()
            digest.update(f"{file.relative_to(checkout)}\0{len(data)}\0".encode() + data)
    return digest.hexdigest()[:12]
