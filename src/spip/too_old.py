"""What spip says under a Python that it can't run on. Read by any Python from 2.7 on."""

import glob
import os
import re
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any, Dict, List

# Where interpreters lie that are not on PATH: version managers, Homebrew, python.org.
_FOLDERS = (
    "~/.pyenv/versions/*/bin",
    "~/.asdf/installs/python/*/bin",
    "~/.local/share/mise/installs/python/*/bin",
    "~/.local/share/uv/python/*/bin",
    "~/.local/bin",
    "/opt/homebrew/bin",
    "/usr/local/bin",
    "/Library/Frameworks/Python.framework/Versions/*/bin",
)


def interpreters(environ):
    # type: (Mapping[str, str]) -> List[str]
    """Paths of Pythons 3.10 or newer, by their file names (nothing is started), newest first."""
    folders = environ.get("PATH", "").split(os.pathsep)
    home = environ.get("HOME", "")
    for pattern in _FOLDERS:
        folders += glob.glob(pattern.replace("~", home, 1) if home else pattern)
    found = {}  # type: Dict[int, str]
    for folder in folders:
        if os.path.basename(folder.rstrip(os.sep)) == "shims":
            continue  # a version manager's: it may refuse for the version that is chosen here
        for path in glob.glob(os.path.join(folder, "python3.[0-9]*")) if folder else ():
            match = re.match(r"python3\.(\d+)(\.exe)?$", os.path.basename(path))
            if match and int(match.group(1)) >= 10 and os.access(path, os.X_OK):
                found.setdefault(int(match.group(1)), path)
    return [found[minor] for minor in sorted(found, reverse=True)]


def sentence(version, found):
    # type: (Sequence[Any], List[str]) -> str
    """One sentence: what is wrong, and the interpreters that would do."""
    text = "spip: spip needs Python 3.10 or newer, and this is Python %d.%d; " % tuple(version[:2])
    if not found:
        return text + "no newer one was found on PATH or where version managers put them"
    return text + "use one of these: " + ", ".join(found)


def refuse():
    # type: () -> int
    """Say it; the exit code for "not done"."""
    sys.stderr.write(sentence(sys.version_info, interpreters(os.environ)) + "\n")
    return 1
