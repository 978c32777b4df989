"""A private copy of /etc for whoever runs tests as root, made once for each process of tests.

What is tested changes the administrator's files where it may (`spip doctor --fix`), and reads
them. Root may, so root's tests get a mount namespace in which /etc is a copy in memory.
"""

from __future__ import annotations

import contextlib
import ctypes
import functools
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

_ETC = Path("/etc")
_NEWNS = 0x20000  # CLONE_NEWNS of <sched.h>; os.unshare needs Python 3.12
# What an administrator may have decided, and what would decide a test in place of the code.
_DECIDES = (
    "conda", "environment", "environment.d", "gitconfig", "npmrc", "pip.conf", "profile.d", "spip",
    "uv", "xdg/pip",
)  # fmt: skip


@functools.cache
def missing() -> str:
    """Move this thread to a /etc of its own; say what stands against it, or nothing.

    An ordinary user needs none. Threads and processes started from here on are there too.
    """
    if sys.platform == "win32" or os.geteuid() != 0:
        return ""
    if not sys.platform.startswith("linux"):
        return "root, and no mount namespaces outside of Linux"
    if ctypes.CDLL(None).unshare(_NEWNS) != 0:
        return "root, and no private mount namespace"
    return _lay_copy()


def _lay_copy() -> str:
    folder = Path(tempfile.mkdtemp(prefix="etc-"))
    try:
        # Without the first one, a mount would reach the machine's own namespace.
        _run("mount", "--make-rprivate", "/")
        _run("mount", "-t", "tmpfs", "-o", "mode=755", "tmpfs", str(folder))
        _run("cp", "-a", f"{_ETC}/.", str(folder))
        _make_neutral(folder)
        _run("mount", "--move", str(folder), str(_ETC))
    except subprocess.CalledProcessError as error:
        return f"root, and no private /etc: {error.stderr.decode().strip()}"
    finally:
        with contextlib.suppress(OSError):
            folder.rmdir()
    return ""


def _make_neutral(etc: Path) -> None:
    for name in _DECIDES:
        shutil.rmtree(etc / name) if (etc / name).is_dir() else (etc / name).unlink(missing_ok=True)
    _leave_hosts_only(etc)


def _leave_hosts_only(etc: Path) -> None:
    """Let no question for a name leave this machine, nor wait for an answer."""
    servers, order = etc / "resolv.conf", etc / "nsswitch.conf"
    servers.unlink(missing_ok=True)  # often a link to what lies outside of /etc
    servers.write_text("nameserver 127.0.0.1\n", "utf-8")
    text = order.read_text("utf-8") if order.exists() else "hosts:\n"
    order.write_text(re.sub(r"(?m)^hosts:.*", "hosts: files", text), "utf-8")


def _run(*argv: str) -> None:
    subprocess.run(argv, check=True, capture_output=True)
