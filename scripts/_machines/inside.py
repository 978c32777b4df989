"""The first process of a machine: lays it out, becomes part of it, runs the commands there.

Started in namespaces of its own. All that is written lies in memory that ends with them, so there
is nothing to clean up, also where everything is killed.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

from _machines import plan as plans

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from _machines.plan import Command, Outcome, Plan

# What the checkout of someone who just unpacked it doesn't have.
_UNPACKED = shutil.ignore_patterns(".git", ".cache", ".venv", ".v???", "__pycache__", "dist")
_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
_USER = 1000
_BETWEEN_LOOKS = 0.1  # seconds


def main() -> int:
    """Read a plan from stdin; write how each command ended to stdout, what it said to stderr."""
    plan = plans.read(sys.stdin.read())
    _lay_out(plan)
    _enter(plan.mount + "/root")
    if plan.packages:
        _install(plan)
    for command in plan.commands:
        outcome = _ended(command, plan)
        print(json.dumps(outcome.__dict__), flush=True)
    return 0


def _lay_out(plan: Plan) -> None:
    _mount("tmpfs", plan.mount, "tmpfs", "mode=755")
    for name in ("changed", "work", "root"):
        os.mkdir(f"{plan.mount}/{name}")
    layers = f"lowerdir={plan.root},upperdir={plan.mount}/changed,workdir={plan.mount}/work"
    root = plan.mount + "/root"
    _mount("overlay", root, "overlay", layers)
    _mount("proc", root + "/proc", "proc")
    _mount("devpts", root + "/dev/pts", "devpts", "newinstance,ptmxmode=0666,mode=620")
    _mount("tmpfs", root + "/dev/shm", "tmpfs", "mode=1777")  # noqa: S108  # no file of ours
    _mount("sysfs", root + "/sys", "sysfs", "ro")
    shutil.copytree(plan.checkout, root + plans.CHECKOUT, symlinks=True, ignore=_UNPACKED)
    for path, text in plan.files.items():
        _write(root + path, text)
    if plan.user != "root":
        _add_user(root, plan.user)


def _add_user(root: str, name: str) -> None:
    """Add an ordinary user with an empty home, to whom the checkout belongs."""
    for file, line in (
        ("passwd", f"{name}:x:{_USER}:{_USER}::/home/{name}:/bin/bash\n"),
        ("group", f"{name}:x:{_USER}:\n"),
    ):
        with open(f"{root}/etc/{file}", "a", encoding="utf-8") as opened:
            opened.write(line)
    os.mkdir(f"{root}/home/{name}")
    os.chown(f"{root}/home/{name}", _USER, _USER)
    for folder, folders, files in os.walk(root + plans.CHECKOUT):
        for each in (".", *folders, *files):
            os.chown(os.path.join(folder, each), _USER, _USER, follow_symlinks=False)


def _write(path: str, text: str) -> None:
    os.makedirs(os.path.dirname(path), exist_ok=True)
    if os.path.lexists(path):
        os.unlink(path)
    with open(path, "w", encoding="utf-8", errors="surrogateescape") as file:
        file.write(text)


def _enter(root: str) -> None:
    """Make `root` the root, so that user namespaces work there, which they don't in a chroot."""
    os.chdir(root)
    subprocess.run(["pivot_root", ".", "mnt"], check=True)
    os.chdir("/")
    subprocess.run(["umount", "--lazy", "/mnt"], env={"PATH": _PATH}, check=True)


def _mount(what: str, where: str, kind: str, options: str = "") -> None:
    words = ["mount", "-t", kind, *(["-o", options] if options else []), what, where]
    subprocess.run(words, check=True)


def _install(plan: Plan) -> None:
    environ = {**plan.environ, "PATH": _PATH, "DEBIAN_FRONTEND": "noninteractive"}
    words = ["apt-get", "install", "--yes", "--no-install-recommends", *plan.packages]
    for argv in (["apt-get", "update"], words):
        subprocess.run(argv, env=environ, stdout=sys.stderr, check=True)


def _ended(command: Command, plan: Plan) -> Outcome:
    is_root = plan.user == "root"
    start = time.monotonic()
    process = subprocess.Popen(
        command.argv,
        cwd=plans.CHECKOUT,
        env=_environ(plan),
        stdin=subprocess.DEVNULL,
        stdout=sys.stderr,
        user=0 if is_root else _USER,
        group=0 if is_root else _USER,
        extra_groups=[],
        umask=0o022 if is_root else 0o002,
        start_new_session=True,
    )
    code = _waited(process.pid, start + plan.seconds)
    return plans.Outcome(command.name, code, time.monotonic() - start)


def _environ(plan: Plan) -> dict[str, str]:
    home = "/root" if plan.user == "root" else f"/home/{plan.user}"
    who = {"HOME": home, "USER": plan.user, "LOGNAME": plan.user, "SHELL": "/bin/bash"}
    return {**plan.environ, **who, "PATH": _PATH}


def _waited(child: int, end: float) -> int | None:
    """Wait for it, and for every orphan, as a first process has to; None where the time is over."""
    while True:
        for pid, status in _reaped():
            if pid == child:
                return os.waitstatus_to_exitcode(status)
        if time.monotonic() > end:
            os.kill(-1, signal.SIGKILL)  # all of this machine, except for this process
            return None
        time.sleep(_BETWEEN_LOOKS)


def _reaped() -> Iterator[Sequence[int]]:
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if not pid:
            return
        yield pid, status


if __name__ == "__main__":
    sys.exit(main())
