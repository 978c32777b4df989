"""Which files the checkout consists of: git knows, and an archive of it has no git."""

from __future__ import annotations

import fnmatch
import os
import subprocess
from pathlib import Path

from support.wheelhouse import CHECKOUT


def listed(*, untracked: bool = True) -> list[str]:
    """Return the paths below the checkout; `untracked`: what git would add as well."""
    words = ["ls-files", "-z", "--cached", *(["--others", "--exclude-standard"] * untracked)]
    asked = ["git", "-c", "safe.directory=*", "-C", os.fspath(CHECKOUT), *words]
    try:
        done = subprocess.run(asked, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        return unpacked(CHECKOUT)
    names = filter(None, os.fsdecode(done.stdout).split("\0"))
    return [name for name in names if (CHECKOUT / name).is_file()]


def unpacked(checkout: Path) -> list[str]:
    """Return what lies there without what .gitignore names, all of which runs leave behind."""
    lines = (checkout / ".gitignore").read_text("utf-8").split()
    ignored = [".git", *(line.rstrip("/") for line in lines)]
    found = []
    for folder, folders, files in os.walk(checkout):
        folders[:] = [name for name in folders if not _is_one(name, ignored)]
        kept = (Path(folder) / name for name in files if not _is_one(name, ignored))
        found += [path.relative_to(checkout).as_posix() for path in kept]
    return sorted(found)


def _is_one(name: str, patterns: list[str]) -> bool:
    return any(fnmatch.fnmatch(name, pattern) for pattern in patterns)
