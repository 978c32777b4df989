"""Detect the shell that a command was typed in: the nearest one among the parent processes."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from typing import TYPE_CHECKING

from spip.errors import SpipError
from spip.hooks import shells

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_MOST_PARENTS = 20


def shell(environ: Mapping[str, str]) -> shells.Shell:
    """The nearest shell above this process, else the user's login shell. SpipError without one."""
    nearest = nearest_shell()
    if nearest is not None:
        return nearest
    login = os.path.basename(environ.get("SHELL") or _account_shell())
    if shells.is_known(login):
        return shells.named(login)
    raise SpipError(
        "which shell this is can't be told", f"name it: one of {', '.join(shells.SHELLS)}", 2
    )


def nearest_shell() -> shells.Shell | None:
    """The nearest shell above this process; None where spip knows none, or nobody tells.

    shellingham asks /proc, else `ps`; a container may have neither.
    """
    import shellingham

    with contextlib.suppress(*_NO_ANSWER), _absolute_path():
        name = shellingham.detect_shell(max_depth=_MOST_PARENTS)[0]
        return shells.named(name) if shells.is_known(name) else None
    return None


# shellingham raises what it meets: a process that is gone, another user's, one without arguments.
_NO_ANSWER = (OSError, RuntimeError, ValueError, LookupError, TypeError, subprocess.SubprocessError)


@contextlib.contextmanager
def _absolute_path() -> Iterator[None]:
    """Search for programs in absolute folders only: `ps` is never taken from the current one."""
    before = os.environ.get("PATH")
    folders = (before or os.defpath).split(os.pathsep)
    os.environ["PATH"] = os.pathsep.join(folder for folder in folders if os.path.isabs(folder))
    try:
        yield
    finally:
        if before is None:
            del os.environ["PATH"]
        else:
            os.environ["PATH"] = before


def _account_shell() -> str:
    """The shell that this user's account names; "" without one."""
    if sys.platform == "win32":
        return ""
    import pwd

    try:
        return pwd.getpwuid(os.getuid()).pw_shell
    except KeyError:  # a container's user may have a number and nothing else
        return ""
