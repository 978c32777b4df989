"""The single file, built from this checkout by the script that builds the real one."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from support.cache import cached, forget_older
from support.project import digest
from support.run import Result, run
from support.wheelhouse import CHECKOUT, wheels

PINNED = CHECKOUT / ".cache" / "zipapp"


def fetch() -> None:
    """Fetch the pinned wheels where they are missing, with this machine's network settings."""
    links = f"{os.environ.get('PIP_FIND_LINKS', '')} {wheels()}"
    argv = [sys.executable, *_script(CHECKOUT), "--fetch"]
    subprocess.run(argv, check=True, env={**os.environ, "PIP_FIND_LINKS": links.strip()})


def built() -> Path:
    """Return the folder with what the script makes of this checkout now; `said` is what it said."""
    fetch()

    def make(folder: Path) -> None:
        folder.mkdir()
        said = build(CHECKOUT, folder).passed().stdout
        (folder / "said").write_text(said, "utf-8")

    forget_older("single-file-*")
    return cached(f"single-file-{digest('scripts')}", make)


def build(
    checkout: Path, out: Path, python: Path = Path(sys.executable), **env: str | None
) -> Result:
    """Build with a checkout's own script, without any network."""
    argv = [str(python), *_script(checkout), "--out", str(out)]
    return run(argv, env={"PIP_NO_INDEX": "1", **env})


def _script(checkout: Path) -> list[str]:
    return [str(checkout / "scripts" / "build_zipapp"), "--wheels", str(PINNED)]
