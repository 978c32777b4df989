"""The project's own wheel, built from this checkout by the backend that pyproject.toml names."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from support.cache import cache_folder
from support.wheelhouse import CHECKOUT

_INPUTS = ("pyproject.toml", "README.md", "LICENSE")


def project_wheel() -> Path:
    """Return the wheel of what is in src/ now; its folder is named after that content."""
    folder = cache_folder() / "project" / digest()
    if not folder.exists():
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder.parent) as aside:
            made = Path(aside) / "made"
            made.mkdir()
            build = "import sys, backend; backend.build_wheel(sys.argv[1])"
            argv = [sys.executable, "-c", build, str(made)]
            env = {**os.environ, "PYTHONPATH": str(CHECKOUT / "scripts" / "_build")}
            subprocess.run(argv, cwd=CHECKOUT, env=env, check=True, capture_output=True)
            _move_in(made, folder)
    return next(folder.glob("*.whl"))


def _move_in(made: Path, folder: Path) -> None:
    try:
        made.rename(folder)
    except OSError:
        # Another run was first; a folder can't be renamed onto one that has something in it.
        if not folder.exists():
            raise


def digest(*folders: str) -> str:
    """Name the content of all that goes into the wheel, and of more folders of this checkout."""
    said = hashlib.sha256()
    sources = (
        file
        for name in ("src", "man", "docs", "scripts/_build", *folders)
        for file in (CHECKOUT / name).rglob("*")
    )
    for file in [*(CHECKOUT / name for name in _INPUTS), *sorted(sources)]:
        if file.is_file() and "__pycache__" not in file.parts:
            data = file.read_bytes()
            said.update(f"{file.relative_to(CHECKOUT)}\0{len(data)}\0".encode() + data)
    return said.hexdigest()[:12]
