"""An empty home for each process of tests: what lies in the account's own decides no test.

It has to be empty after each of them. Whoever starts a command gives it a home (`support.run`).
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from pathlib import Path

# Windows has a variable for each part of it.
_NAMES = ("HOME", "USERPROFILE", "APPDATA", "LOCALAPPDATA") if os.name == "nt" else ("HOME",)
ACCOUNTS = "SPIP_TEST_ACCOUNT_HOME"  # for this process's workers
_KEPT: list[Path] = []


def account() -> str:
    """Return the account's own home: where interpreters and compilers are, nothing of a test's."""
    return os.environ.get(ACCOUNTS) or os.path.expanduser("~")


def begin() -> None:
    """Give this process, and all that it starts, a home of its own."""
    os.environ[ACCOUNTS] = account()
    home = tempfile.mkdtemp(prefix="home-of-tests-")
    _KEPT.append(Path(home))
    for name in _NAMES:
        os.environ[name] = home
    if sys.platform != "win32":
        _answer_by_number(home)


def taken() -> list[str]:
    """Return what lies in it, though nothing may, and empty it."""
    if not _KEPT or not any(_KEPT[0].iterdir()):
        return []
    found = sorted(str(path.relative_to(_KEPT[0])) for path in _KEPT[0].rglob("*"))
    for path in _KEPT[0].iterdir():
        shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()
    return found


def end() -> list[str]:
    """Take the home away; what lay in it."""
    found = taken()
    if _KEPT:
        _KEPT.pop().rmdir()
    return found


def _answer_by_number(home: str) -> None:
    """Where no variable names a home, the system's list of accounts does, in this process too."""
    import pwd

    asked = pwd.getpwuid

    def getpwuid(number: int) -> pwd.struct_passwd:
        found = asked(number)
        if number != os.getuid():
            return found
        return pwd.struct_passwd((*found[:5], home, *found[6:]))

    pwd.getpwuid = getpwuid
