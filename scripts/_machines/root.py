"""The roots that machines are made of: Debian's smallest, with python3, built once and kept."""

from __future__ import annotations

import os
import shutil
import subprocess

from spip.errors import SpipError

SUITES = ("bookworm", "trixie", "sid")
PROGRAMS = ("debootstrap", "unshare", "setpriv", "mount", "pivot_root")


def missing() -> list[str]:
    """Return the programs that are needed and not there."""
    return [name for name in PROGRAMS if not shutil.which(name)]


def root(suite: str, cache: str, mirror: str) -> str:
    """Return the folder of that suite's root, built from `mirror` where there is none.

    One that is there is whole: it is built beside, and renamed. debootstrap mounts, so it runs in a
    namespace whose end ends that too, also where this process is killed.
    """
    folder = os.path.join(cache, suite)
    if os.path.exists(folder):
        return folder
    aside = os.path.join(cache, f".{suite}.new")
    shutil.rmtree(aside, ignore_errors=True)
    made = ["debootstrap", "--variant=minbase", "--include=python3", suite, aside, mirror]
    done = subprocess.run(
        [*alone(), *made], stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    if done.returncode:
        said = (done.stdout + done.stderr).strip().splitlines() or ["nothing"]
        raise SpipError(f"debootstrap could not make {suite}; it said: {said[-1]}")
    os.rename(aside, folder)
    return folder


def alone() -> tuple[str, ...]:
    """Return how to start a program in namespaces that end with it, and it with this process."""
    namespaces = ("--mount", "--propagation", "private", "--pid", "--fork", "--kill-child")
    return ("setpriv", "--pdeathsig", "KILL", "unshare", *namespaces)
