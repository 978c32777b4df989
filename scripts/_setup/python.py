"""Check that this Python is new enough, or go on with one that is. Read by any from 2.7 on."""

import os
import subprocess
import sys

from spip import too_old

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import List, Mapping, Sequence


def suits():
    # type: () -> bool
    """Whether this interpreter can run what comes next."""
    return sys.version_info >= (3, 10)


def go_on(argv):
    # type: (Sequence[str]) -> int
    """Run this same script under the newest Python that is new enough; its exit code.

    Where there is none, one sentence says so.
    """
    for python in too_old.interpreters(reach(os.environ)):
        if _works(python):
            words = "spip: Python %d.%d is too old for this; " % sys.version_info[:2]
            sys.stderr.write(words + "going on with " + python + "\n")
            return _become([python] + list(argv))
    sys.stderr.write(too_old.sentence(sys.version_info, []) + "\n")
    return 1


def reach(environ):
    # type: (Mapping[str, str]) -> Mapping[str, str]
    """`environ` with pyenv's own interpreters on PATH in place of its shims.

    A shim is there for each version that is installed, and refuses all but the chosen one.
    """
    folders = [part for part in environ.get("PATH", "").split(os.pathsep) if "shims" not in part]
    versions = os.path.join(environ.get("PYENV_ROOT", ""), "versions")
    if environ.get("PYENV_ROOT") and os.path.isdir(versions):
        folders += [os.path.join(versions, name, "bin") for name in sorted(os.listdir(versions))]
    return dict(environ, PATH=os.pathsep.join(folders))


def _works(python):
    # type: (str) -> bool
    question = "import sys; sys.exit(sys.version_info < (3, 10))"
    try:
        with open(os.devnull, "w") as nowhere:
            return subprocess.call([python, "-c", question], stdout=nowhere, stderr=nowhere) == 0
    except OSError:
        return False


def _become(argv):
    # type: (List[str]) -> int
    sys.stderr.flush()
    if os.name != "nt":
        os.execv(argv[0], argv)
    # On Windows exec returns at once to whoever waits, with no exit code.
    return subprocess.call(argv)
