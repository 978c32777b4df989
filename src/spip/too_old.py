"""What spip says under a Python that it can't run on. Read by any Python from 2.7 on."""

import glob
import os
import re
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from typing import Any, Dict, List, Tuple

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
# Where Windows has them, below the folder that a variable names: python.org's installers and the
# install manager. There a folder's name tells the version, and each program is `python.exe`.
_WINDOWS = (
    ("LOCALAPPDATA", "Programs", "Python", "Python3*"),
    ("LOCALAPPDATA", "Python", "pythoncore-3.*"),
    ("PROGRAMFILES", "Python3*"),
    ("PROGRAMFILES(X86)", "Python3*"),
)


def interpreters(environ):
    # type: (Mapping[str, str]) -> List[str]
    """Paths of Pythons 3.10 or newer, by their file names (nothing is started), newest first."""
    folders = environ.get("PATH", "").split(os.pathsep)
    home = environ.get("HOME", "")
    for pattern in _FOLDERS:
        folders += glob.glob(pattern.replace("~", home, 1) if home else pattern)
    for names in _WINDOWS:
        if environ.get(names[0]):
            folders += sorted(glob.glob(os.path.join(environ[names[0]], *names[1:])))
    found = {}  # type: Dict[int, str]
    for folder in folders:
        # A version manager's shim may refuse for the version that is chosen here.
        if os.path.isabs(folder) and os.path.basename(folder.rstrip(os.sep)) != "shims":
            for minor, path in _in(folder):
                if minor >= 10 and os.access(path, os.X_OK):
                    found.setdefault(minor, path)
    return [found[minor] for minor in sorted(found, reverse=True)]


def _in(folder):
    # type: (str) -> Iterator[Tuple[int, str]]
    for path in glob.glob(os.path.join(folder, "python3.[0-9]*")):
        match = re.match(r"python3\.(\d+)(\.exe)?$", os.path.basename(path))
        if match:
            yield int(match.group(1)), path
    match = re.match(r"(?:Python3|pythoncore-3\.)(\d+)", os.path.basename(folder.rstrip(os.sep)))
    path = os.path.join(folder, "python.exe")
    if match and os.path.isfile(path):
        yield int(match.group(1)), path


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
